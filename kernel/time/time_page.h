/* SPDX-License-Identifier: GPL-2.0 */
/* Linux's clocks from the time page (kernel/abi/time.h): the same code in the kernel
 * and in the vDSO. */
#ifndef LWK_TIME_TIME_PAGE_H
#define LWK_TIME_TIME_PAGE_H

#include <asm/errno.h>

#include <arch-impl/cpu.h>

#include "kernel/abi/time.h"

/* A CPU's counter may be a little behind that of Linux's CPU; time must not go back. */
static inline uint64_t time_page_ns(const struct lwk_clock *c, uint64_t cycles)
{
	if ((int64_t)cycles < 0)
		cycles = 0;
	return c->base_ns + (uint64_t)(((unsigned __int128)cycles * c->mult +
					c->base_frac) >>
				       (c->shift & 63));
}

/* Time of a clock of Linux, in one try. -EAGAIN: Linux is writing the page; -EINVAL:
 * not a clock of this kind; -ENODATA: Linux does not use the TSC. */
static inline int time_page_try(const struct lwk_time *t, int clock,
				uint64_t *ns)
{
	const struct lwk_clock *c = &t->clock[clock];
	uint32_t seq, shift, valid;

	if ((uint32_t)clock >= LWK_CLOCKS)
		return -EINVAL;
	seq = __atomic_load_n(&t->seq, __ATOMIC_ACQUIRE);
	if (seq & 1)
		return -EAGAIN;
	*ns = time_page_ns(c, arch_cycles_ordered() - t->cycle_last);
	shift = c->shift;
	valid = t->tsc_valid;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&t->seq, __ATOMIC_RELAXED) != seq)
		return -EAGAIN;
	if (shift > 63)
		return -EINVAL;
	return valid ? 0 : -ENODATA;
}

/* The same, until it succeeds. */
static inline int time_page_read(const struct lwk_time *t, int clock,
				 uint64_t *ns)
{
	int error;

	while ((error = time_page_try(t, clock, ns)) == -EAGAIN)
		arch_pause();
	return error;
}

#endif
