/* SPDX-License-Identifier: GPL-2.0 */
/* Results that say how an interrupted call goes on. Programs never see them. Numbers
 * and meanings are Linux's. */
#ifndef LWK_IKC_RESTART_H
#define LWK_IKC_RESTART_H

#include "kernel/abi/slot.h"
#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

#define RESTART_SYS 512 /* again if every handler has SA_RESTART, else -EINTR */
#define RESTART_ALWAYS 513 /* again whatever ran */
#define RESTART_NOHAND 514 /* again if no handler ran, else -EINTR */

/* The result of delegate_call(), for a call that begins again if a signal came before
 * the proxy had begun it. */
static inline int64_t restart_if_interrupted(int64_t ret)
{
	return ret == -LWK_INTERRUPTED ? -RESTART_ALWAYS : ret;
}

/* Whether a system call has ended with one of these, and is not settled yet. */
static inline bool restart_is_due(const struct regs *r)
{
	return regs_is_syscall(r) && regs_result(r) <= -RESTART_SYS &&
	       regs_result(r) >= -RESTART_NOHAND;
}

#endif
