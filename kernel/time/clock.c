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

/* Longer than any writer needs, with its interrupts off; only a stopped Linux takes
 * longer. */
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

/* How often clocks were set. Times that are read after this, with acquire, are at
 * least as new: the module writes the page before it counts. */
static uint32_t sets;

static int find_tsc(struct deadline *d)
{
	uint64_t now;
	int error;

	d->sets = __atomic_load_n(&sets, __ATOMIC_ACQUIRE);
	error = clock_read(d->clock, &now);
	if (!error)
		d->tsc = MAX(arch_cycles() +
				     (d->ns > now ? ns_to_cycles(d->ns - now)
						  : 0),
			     1UL);
	return error;
}

int deadline_at(int clock, uint64_t ns, struct deadline *d)
{
	d->clock = clock;
	d->ns = ns;
	d->settable = clock == CLOCK_REALTIME || clock == CLOCK_TAI;
	return find_tsc(d);
}

struct deadline deadline_in(uint64_t ns)
{
	return (struct deadline){
		.tsc = MAX(arch_cycles() + ns_to_cycles(ns), 1UL),
	};
}

uint64_t deadline_tsc(struct deadline *d)
{
	/* If Linux has stopped using the TSC, the old time is the best there is. */
	if (d->settable && d->sets != __atomic_load_n(&sets, __ATOMIC_ACQUIRE))
		find_tsc(d);
	return d->tsc;
}

void clock_was_set(void)
{
	__atomic_fetch_add(&sets, 1, __ATOMIC_RELEASE);
	timer_expire_all();
}
