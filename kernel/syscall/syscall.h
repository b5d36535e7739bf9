/* SPDX-License-Identifier: GPL-2.0 */
/* System calls: one function for each LOCAL entry of kernel/abi/syscall.def.
 *
 * sys_<name>(regs) is a thin shell: it checks and copies arguments, calls the
 * core, copies results. It returns the value or -errno, or -RESTART_*.
 */
#ifndef LWK_SYSCALL_SYSCALL_H
#define LWK_SYSCALL_SYSCALL_H

#include "kernel/arch/regs.h"
#include "kernel/ikc/restart.h"
#include "kernel/lib/types.h"

static inline uint64_t sys_arg(const struct regs *r, int i)
{
	return regs_argument(r, i);
}

#define LOCAL(nr, name, args) int64_t sys_##name(struct regs *regs);
#define DELEGATED(nr, name, restart, args)
#define ABSENT(nr, name, error)
#include "kernel/abi/syscall.def"
#undef LOCAL
#undef DELEGATED
#undef ABSENT

/* Send this call to the proxy as it is, checking pointers by its table entry. */
int64_t delegate_as_is(struct regs *regs);

/* For calls that take a signal mask, which holds until the way back to user mode. 0,
 * -EFAULT, -EINVAL. */
int64_t apply_wait_mask(const struct regs *regs);

/* The name of a system call, "?" where there is none. */
const char *syscall_name(uint64_t nr);

#endif
