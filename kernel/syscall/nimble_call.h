/* SPDX-License-Identifier: GPL-2.0 */
/* The LWK's own system call; supplied by nimble/. */
#ifndef LWK_SYSCALL_NIMBLE_CALL_H
#define LWK_SYSCALL_NIMBLE_CALL_H

#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

/* LWK_SYS_NIMBLE_CTL(struct nimble_ctl *); see kernel/abi/nimble_ctl.h. */
int64_t sys_nimble_ctl(struct regs *regs);

/* LWK_SYS_NIMBLE_CALL(id, uint64_t args[8]): hook call of an extension of the job. 0, with
 * args as it leaves them; -ENOENT, -EFAULT, -EIO, -EPROTO: its result means nothing, or it
 * wants too many calls; -EINTR: a signal has come between two. */
int64_t sys_nimble_call(struct regs *regs);

/* Supplied by syscall/: whether a call that the LWK serves may also run in the proxy,
 * because its answer there is right for the program (kernel/abi/also.def). */
bool syscall_may_delegate(uint64_t nr);

/* Supplied by syscall/: whether a call neither replaces nor copies the program's
 * registers, and is not of this file. */
bool syscall_is_plain(uint64_t nr);

/* Supplied by syscall/: perform the call in regs, hooks included; its result, or an
 * internal code of restart.h, is in regs_result(). */
void syscall_perform(struct regs *regs);

#endif
