/* SPDX-License-Identifier: GPL-2.0 */
/* The stack that a program begins with. */
#ifndef LWK_EXEC_STACK_H
#define LWK_EXEC_STACK_H

#include "kernel/exec/args.h"
#include "kernel/exec/load.h"

/* Write arguments, environment and auxiliary vector below `top` (System V ABI, AMD64
 * supplement, 3.4.1). Sets *sp, and *strings: where the strings are. -EINVAL: there
 * are fewer of them than the counts say; -EFAULT; -ENOMEM. */
int start_stack(vaddr_t top, const struct exec_args *args,
		const struct loaded *program, const struct loaded *interp,
		vaddr_t *sp, vaddr_t *strings);

#endif
