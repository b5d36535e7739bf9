/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, from Linux's parameters. */
#include <asm/errno.h>
#include <linux/time.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/time/clock.h"
#include "kernel/time/time_page.h"
#include "kernel/time/timer.h"

/* More than any writer takes, who has interrupts off; not so where Linux stands. */
#define TRIES_IN_LOG 10000

int clock_read(int clock, uint64_t *ns)
{
	return time_page_read(phys_to_virt(boot->time_page), clock, ns);
}

uint64_t log_clock_ns(void)
{
	const struct lwk_time *page = phys_to_virt(boot->time_page);
	int i, error = -EAGAIN;
	uint64_t ns;

	for (i = 0; i < TRIES_IN_LOG && error == -EAGAIN; i++) {
		error = time_page_try(page, CLOCK_MONOTONIC, &ns);
		arch_pause();
	}
	return error ? arch_mul_div(arch_cycles(), 1000000, boot->tsc_khz) : ns;
}

int clock_deadline(int clock, uint64_t ns, uint64_t *tsc)
{
	uint64_t now;
	int error = clock_read(clock, &now);

	if (!error)
		*tsc = arch_cycles() + (ns > now ? ns_to_cycles(ns - now) : 0);
	return error;
}
