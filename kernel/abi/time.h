/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Linux's timekeeping parameters, for clock_gettime() without a system call.
 *
 * The module writes this page from Linux's timekeeping notifier, under a
 * sequence count: odd while it writes. A reader takes seq (acquire), the
 * fields, a fence, seq again, and repeats where it was odd or has changed.
 *
 *   ns of a clock = base_ns + (base_frac + (tsc - cycle_last) * mult) >> shift
 *
 * with a product of 128 bits: cycle_last may be long ago when Linux's CPUs
 * sleep.
 *
 * Programs of the LWK may read the page, whole.
 */
#ifndef LWK_ABI_TIME_H
#define LWK_ABI_TIME_H

#include "kernel/abi/types.h"

struct lwk_clock {
	uint64_t base_ns; /* module: its time at cycle_last */
	uint64_t base_frac; /* module: rest, in units of 2^-shift ns */
	uint32_t mult; /* module; 0: it stands still between updates (coarse) */
	uint32_t shift; /* module; above 63: no clock of this kind */
};
LWK_STATIC_ASSERT_SIZE(struct lwk_clock, 24);

/* Clocks have Linux's numbers; CLOCK_TAI is the last. */
#define LWK_CLOCKS 12
#define LWK_CLOCK_NONE 255 /* as shift */

struct lwk_time {
	uint32_t seq; /* module */
	uint32_t tsc_valid; /* module: 0 = Linux does not use the TSC: ask it */
	uint64_t cycle_last; /* module: TSC at the last update */
	struct lwk_clock clock[LWK_CLOCKS];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_time, 304);

#endif
