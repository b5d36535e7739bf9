// SPDX-License-Identifier: GPL-2.0
/* Taking CPUs from Linux by hot-unplug, and giving them back.
 *
 * A claimed CPU is kept from coming online again by a hotplug state whose
 * start-up callback refuses it. The claim is made before the CPU is unplugged,
 * and ends just before it is plugged in, so there is no moment between.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "host-module/partition/cpu.h"
#include "host-module/ikc/request.h"
#include "host-module/why.h"

static struct cpumask claimed; /* written under the partition lock */
static int hotplug_state;

static int refuse_claimed(unsigned int cpu)
{
	return cpumask_test_cpu(cpu, &claimed) ? -EBUSY : 0;
}

int lwk_cpus_init(void)
{
	hotplug_state = cpuhp_setup_state_nocalls(
		CPUHP_BP_PREPARE_DYN, "lwk:claimed", refuse_claimed, NULL);
	return hotplug_state < 0 ? hotplug_state : 0;
}

void lwk_cpus_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
}

static int check_cpu(unsigned int cpu, char *why)
{
	if (cpu >= nr_cpu_ids || !cpu_present(cpu))
		return lwk_why(
			why, -EINVAL,
			"there is no CPU %u; see /sys/devices/system/cpu/present",
			cpu);
	if (cpu == 0)
		return lwk_why(why, -EINVAL,
			       "CPU 0 stays with Linux; choose other CPUs");
	if (cpumask_test_cpu(cpu, &claimed))
		return lwk_why(
			why, -EBUSY,
			"CPU %u belongs to another instance; see lwk status",
			cpu);
	if (!cpu_online(cpu))
		return lwk_why(
			why, -EINVAL,
			"CPU %u is offline; bring it up or choose another",
			cpu);
	return 0;
}

static int check_mask(const uint64_t mask[LWK_CPUMASK_WORDS],
		      unsigned int *count, char *why)
{
	*count = 0;
	for (unsigned int cpu = 0; cpu < 64 * LWK_CPUMASK_WORDS; cpu++) {
		int err;

		if (!(mask[cpu / 64] >> cpu % 64 & 1))
			continue;
		err = check_cpu(cpu, why);
		if (err)
			return err;
		++*count;
	}
	if (*count == 0)
		return lwk_why(why, -EINVAL, "no CPU is named");
	if (*count > LWK_MAX_CPUS)
		return lwk_why(
			why, -EINVAL,
			"%u CPUs are too many; an instance has at most %u",
			*count, LWK_MAX_CPUS);
	if (*count >= num_online_cpus())
		return lwk_why(why, -EINVAL,
			       "Linux needs a CPU for itself; name fewer");
	return 0;
}

static void describe(struct lwk_cpu *c, unsigned int cpu)
{
	c->linux_cpu = cpu;
	c->apic_id = cpu_physical_id(cpu);
	c->node = cpu_to_node(cpu);
	spin_lock_init(&c->tx_lock);
	lwk_requests_init(c);
}

static int take(struct lwk_cpu *c, unsigned int cpu, char *why)
{
	int err;

	describe(c, cpu);
	cpumask_set_cpu(cpu, &claimed);
	err = remove_cpu(cpu);
	if (err) {
		cpumask_clear_cpu(cpu, &claimed);
		/* 1: the CPU went offline after the check. */
		err = err < 0 ? err : -EBUSY;
		lwk_why(why, err, "Linux does not let CPU %u go (error %d)",
			cpu, -err);
	}
	return err;
}

int lwk_cpus_take(struct lwk_instance *inst,
		  const uint64_t mask[LWK_CPUMASK_WORDS], char *why)
{
	unsigned int count;
	int err = check_mask(mask, &count, why);

	if (err)
		return err;
	inst->cpu = kvcalloc(count, sizeof(*inst->cpu), GFP_KERNEL);
	if (!inst->cpu)
		return lwk_why(why, -ENOMEM, "no memory to describe the CPUs");
	for (unsigned int cpu = 0; cpu < 64 * LWK_CPUMASK_WORDS; cpu++) {
		if (!(mask[cpu / 64] >> cpu % 64 & 1))
			continue;
		err = take(&inst->cpu[inst->cpu_count], cpu, why);
		if (err)
			goto give_back;
		inst->cpu_count++;
	}
	return 0;

give_back:
	lwk_cpus_give_back(inst, NULL);
	return err;
}

int lwk_cpus_give_back(struct lwk_instance *inst, char *why)
{
	int result = 0;

	while (inst->cpu_count) {
		unsigned int cpu = inst->cpu[--inst->cpu_count].linux_cpu;
		int err;

		cpumask_clear_cpu(cpu, &claimed);
		err = add_cpu(cpu);
		if (err) {
			lwk_info(inst, "CPU %u did not come back (error %d)",
				 cpu, -err);
			result = lwk_why(
				why, err < 0 ? err : -EIO,
				"CPU %u did not come back (error %d); bring it up by hand",
				cpu, -err);
		}
	}
	return result;
}
