/* SPDX-License-Identifier: GPL-2.0 */
/* Signal frames: the user's stack for a handler, and the way back from it. */
#ifndef LWK_ARCH_SIGNAL_H
#define LWK_ARCH_SIGNAL_H

#include <asm/signal.h>

#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

struct signal_action;
struct signal_info;

/* Make the current thread run the handler of `action` for `info` when it goes
 * back to user mode. `mask` is what sigreturn will restore. -EFAULT: the frame
 * could not be written (the stack is gone), or would not fit into the alternate
 * stack. */
int arch_signal_frame(struct regs *regs, const struct signal_info *info,
		      const struct signal_action *action, uint64_t mask);

/* Undo it: registers and floating-point state from the frame at the stack
 * pointer; the mask and the alternate stack that it holds. -EFAULT: the frame
 * cannot be read or would not be a program's state. */
int arch_signal_return(struct regs *regs, uint64_t *mask, stack_t *altstack);

#endif
