/* SPDX-License-Identifier: GPL-2.0 */
/* The order in which the kernel comes up. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/core/init.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"

static void set_state(uint32_t state)
{
	/* release: what was set up before is seen with it */
	__atomic_store_n(&boot->state, state, __ATOMIC_RELEASE);
}

/* This CPU looks at its ring from now on. The last CPU publishes that all
 * do. */
static void come_online(void)
{
	static uint32_t online;
	uint32_t index = this_cpu()->index;

	__atomic_store_n(&boot->cpu[index].state, LWK_CPU_ONLINE,
			 __ATOMIC_RELEASE);
	if (__atomic_add_fetch(&online, 1, __ATOMIC_ACQ_REL) == cpu_count()) {
		log_line("%u CPUs are online", cpu_count());
		set_state(LWK_STATE_RUNNING);
	}
}

void kernel_main_primary(void)
{
	log_line("Margay: instance %u, boot %u, %u CPUs, %u regions of memory",
		 boot->instance, boot->generation, cpu_count(),
		 boot->region_count);
	init_once();
	init_cpu_services();
	set_state(LWK_STATE_PRIMARY_READY);
	come_online();
	init_idle();
}

void kernel_main_secondary(void)
{
	init_cpu_services();
	come_online();
	init_idle();
}
