/* SPDX-License-Identifier: GPL-2.0 */
/* Children: fork(2), vfork(2), and the part of execve(2) that is about threads. */
/*
 * A child is made here first, complete but for its proxy. Then the parent's proxy forks,
 * and the child's asks the module to adopt it: PROC_ADOPT names the child, and gives it
 * Linux's pid. The child runs only after the parent's worker has said that the child's
 * proxy is ready. Either side may die at each step:
 *
 *   WAITING   no proxy. Where none comes, the parent ends the child.
 *   ADOPTED   the module has a reference, and PROC_RELEASE ends it, as for others.
 *   ABORTED   nobody may adopt it any more.
 */
#include <asm/errno.h>

#include "kernel/abi/ring.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process_priv.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"

enum fork_state { FORK_NONE = 0, FORK_WAITING, FORK_ADOPTED, FORK_ABORTED };

static uint64_t new_handle(void)
{
	static uint64_t last;

	return LWK_HANDLE_OF_LWK |
	       __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

static int allocate(struct process *child, const struct process *parent,
		    bool share, void (*entry)(void))
{
	paddr_t page = page_alloc_zeroed(0);
	struct thread *t;

	child->page = page ? phys_to_virt(page) : NULL;
	if (!page || process_make_slots(child))
		return -ENOMEM;
	if (share)
		aspace_get(parent->aspace);
	child->aspace = share ? parent->aspace
			      : aspace_fork(parent->aspace, child->handle);
	if (!child->aspace)
		return -ENOMEM;
	return process_insert_thread(child, 0, entry,
				     current_thread()->signals.blocked, &t);
}

/* Copy what a child has from its parent; no other thread sees it yet. */
static void inherit(struct process *child, struct process *parent, bool share)
{
	child->parent = parent->handle;
	child->fork_state = FORK_WAITING;
	child->borrows_memory = share;
	child->personality = parent->personality;
	child->no_new_privileges = parent->no_new_privileges;
	memcpy(child->page->name, parent->page->name,
	       sizeof(child->page->name));
	child->page->root = child->aspace->root;
	child->page->cpu = child->cpu->index;
	spin_lock(&parent->lock);
	memcpy(child->signals.action, parent->signals.action,
	       sizeof(child->signals.action));
	spin_unlock(&parent->lock);
}

int process_fork(bool share, void (*entry)(void), struct process **out)
{
	struct process *parent = current_process();
	const struct process_args args = {
		.handle = new_handle(),
		.job = parent->job->id,
		.uid = parent->uid,
		.gid = parent->gid,
		.euid = parent->euid,
		.egid = parent->egid,
		.stack_limit = parent->stack_limit,
		.affinity = current_thread()->affinity,
		.nice = current_thread()->nice,
	};
	struct process *child = kzalloc(sizeof(*child));
	int error;

	if (!child)
		return -ENOMEM;
	error = process_set_up(child, &args);
	if (!error)
		error = allocate(child, parent, share, entry);
	if (error) {
		process_free_parts(child);
		return error;
	}
	inherit(child, parent, share);
	process_get(child); /* the caller's */
	error = process_enter(child);
	ASSERT(!error); /* handles are never used again */
	*out = child;
	return 0;
}

int process_adopt(struct process *child, uint64_t parent, uint32_t pid)
{
	int error = -ESRCH;

	spin_lock(&child->lock);
	if (child->parent == parent && child->fork_state == FORK_WAITING) {
		child->fork_state = FORK_ADOPTED;
		child->pid = pid;
		list_first(&child->threads, struct thread, member)->id = pid;
		error = 0;
	}
	spin_unlock(&child->lock);
	return error;
}

void process_abort_fork(struct process *child)
{
	bool has_proxy;

	spin_lock(&child->lock);
	has_proxy = child->fork_state == FORK_ADOPTED;
	child->fork_state = FORK_ABORTED;
	if (has_proxy)
		process_kill_locked(child, WAIT_STATUS_SIGNAL(SIGKILL));
	spin_unlock(&child->lock);
	if (has_proxy) {
		process_start(child); /* its thread ends at once, and says so */
	} else {
		process_drop_new_thread(child);
		process_put(child); /* that was to be the module's */
	}
}

/* ---- vfork ------------------------------------------------------------- */

static bool vfork_is_over(void *arg)
{
	const struct process *child = arg;

	return !__atomic_load_n(&child->borrows_memory, __ATOMIC_ACQUIRE);
}

void process_wait_for_vfork(struct process *child)
{
	spin_lock(&child->lock);
	child->vfork_waiter = current_thread();
	spin_unlock(&child->lock);
	wait_until(vfork_is_over, child, WAIT_FOREVER, WAIT_KILLED);
	spin_lock(&child->lock);
	child->vfork_waiter = NULL;
	spin_unlock(&child->lock);
}

void process_end_vfork(struct process *p)
{
	spin_lock(&p->lock);
	__atomic_store_n(&p->borrows_memory, false, __ATOMIC_RELEASE);
	if (p->vfork_waiter)
		thread_wake(p->vfork_waiter);
	spin_unlock(&p->lock);
}

int process_leave_borrowed(void)
{
	struct process *p = current_process();
	struct aspace *old = p->aspace;
	struct aspace *new = aspace_new(old->mmap_top, new_handle());
	uint64_t flags;

	if (!new)
		return -ENOMEM;
	spin_lock(&p->lock);
	p->left_aspace = old;
	p->aspace = new;
	p->page->root = new->root;
	spin_unlock(&p->lock);
	flags = arch_irq_save();
	aspace_use(new);
	arch_irq_restore(flags);
	return 0;
}

struct aspace *process_space_for_proxy(struct process *p)
{
	struct aspace *left, *now;

	spin_lock(&p->lock);
	left = p->left_aspace;
	p->left_aspace = NULL;
	now = p->aspace;
	spin_unlock(&p->lock);
	if (left)
		aspace_put(left);
	return now;
}

/* ---- exec -------------------------------------------------------------- */

static bool is_alone(void *arg)
{
	const struct process *p = arg;

	return __atomic_load_n(&p->thread_count, __ATOMIC_ACQUIRE) == 1;
}

/* Caller holds the lock. */
static void end_others_locked(struct process *p, struct thread *me)
{
	struct list *n;

	p->execing = me;
	list_for_each(n, &p->threads) {
		struct thread *t = list_entry(n, struct thread, member);

		if (t != me) {
			thread_set_work(t, THREAD_WORK_DIE);
			thread_kick(t);
		}
	}
}

int process_end_others(void)
{
	struct thread *me = current_thread();
	struct process *p = me->proc;
	int error = -EINTR;

	spin_lock(&p->lock);
	if (!p->ending && !p->execing && !thread_must_die(me)) {
		end_others_locked(p, me);
		error = 0;
	}
	spin_unlock(&p->lock);
	if (!error)
		error = wait_until(is_alone, p, WAIT_FOREVER, WAIT_ENDING);
	spin_lock(&p->lock);
	if (p->execing == me)
		p->execing = NULL;
	if (!error)
		me->id = p->pid;
	spin_unlock(&p->lock);
	return error;
}
