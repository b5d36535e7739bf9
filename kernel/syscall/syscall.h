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

/* The system-call convention of x86-64 (System V ABI, AMD64 supplement, A.2):
 * generic here because regs.h gives the names. */
static inline uint64_t sys_arg(const struct regs *r, int i)
{
	switch (i) {
	case 0:
		return r->rdi;
	case 1:
		return r->rsi;
	case 2:
		return r->rdx;
	case 3:
		return r->r10;
	case 4:
		return r->r8;
	default:
		return r->r9;
	}
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

/* For calls that take a signal mask: it holds until the way back to user mode. 0,
 * -EFAULT, -EINVAL. */
int64_t apply_wait_mask(const struct regs *regs);

/* Let this mask hold until the thread goes back to user mode, or a handler
 * begins. */
void signals_block_until_return(uint64_t set);

/* Handle signals of the current thread before it goes back to user mode. */
void signals_deliver(struct regs *regs);

/* The name of a system call, "?" where there is none. */
const char *syscall_name(uint64_t nr);

#endif
