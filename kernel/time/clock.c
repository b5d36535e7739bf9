/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, from Linux's parameters. */
#include <asm/errno.h>
#include <linux/time.h>

#include "kernel/abi/time.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/percpu.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

#define NS_PER_S 1000000000ULL

/* A consistent copy of the page and the TSC that belongs to it. */
static uint64_t snapshot(struct lwk_time *copy)
{
	const struct lwk_time *page = phys_to_virt(boot->time_page);
	uint64_t tsc;
	uint32_t seq;

	for (;;) {
		seq = __atomic_load_n(&page->seq, __ATOMIC_ACQUIRE);
		if (!(seq & 1)) {
			*copy = *page;
			tsc = arch_cycles();
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (__atomic_load_n(&page->seq, __ATOMIC_RELAXED) ==
			    seq)
				return tsc;
		}
		arch_pause();
	}
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

int clock_read(int clock, uint64_t *ns)
{
	struct lwk_time t;
	uint64_t tsc = snapshot(&t), delta;
	int64_t offset;

	if (!offset_of(&t, clock, &offset))
		return -EINVAL;
	if (!t.tsc_valid || t.shift > 63)
		return -ENODATA;
	/* CPUs' counters may differ by a little: time does not go back. */
	delta = (int64_t)(tsc - t.cycle_last) > 0 ? tsc - t.cycle_last : 0;
	*ns = t.mono_base_ns +
	      (uint64_t)(((unsigned __int128)delta * t.mult +
			  t.mono_base_frac) >>
			 t.shift) +
	      (uint64_t)offset;
	return 0;
}

int clock_deadline(int clock, uint64_t ns, uint64_t *tsc)
{
	uint64_t now;
	int error = clock_read(clock, &now);

	if (!error)
		*tsc = arch_cycles() + (ns > now ? ns_to_cycles(ns - now) : 0);
	return error;
}
