/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about scheduling. CPUs are those of the LWK, by index. */
#include <asm/errno.h>

#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/syscall/syscall.h"

int64_t sys_sched_yield(struct regs *regs)
{
	(void)regs;
	sched_yield_cpu();
	return 0;
}

/* The thread that a call names: 0 is the caller; or NULL. Caller holds the lock of
 * the process. */
static struct thread *named_thread(struct process *p, uint32_t id)
{
	return id ? process_thread(p, id) : current_thread();
}

int64_t sys_sched_getaffinity(struct regs *regs)
{
	struct process *p = current_process();
	uint64_t bytes = sys_arg(regs, 1);
	struct thread *t;
	uint64_t mask;

	if (bytes * 8 < cpu_count() || bytes % sizeof(mask))
		return -EINVAL;
	spin_lock(&p->lock);
	t = named_thread(p, (uint32_t)sys_arg(regs, 0));
	mask = t ? t->affinity : 0;
	spin_unlock(&p->lock);
	if (!t)
		return -ESRCH;
	if (copy_to_user(sys_arg(regs, 2), &mask, sizeof(mask)))
		return -EFAULT;
	return sizeof(mask);
}

int64_t sys_sched_setaffinity(struct regs *regs)
{
	struct process *p = current_process();
	struct thread *t;
	uint64_t mask = 0;

	if (copy_from_user(&mask, sys_arg(regs, 2),
			   MIN(sys_arg(regs, 1), sizeof(mask))))
		return -EFAULT;
	mask &= cpu_all();
	spin_lock(&p->lock);
	t = named_thread(p, (uint32_t)sys_arg(regs, 0));
	if (t && mask)
		sched_set_affinity(t, mask);
	spin_unlock(&p->lock);
	if (!t)
		return -ESRCH;
	return mask ? 0 : -EINVAL;
}

int64_t sys_getcpu(struct regs *regs)
{
	uint32_t cpu = this_cpu()->index;
	uint32_t node = boot->cpu[cpu].node;

	if ((sys_arg(regs, 0) &&
	     copy_to_user(sys_arg(regs, 0), &cpu, sizeof(cpu))) ||
	    (sys_arg(regs, 1) &&
	     copy_to_user(sys_arg(regs, 1), &node, sizeof(node))))
		return -EFAULT;
	return 0;
}
