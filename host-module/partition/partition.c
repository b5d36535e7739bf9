// SPDX-License-Identifier: GPL-2.0
/* Reserving and releasing instances. */
#include <linux/err.h>
#include <linux/nodemask.h>

#include "host-module/partition/cpu.h"
#include "host-module/dev/device.h"
#include "host-module/instance.h"
#include "host-module/partition/mem.h"
#include "host-module/partition/partition.h"
#include "host-module/partition/pci.h"
#include "host-module/why.h"

/* Outermost: above inst->lock, and above Linux's hotplug locks. */
static DEFINE_MUTEX(partition_lock);

static int check_reserve(struct lwk_reserve *args)
{
	if (args->bytes == 0 || args->bytes % LWK_CHUNK_SIZE)
		return lwk_why(args->why, -EINVAL,
			       "memory must be a multiple of %llu MiB",
			       LWK_CHUNK_SIZE >> 20);
	if (args->bytes > (1ULL << MAX_PHYSMEM_BITS))
		return lwk_why(args->why, -EINVAL,
			       "no machine has that much memory");
	if (args->node < -1 || args->node >= MAX_NUMNODES ||
	    (args->node >= 0 && !node_online(args->node)))
		return lwk_why(args->why, -EINVAL, "there is no NUMA node %d",
			       args->node);
	return 0;
}

static int explain_new(struct lwk_reserve *args, int err)
{
	switch (err) {
	case -EBUSY:
		return lwk_why(args->why, err,
			       "lwk%u is reserved already; release it first",
			       args->instance);
	case -ENOSPC:
		return lwk_why(args->why, err, "all %u instances are reserved",
			       LWK_MAX_INSTANCES);
	case -ENODEV:
		return lwk_why(args->why, err, "instances are numbered 0 to %u",
			       LWK_MAX_INSTANCES - 1);
	default:
		return lwk_why(args->why, err, "no memory for the instance");
	}
}

static int fill(struct lwk_instance *inst, struct lwk_reserve *args)
{
	int err = lwk_cpus_take(inst, args->cpus, args->why);

	if (err)
		return err;
	err = lwk_mem_take(&inst->memory, args->bytes, args->node, args->why);
	if (err)
		goto give_cpus_back;
	err = lwk_device_add(inst);
	if (err) {
		lwk_why(args->why, err, "no device /dev/lwk%u (error %d)",
			inst->id, -err);
		goto give_memory_back;
	}
	return 0;

give_memory_back:
	lwk_mem_give_back(&inst->memory);
give_cpus_back:
	lwk_cpus_give_back(inst, NULL);
	return err;
}

static void report(struct lwk_instance *inst, struct lwk_reserve *args)
{
	args->instance = inst->id;
	args->region_count = inst->memory.count;
	args->largest_region = lwk_memory_largest(&inst->memory);
	lwk_info(inst, "reserved %u CPUs and %llu MiB in %u regions",
		 inst->cpu_count, inst->memory.bytes >> 20, inst->memory.count);
}

static int reserve(struct lwk_reserve *args)
{
	struct lwk_instance *inst;
	int err = check_reserve(args);

	if (err)
		return err;
	inst = lwk_instance_new(args->instance);
	if (IS_ERR(inst))
		return explain_new(args, PTR_ERR(inst));
	err = fill(inst, args);
	if (err) {
		lwk_instance_remove(inst);
		return err;
	}
	report(inst, args);
	lwk_instance_show(inst);
	return 0;
}

int lwk_partition_reserve(struct lwk_reserve *args)
{
	int err;

	if (mutex_lock_killable(&partition_lock))
		return -EINTR;
	err = reserve(args);
	mutex_unlock(&partition_lock);
	return err;
}

/* Caller holds inst->lock. */
static int hide(struct lwk_instance *inst, char *why)
{
	if (lwk_instance_state(inst) != LWK_INSTANCE_RESERVED)
		return lwk_why(why, -EBUSY,
			       "lwk%u is booted; shut it down first", inst->id);
	if (lwk_instance_hide(inst))
		return lwk_why(
			why, -EBUSY,
			"/dev/lwk%u is open; end the programs that use it",
			inst->id);
	return 0;
}

static int release(struct lwk_instance *inst, char *why)
{
	int err;

	if (mutex_lock_killable(&inst->lock))
		return -EINTR;
	err = hide(inst, why);
	if (!err)
		lwk_pci_give_back_all(inst);
	mutex_unlock(&inst->lock);
	if (err)
		return err;
	lwk_device_remove(inst);
	lwk_mem_give_back(&inst->memory);
	err = lwk_cpus_give_back(inst, why);
	lwk_info(inst, "released");
	lwk_instance_remove(inst);
	return err;
}

int lwk_partition_release(struct lwk_release *args)
{
	struct lwk_instance *inst;
	int err;

	if (mutex_lock_killable(&partition_lock))
		return -EINTR;
	inst = lwk_instance_get(args->instance);
	if (inst) {
		err = release(inst, args->why);
		lwk_instance_put(inst);
	} else {
		err = lwk_why(args->why, -ENODEV, "lwk%u is not reserved",
			      args->instance);
	}
	mutex_unlock(&partition_lock);
	return err;
}
