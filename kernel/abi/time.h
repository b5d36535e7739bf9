/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Linux's timekeeping parameters, for clock_gettime() without a system call.
 *
 * The module writes this page from Linux's timekeeping notifier, under a
 * sequence count: odd while it writes. A reader takes seq (acquire), the
 * fields, a fence, seq again, and repeats where it was odd or has changed.
 *
 *   ns since boot (monotonic) = mono_base_ns +
 *       (mono_base_frac + (tsc - cycle_last) * mult) >> shift
 *
 * with a product of 128 bits: cycle_last may be long ago when Linux's CPUs
 * sleep. CLOCK_REALTIME adds wall_offset_ns, CLOCK_BOOTTIME boot_offset_ns.
 */
#ifndef LWK_ABI_TIME_H
#define LWK_ABI_TIME_H

#include "kernel/abi/types.h"

struct lwk_time {
	uint32_t seq; /* module */
	uint32_t tsc_valid; /* module: 0 = Linux does not use the TSC: delegate */
	uint64_t cycle_last; /* module: TSC at the last update */
	uint32_t mult; /* module */
	uint32_t shift; /* module */
	uint64_t mono_base_ns; /* module: CLOCK_MONOTONIC at cycle_last */
	uint64_t mono_base_frac; /* module: rest, in units of 2^-shift ns */
	int64_t wall_offset_ns; /* module: CLOCK_REALTIME - CLOCK_MONOTONIC */
	int64_t boot_offset_ns; /* module: CLOCK_BOOTTIME - CLOCK_MONOTONIC */
	int64_t tai_offset_s; /* module */
};
LWK_STATIC_ASSERT_SIZE(struct lwk_time, 64);

#endif
