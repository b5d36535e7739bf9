/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about scheduling. CPUs are those of the LWK, by index. */
#include <asm/errno.h>
#include <linux/membarrier.h>
#include <linux/resource.h>
#include <linux/sched.h>

#include "kernel/arch/uaccess.h"
#include "kernel/abi/layout.h"
#include "kernel/mm/shootdown.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/syscall/syscall.h"

int64_t sys_sched_yield(struct regs *regs)
{
	(void)regs;
	sched_yield_cpu();
	return 0;
}

/* ---- Threads of others -------------------------------------------------- */

/* The thread `id` of this process (0: the caller), or the first one of another process of
 * the LWK: under the lock of its process, which is in *owner with a reference, for
 * unlock_named(). NULL: it is none of the LWK's; Linux may know it. */
static struct thread *lock_named(uint32_t id, struct process **owner)
{
	struct process *p = current_process();
	struct thread *t;

	process_get(p);
	spin_lock(&p->lock);
	t = process_named_thread(id);
	if (!t) {
		spin_unlock(&p->lock);
		process_put(p);
		p = process_find_pid(id);
		if (!p)
			return NULL;
		spin_lock(&p->lock);
		t = process_thread(p, id);
	}
	*owner = p;
	if (t)
		return t;
	spin_unlock(&p->lock);
	process_put(p);
	return NULL;
}

static void unlock_named(struct process *owner)
{
	spin_unlock(&owner->lock);
	process_put(owner);
}

/* As Linux: the owner of the other, or the administrator. */
static bool may_change(const struct process *other)
{
	const struct process *p = current_process();

	return !p->euid || p->euid == other->euid || p->euid == other->uid;
}

/* CPUs of Linux's processes are Linux's. */
int64_t sys_sched_getaffinity(struct regs *regs)
{
	uint64_t bytes = sys_arg(regs, 1);
	struct process *owner;
	struct thread *t;
	uint64_t mask;

	if (bytes * 8 < cpu_count() || bytes % sizeof(mask))
		return -EINVAL;
	t = lock_named((uint32_t)sys_arg(regs, 0), &owner);
	if (!t)
		return delegate_as_is(regs);
	mask = t->affinity;
	unlock_named(owner);
	if (copy_to_user(sys_arg(regs, 2), &mask, sizeof(mask)))
		return -EFAULT;
	return sizeof(mask);
}

int64_t sys_sched_setaffinity(struct regs *regs)
{
	struct process *owner;
	struct thread *t;
	uint64_t mask = 0;
	int64_t error;

	if (copy_from_user(&mask, sys_arg(regs, 2),
			   MIN(sys_arg(regs, 1), sizeof(mask))))
		return -EFAULT;
	mask &= cpu_all();
	t = lock_named((uint32_t)sys_arg(regs, 0), &owner);
	if (!t)
		return delegate_as_is(regs);
	error = !may_change(owner) ? -EPERM : mask ? 0 : -EINVAL;
	if (!error)
		sched_set_affinity(t, mask);
	unlock_named(owner);
	return error;
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

/* ---- Policies: there is one, Linux's default. --------------------------- */

static bool thread_exists(uint32_t id)
{
	struct process *owner;

	if (!lock_named(id, &owner))
		return false;
	unlock_named(owner);
	return true;
}

/* The error of Linux's sched_setscheduler() for a policy and a priority that this
 * kernel does not have; 0 for those that it has. */
static int check_policy(int policy, int priority)
{
	policy &= ~SCHED_RESET_ON_FORK;
	switch (policy) {
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return priority ? -EINVAL : policy == SCHED_NORMAL ? 0 : -EPERM;
	case SCHED_FIFO:
	case SCHED_RR:
		return priority < 1 || priority > 99 ? -EINVAL : -EPERM;
	default:
		return -EINVAL;
	}
}

static int64_t set_policy(struct regs *regs, int policy, vaddr_t param)
{
	uint32_t id = (uint32_t)sys_arg(regs, 0);
	int32_t priority;

	if ((int)id < 0 || policy < 0 || !param)
		return -EINVAL;
	if (copy_from_user(&priority, param, sizeof(priority)))
		return -EFAULT;
	if (!thread_exists(id))
		return delegate_as_is(regs);
	return check_policy(policy, priority);
}

int64_t sys_sched_setscheduler(struct regs *regs)
{
	return set_policy(regs, (int)sys_arg(regs, 1), sys_arg(regs, 2));
}

int64_t sys_sched_setparam(struct regs *regs)
{
	return set_policy(regs, SCHED_NORMAL, sys_arg(regs, 1));
}

int64_t sys_sched_getscheduler(struct regs *regs)
{
	if ((int)sys_arg(regs, 0) < 0)
		return -EINVAL;
	return thread_exists((uint32_t)sys_arg(regs, 0)) ? SCHED_NORMAL
							 : delegate_as_is(regs);
}

int64_t sys_sched_getparam(struct regs *regs)
{
	int32_t priority = 0;

	if ((int)sys_arg(regs, 0) < 0 || !sys_arg(regs, 1))
		return -EINVAL;
	if (!thread_exists((uint32_t)sys_arg(regs, 0)))
		return delegate_as_is(regs);
	return copy_to_user(sys_arg(regs, 1), &priority, sizeof(priority));
}

/* The priorities of Linux's policies, which programs compute with. */
static int64_t priority_limit(uint64_t policy, int of_realtime)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return of_realtime;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_DEADLINE:
		return 0;
	default:
		return -EINVAL;
	}
}

int64_t sys_sched_get_priority_max(struct regs *regs)
{
	return priority_limit((uint32_t)sys_arg(regs, 0), 99);
}

int64_t sys_sched_get_priority_min(struct regs *regs)
{
	return priority_limit((uint32_t)sys_arg(regs, 0), 1);
}

int64_t sys_sched_rr_get_interval(struct regs *regs)
{
	int64_t slice[2] = {0, SCHED_SLICE_NS};

	if ((int)sys_arg(regs, 0) < 0)
		return -EINVAL;
	if (!thread_exists((uint32_t)sys_arg(regs, 0)))
		return delegate_as_is(regs);
	return copy_to_user(sys_arg(regs, 1), slice, sizeof(slice));
}

/* sched_setattr(2): the first version of struct sched_attr. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int64_t sys_sched_setattr(struct regs *regs)
{
	struct attributes a;
	uint32_t size;
	int error;

	if (!sys_arg(regs, 1) || (int)sys_arg(regs, 0) < 0 || sys_arg(regs, 2))
		return -EINVAL;
	if (copy_from_user(&size, sys_arg(regs, 1), sizeof(size)))
		return -EFAULT;
	if (size < sizeof(a))
		return size ? -E2BIG : -EINVAL;
	error = copy_struct_from_user(&a, sizeof(a), sys_arg(regs, 1), size);
	if (error)
		return error;
	if (!thread_exists((uint32_t)sys_arg(regs, 0)))
		return delegate_as_is(regs);
	return a.nice ? -EPERM : check_policy((int)a.policy, (int)a.priority);
}

int64_t sys_sched_getattr(struct regs *regs)
{
	const struct attributes a = {.size = sizeof(a)};

	if (!sys_arg(regs, 1) || (int)sys_arg(regs, 0) < 0 ||
	    sys_arg(regs, 2) < sizeof(a) || sys_arg(regs, 3))
		return -EINVAL;
	if (!thread_exists((uint32_t)sys_arg(regs, 0)))
		return delegate_as_is(regs);
	return copy_to_user(sys_arg(regs, 1), &a, sizeof(a));
}

/* ---- Nice values ---------------------------------------------------------
 *
 * The LWK keeps those of the process's own threads, and policies learn the weight that
 * follows (the kernel's own scheduling ignores it). Linux keeps those of others. */

/* For PRIO_PROCESS: the thread of this process that is named, with the lock of the
 * process held; or NULL, without it. */
static struct thread *lock_own_thread(struct regs *regs)
{
	struct process *p = current_process();
	struct thread *t;

	if ((int)sys_arg(regs, 0) != PRIO_PROCESS)
		return NULL;
	spin_lock(&p->lock);
	t = process_named_thread((uint32_t)sys_arg(regs, 1));
	if (!t)
		spin_unlock(&p->lock);
	return t;
}

int64_t sys_getpriority(struct regs *regs)
{
	struct thread *t = lock_own_thread(regs);
	int nice;

	if (!t)
		return delegate_as_is(regs);
	nice = t->nice;
	spin_unlock(&current_process()->lock);
	return 20 - nice;
}

int64_t sys_setpriority(struct regs *regs)
{
	struct thread *t = lock_own_thread(regs);
	int nice = (int)sys_arg(regs, 2);
	bool allowed;

	if (!t)
		return delegate_as_is(regs);
	nice = MAX(MIN(nice, 19), -20);
	/* RLIMIT_NICE is taken as 0, which is its default. */
	allowed = nice >= t->nice || !current_process()->euid;
	if (allowed)
		__atomic_store_n(&t->nice, (int8_t)nice, __ATOMIC_RELAXED);
	spin_unlock(&current_process()->lock);
	return allowed ? 0 : -EACCES;
}

/* ---- membarrier(2) ------------------------------------------------------ */

#define BARRIERS                                                   \
	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | \
	 MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |                \
	 MEMBARRIER_CMD_PRIVATE_EXPEDITED |                        \
	 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

/* An interrupt is a barrier on the CPU that it reaches. */
int64_t sys_membarrier(struct regs *regs)
{
	if (sys_arg(regs, 1))
		return -EINVAL;
	switch (sys_arg(regs, 0)) {
	case MEMBARRIER_CMD_QUERY:
		return BARRIERS;
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		return 0;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		shootdown(current_process()->aspace, LWK_APP_MIN,
			  LWK_APP_MIN + PAGE_SIZE);
		return 0;
	default:
		return -EINVAL;
	}
}
