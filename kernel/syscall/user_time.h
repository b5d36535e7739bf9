/* SPDX-License-Identifier: GPL-2.0 */
/* Times in programs' structures. */
#ifndef LWK_SYSCALL_USER_TIME_H
#define LWK_SYSCALL_USER_TIME_H

#include <linux/time_types.h>

#include "kernel/lib/types.h"

#define NS_PER_S 1000000000UL

/* Seconds and a part of one, of which there are parts_per_s. More than 100 years are
 * 100 years. -EINVAL. */
int time_to_ns(int64_t seconds, int64_t part, int64_t parts_per_s,
	       uint64_t *ns);

static inline struct __kernel_timespec timespec_of(uint64_t ns)
{
	return (struct __kernel_timespec){(int64_t)(ns / NS_PER_S),
					  (int64_t)(ns % NS_PER_S)};
}

#define DEADLINE_RELATIVE (-1) /* no clock's number */

struct deadline;

/* From a struct timespec at `ts` (0 = never): DEADLINE_RELATIVE, or a time of
 * a clock that clock_read() knows. -EFAULT, -EINVAL; -ENOSYS: Linux does not use the
 * TSC, so that the LWK cannot tell that clock's time. */
int deadline_from_user(struct deadline *deadline, vaddr_t ts, int clock);

#endif
