/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, from Linux's parameters. */
#include <asm/errno.h>
#include <linux/time.h>

#include "kernel/abi/time.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

#define NS_PER_S 1000000000ULL

/* More than any writer takes, who has interrupts off; not so where Linux stands. */
#define TRIES_IN_LOG 10000

/* A consistent copy of the page and the TSC that belongs to it; false: not now. */
static bool try_snapshot(struct lwk_time *copy, uint64_t *tsc)
{
	const struct lwk_time *page = phys_to_virt(boot->time_page);
	uint32_t seq = __atomic_load_n(&page->seq, __ATOMIC_ACQUIRE);

	if (seq & 1)
		return false;
	*copy = *page;
	*tsc = arch_cycles();
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&page->seq, __ATOMIC_RELAXED) == seq;
}

static bool offset_of(const struct lwk_time *t, int clock, int64_t *offset)
{
	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
		*offset = 0;
		return true;
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*offset = t->wall_offset_ns;
		return true;
	case CLOCK_BOOTTIME:
		*offset = t->boot_offset_ns;
		return true;
	case CLOCK_TAI:
		*offset =
			t->wall_offset_ns + t->tai_offset_s * (int64_t)NS_PER_S;
		return true;
	default:
		return false;
	}
}

static int read_clock(const struct lwk_time *t, uint64_t tsc, int clock,
		      uint64_t *ns)
{
	uint64_t delta;
	int64_t offset;

	if (!offset_of(t, clock, &offset))
		return -EINVAL;
	if (!t->tsc_valid || t->shift > 63)
		return -ENODATA;
	/* CPUs' counters may differ by a little: time does not go back. */
	delta = (int64_t)(tsc - t->cycle_last) > 0 ? tsc - t->cycle_last : 0;
	*ns = t->mono_base_ns +
	      (uint64_t)(((unsigned __int128)delta * t->mult +
			  t->mono_base_frac) >>
			 t->shift) +
	      (uint64_t)offset;
	return 0;
}

int clock_read(int clock, uint64_t *ns)
{
	struct lwk_time t;
	uint64_t tsc;

	while (!try_snapshot(&t, &tsc))
		arch_pause();
	return read_clock(&t, tsc, clock, ns);
}

uint64_t log_clock_ns(void)
{
	struct lwk_time t;
	uint64_t tsc, ns;
	int i;

	for (i = 0; i < TRIES_IN_LOG; i++) {
		if (try_snapshot(&t, &tsc)) {
			if (!read_clock(&t, tsc, CLOCK_MONOTONIC, &ns))
				return ns;
			break;
		}
		arch_pause();
	}
	return arch_mul_div(arch_cycles(), 1000000, boot->tsc_khz);
}

/* How often clocks were set. What is read after this, with acquire, is at least of then:
 * the module has written the page before it says so. */
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
	/* Where Linux has stopped using the TSC, the old one is the best there is. */
	if (d->settable && d->sets != __atomic_load_n(&sets, __ATOMIC_ACQUIRE))
		find_tsc(d);
	return d->tsc;
}

void clock_was_set(void)
{
	__atomic_fetch_add(&sets, 1, __ATOMIC_RELEASE);
	timer_expire_all();
}
