/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, from Linux's parameters in the time page; see kernel/abi/time.h. */
#ifndef LWK_TIME_CLOCK_H
#define LWK_TIME_CLOCK_H

#include "kernel/lib/types.h"

/* Time of CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI or of their
 * coarse and raw kin. -ENODATA: Linux does not use the
 * TSC, ask it; -EINVAL: not a clock of this kind. Any context. */
int clock_read(int clock, uint64_t *ns);

/* TSC at which the clock will show ns; as clock_read(). */
int clock_deadline(int clock, uint64_t ns, uint64_t *tsc);

#endif
