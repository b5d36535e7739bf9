// SPDX-License-Identifier: GPL-2.0
/* Who a process's parent is, for getppid() without a call to Linux.
 *
 * A word in the process's page holds the parent's id while the parent lives. It waits
 * on the queue that pidfds wait on: Linux wakes that queue when a process has ended,
 * after it has given the process's children to another. So a program that can know of
 * its parent's end finds 0 in the word, and asks Linux. */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "host-module/proxy/proc.h"

/* Any context, interrupts off. */
static int parent_ended(struct wait_queue_entry *entry, unsigned int mode,
			int flags, void *key)
{
	struct lwk_proc *proc =
		container_of(entry, struct lwk_proc, parent_wait);

	/* After the new parent was set; pairs with watch(). */
	smp_mb();
	WRITE_ONCE(proc->page->parent, 0);
	return 0;
}

/* With a reference. */
static struct pid *parent_of_current(void)
{
	struct pid *pid;

	rcu_read_lock();
	pid = get_pid(task_tgid(rcu_dereference(current->real_parent)));
	rcu_read_unlock();
	return pid;
}

/* Caller holds slots_lock. */
static void watch(struct lwk_proc *proc, struct pid *parent)
{
	struct pid *now;

	proc->parent = parent;
	init_waitqueue_func_entry(&proc->parent_wait, parent_ended);
	add_wait_queue(&parent->wait_pidfd, &proc->parent_wait);
	WRITE_ONCE(proc->page->parent, pid_vnr(parent));
	/* If the parent ended before the write, another had already taken
	 * its place. */
	smp_mb();
	now = parent_of_current();
	if (now != parent)
		WRITE_ONCE(proc->page->parent, 0);
	put_pid(now);
}

void lwk_parent_forget(struct lwk_proc *proc)
{
	lockdep_assert_held(&proc->slots_lock);
	if (!proc->parent)
		return;
	remove_wait_queue(&proc->parent->wait_pidfd, &proc->parent_wait);
	put_pid(proc->parent);
	proc->parent = NULL;
}

int lwk_proc_parent(struct lwk_proc *proc)
{
	struct pid *parent;
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	if (task_tgid(current) != proc->pid)
		return -EPERM;
	mutex_lock(&proc->slots_lock);
	/* After LIVE, the page may belong to another process. */
	if (proc->dead || atomic_read(&proc->phase) != LWK_PHASE_LIVE) {
		err = -EIO;
	} else {
		lwk_parent_forget(proc);
		parent = parent_of_current();
		if (parent)
			watch(proc, parent);
	}
	mutex_unlock(&proc->slots_lock);
	return err;
}
