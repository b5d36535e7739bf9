/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about the process itself, scheduling and limits. */
#include <asm/errno.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/times.h>

#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/delegate.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/syscall/syscall.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

#define NS_PER_TICK (1000000000UL / USER_HZ)

/* Time in the kernel is not told apart: all of it is the user's. */
int64_t sys_times(struct regs *regs)
{
	struct tms tms = {.tms_utime = (long)(process_run_ns() / NS_PER_TICK)};

	if (sys_arg(regs, 0) &&
	    copy_to_user(sys_arg(regs, 0), &tms, sizeof(tms)))
		return -EFAULT;
	return (int64_t)(cycles_to_ns(arch_cycles()) / NS_PER_TICK);
}

int64_t sys_getrusage(struct regs *regs)
{
	struct process *p = current_process();
	int who = (int)sys_arg(regs, 0);
	struct rusage ru;

	memset(&ru, 0, sizeof(ru));
	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN &&
	    who != RUSAGE_THREAD)
		return -EINVAL;
	if (who != RUSAGE_CHILDREN) {
		ru.ru_utime.tv_sec = (long)(process_run_ns() / 1000000000);
		ru.ru_utime.tv_usec =
			(long)(process_run_ns() % 1000000000 / 1000);
		ru.ru_maxrss = (long)(p->aspace->resident_bytes >> 10);
	}
	return copy_to_user(sys_arg(regs, 1), &ru, sizeof(ru));
}

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
