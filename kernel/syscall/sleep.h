/* SPDX-License-Identifier: GPL-2.0 */
/* Sleeping until a time or a signal. Thread context. */
#ifndef LWK_SYSCALL_SLEEP_H
#define LWK_SYSCALL_SLEEP_H

#include "kernel/lib/types.h"

struct sleep {
	uint64_t deadline; /* TSC; 0 = for ever */
};

#define SLEEP_RELATIVE (-1) /* no clock's number */

/* From a struct timespec at `ts`, 0 = for ever: SLEEP_RELATIVE, or a time of a clock
 * that clock_read() knows. -EFAULT, -EINVAL; -ENOSYS: Linux does not use the TSC, so
 * that the LWK cannot tell that clock's time. */
int sleep_from_user(struct sleep *s, vaddr_t ts, int clock);

bool sleep_is_over(const struct sleep *s);

/* Sleep until something happens: the time (s may be NULL), or any wake of the
 * thread. The caller looks again at what it waits for. */
void sleep_for_signal(const struct sleep *s);

#endif
