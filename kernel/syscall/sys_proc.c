/* SPDX-License-Identifier: GPL-2.0 */
/* prctl(2). */
#include <asm/errno.h>
#include <linux/prctl.h>

#include "kernel/arch/uaccess.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

/* Of the thread; the first one's is the process's. */
static int64_t set_name(vaddr_t from)
{
	struct thread *t = current_thread();
	char name[THREAD_NAME_BYTES] = "";

	if (copy_string_from_user(name, from, sizeof(name)) == -EFAULT)
		return -EFAULT;
	name[sizeof(name) - 1] = 0;
	memcpy(t->name, name, sizeof(name));
	if (t->id == t->proc->pid)
		memcpy(t->proc->page->name, name, sizeof(name));
	return 0;
}

int64_t sys_prctl(struct regs *regs)
{
	switch (sys_arg(regs, 0)) {
	case PR_SET_NAME:
		return set_name(sys_arg(regs, 1));
	case PR_GET_NAME:
		return copy_to_user(sys_arg(regs, 1), current_thread()->name,
				    THREAD_NAME_BYTES);
	default:
		return -ENOSYS;
	}
}
