/* SPDX-License-Identifier: GPL-2.0 */
/* Results that say how an interrupted call goes on; never seen by a program. Numbers
 * and meaning as Linux's own. */
#ifndef LWK_IKC_RESTART_H
#define LWK_IKC_RESTART_H

#include "kernel/abi/slot.h"
#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

#define RESTART_SYS 512 /* again if every handler has SA_RESTART, else -EINTR */
#define RESTART_ALWAYS 513 /* again whatever ran */
#define RESTART_NOHAND 514 /* again if no handler ran, else -EINTR */

/* What delegate_call() returned, for a call that begins again where a signal came
 * before the proxy had begun. */
static inline int64_t restart_if_interrupted(int64_t ret)
{
	return ret == -LWK_INTERRUPTED ? -RESTART_ALWAYS : ret;
}

/* Has a system call ended by one of these, and is not settled yet? */
static inline bool restart_is_due(const struct regs *r)
{
	return regs_is_syscall(r) && regs_result(r) <= -RESTART_SYS &&
	       regs_result(r) >= -RESTART_NOHAND;
}

#endif
