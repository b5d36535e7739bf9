/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, from Linux's parameters in the time page; see kernel/abi/time.h. */
#ifndef LWK_TIME_CLOCK_H
#define LWK_TIME_CLOCK_H

#include "kernel/lib/types.h"

/* The ticks in which Linux's interfaces count a process's time: AT_CLKTCK, times(2). */
#define USER_HZ 100

/* Time of CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI or of their
 * coarse and raw kin. -ENODATA: Linux does not use the
 * TSC, ask it; -EINVAL: not a clock of this kind. Any context. */
int clock_read(int clock, uint64_t *ns);

/* The end of a wait. If its clock may be set, that clock's time counts, and the TSC at
 * which it comes is computed again. */
struct deadline {
	uint64_t tsc; /* 0 = never */
	bool settable; /* then: */
	int clock;
	uint64_t ns; /* of that clock */
	uint32_t sets; /* how often clocks had been set when tsc was found */
};

/* When the clock shows ns; as clock_read(). */
int deadline_at(int clock, uint64_t ns, struct deadline *d);

/* In so many ns from now. */
struct deadline deadline_in(uint64_t ns);

/* The TSC at which it comes by the present clocks, 0 = never. When that changes,
 * sleeping threads are woken (clock_was_set()) and look again. */
uint64_t deadline_tsc(struct deadline *d);

/* LWK_MSG_CLOCK_SET on this CPU: waits for a time of a clock look again. */
void clock_was_set(void);

#endif
