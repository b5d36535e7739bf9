/* SPDX-License-Identifier: GPL-2.0 */
/* The stack that a program begins with. */
#ifndef LWK_SYSCALL_START_STACK_H
#define LWK_SYSCALL_START_STACK_H

#include "kernel/syscall/load.h"

/* Write arguments, environment and auxiliary vector below `top`, from the struct
 * lwk_args at address `args` of the application (System V ABI, AMD64
 * supplement, 3.4.1). Sets *sp, and the process's name. -EINVAL: the proxy's
 * arguments contradict themselves; -E2BIG; -EFAULT; -ENOMEM. */
int start_stack(vaddr_t top, vaddr_t args, const struct loaded *program,
		const struct loaded *interp, vaddr_t *sp);

#endif
