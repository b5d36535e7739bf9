/* SPDX-License-Identifier: GPL-2.0 */
/* Times that programs give, as deadlines of the TSC. */
#ifndef LWK_SYSCALL_DEADLINE_H
#define LWK_SYSCALL_DEADLINE_H

#include "kernel/lib/types.h"

#define DEADLINE_RELATIVE (-1) /* no clock's number */

/* From a struct timespec at `ts` (0 = WAIT_FOREVER): DEADLINE_RELATIVE, or a time of
 * a clock that clock_read() knows. -EFAULT, -EINVAL; -ENOSYS: Linux does not use the
 * TSC, so that the LWK cannot tell that clock's time. */
int deadline_from_user(uint64_t *deadline, vaddr_t ts, int clock);

#endif
