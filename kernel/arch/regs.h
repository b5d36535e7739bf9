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

/* Whether the thread entered by a system call. Not after regs_leave_syscall(): then no
 * call is left to be restarted. */
static inline bool regs_is_syscall(const struct regs *r);
static inline void regs_leave_syscall(struct regs *r);

/* The number of a system call, its arguments 0 to 5, and its result. */
static inline uint64_t regs_call(const struct regs *r);
static inline uint64_t regs_argument(const struct regs *r, int i);
static inline void regs_set_call(struct regs *r, uint64_t number,
				 const uint64_t argument[6]);
static inline int64_t regs_result(const struct regs *r);
static inline void regs_set_result(struct regs *r, int64_t result);

/* Lets the program perform the call once more, and leaves it. */
static inline void regs_repeat_syscall(struct regs *r);

/* Where the program goes on, and its stack pointer. */
static inline uint64_t regs_pc(const struct regs *r);
static inline uint64_t regs_sp(const struct regs *r);

#endif
