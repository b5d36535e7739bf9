/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of a thread that entered the kernel, at the top of its kernel stack:
 * the layout of the architecture's entry code. The accessors are what the rest
 * of the kernel uses. */
#ifndef LWK_ARCH_REGS_H
#define LWK_ARCH_REGS_H

#include <arch-impl/regs.h>

#include "kernel/lib/types.h"

static inline bool regs_from_user(const struct regs *r)
{
	return (r->cs & 3) == 3;
}

static inline bool regs_is_syscall(const struct regs *r)
{
	return r->vector == REGS_VECTOR_SYSCALL;
}

#endif
