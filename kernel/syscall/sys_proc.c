/* SPDX-License-Identifier: GPL-2.0 */
/* prctl(2). */
#include <asm/errno.h>
#include <linux/prctl.h>

#include "kernel/arch/uaccess.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

/* Of the thread; the first one's is the process's. */
static int64_t set_name(struct regs *regs)
{
	struct thread *t = current_thread();
	char name[THREAD_NAME_BYTES] = "";

	if (copy_string_from_user(name, sys_arg(regs, 1), sizeof(name)) ==
	    -EFAULT)
		return -EFAULT;
	name[sizeof(name) - 1] = 0;
	memcpy(t->name, name, sizeof(name));
	if (t->id != t->proc->pid)
		return 0;
	memcpy(t->proc->page->name, name, sizeof(name));
	return delegate_as_is(regs); /* Linux's tools look at the proxy */
}

/* execve() gives no privileges here, set or not: only that it is so is to be said. */
static int64_t no_new_privileges(struct regs *regs)
{
	struct process *p = current_process();

	if (sys_arg(regs, 2) || sys_arg(regs, 3) || sys_arg(regs, 4))
		return -EINVAL;
	if (sys_arg(regs, 0) == PR_GET_NO_NEW_PRIVS)
		return sys_arg(regs, 1) ? -EINVAL
					: __atomic_load_n(&p->no_new_privileges,
							  __ATOMIC_RELAXED);
	if (sys_arg(regs, 1) != 1)
		return -EINVAL;
	__atomic_store_n(&p->no_new_privileges, true, __ATOMIC_RELAXED);
	return 0;
}

/* Linux sends it, by the proxy; which worker was told, nobody knows later. */
static int64_t death_signal(struct regs *regs)
{
	struct process *p = current_process();
	uint32_t signal = __atomic_load_n(&p->death_signal, __ATOMIC_RELAXED);
	int64_t ret;

	if (sys_arg(regs, 0) == PR_GET_PDEATHSIG)
		return copy_to_user(sys_arg(regs, 1), &signal, sizeof(signal));
	ret = delegate_as_is(regs);
	if (!ret)
		__atomic_store_n(&p->death_signal, (uint8_t)sys_arg(regs, 1),
				 __ATOMIC_RELAXED);
	return ret;
}

int64_t sys_prctl(struct regs *regs)
{
	switch (sys_arg(regs, 0)) {
	case PR_SET_NAME:
		return set_name(regs);
	case PR_GET_NAME:
		return copy_to_user(sys_arg(regs, 1), current_thread()->name,
				    THREAD_NAME_BYTES);
	case PR_SET_NO_NEW_PRIVS:
	case PR_GET_NO_NEW_PRIVS:
		return no_new_privileges(regs);
	case PR_SET_PDEATHSIG:
	case PR_GET_PDEATHSIG:
		return death_signal(regs);
	/* What Linux knows of all threads of the proxy alike. */
	case PR_CAPBSET_READ:
	case PR_CAP_AMBIENT:
	case PR_GET_SECUREBITS:
	case PR_GET_KEEPCAPS:
	case PR_SET_CHILD_SUBREAPER:
	case PR_GET_CHILD_SUBREAPER:
		return delegate_as_is(regs);
	case PR_GET_DUMPABLE:
		return 1;
	default:
		return -ENOSYS;
	}
}
