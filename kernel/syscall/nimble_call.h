/* SPDX-License-Identifier: GPL-2.0 */
/* The LWK's own system call; supplied by nimble/. */
#ifndef LWK_SYSCALL_NIMBLE_CALL_H
#define LWK_SYSCALL_NIMBLE_CALL_H

#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

/* LWK_SYS_NIMBLE_CTL(struct nimble_ctl *); see kernel/abi/nimble_ctl.h. */
int64_t sys_nimble_ctl(struct regs *regs);

#endif
