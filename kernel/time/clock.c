/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, from Linux's parameters. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/percpu.h"
#include "kernel/time/clock.h"
#include "kernel/time/time_page.h"
#include "kernel/time/timer.h"

int clock_read(int clock, uint64_t *ns)
{
	return time_page_read(phys_to_virt(boot->time_page), clock, ns);
}

int clock_deadline(int clock, uint64_t ns, uint64_t *tsc)
{
	uint64_t now;
	int error = clock_read(clock, &now);

	if (!error)
		*tsc = arch_cycles() + (ns > now ? ns_to_cycles(ns - now) : 0);
	return error;
}
