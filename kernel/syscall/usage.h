/* SPDX-License-Identifier: GPL-2.0 */
/* wait4(2) and waitid(2), which are Linux's: what the child has used is known here. */
#ifndef LWK_SYSCALL_USAGE_H
#define LWK_SYSCALL_USAGE_H

#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

/* Such a call has returned ret >= 0: complete what it says of the child. */
void usage_waited(const struct regs *regs, int64_t ret);

#endif
