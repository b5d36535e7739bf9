/* SPDX-License-Identifier: GPL-2.0 */
/* Threads: clone(2) and what goes with it. */
#include <asm/errno.h>
#include <linux/sched.h>

#include "kernel/arch/thread.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/slots.h"
#include "kernel/lib/string.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/syscall/syscall.h"

/* A thread shares all of this; the kernel has no others. */
#define OF_THREADS                                                          \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
	 CLONE_SYSVSEM)
#define KNOWN                                                         \
	(OF_THREADS | CLONE_SETTLS | CLONE_PARENT_SETTID |            \
	 CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | \
	 CLONE_PTRACE | CLONE_UNTRACED | CLONE_IO)

/* What clone() and clone3() ask for. */
struct clone_request {
	uint64_t flags; /* without the signal */
	vaddr_t stack; /* the new stack pointer; 0 = the caller's */
	vaddr_t parent_tid;
	vaddr_t child_tid;
	vaddr_t tls;
};

/* First function of a thread that clone() has made. */
static void run_clone(void)
{
	arch_enter_user(arch_thread_regs(current_thread()->stack_top));
}

/* Linux's refusals, in its order (kernel/fork.c, copy_process()). */
static int check(const struct clone_request *r)
{
	if ((r->flags & CLONE_THREAD) && !(r->flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((r->flags & CLONE_SIGHAND) && !(r->flags & CLONE_VM))
		return -EINVAL;
	if (!(r->flags & CLONE_THREAD))
		return -ENOSYS;
	/* Files, directories and semaphores' undoings belong to the proxy, which
	 * is one process of Linux. */
	if ((r->flags & OF_THREADS) != OF_THREADS &&
	    (r->flags & OF_THREADS) != (OF_THREADS & ~CLONE_SYSVSEM))
		return -ENOSYS;
	if (r->flags & ~(uint64_t)KNOWN)
		return -EINVAL;
	if ((r->flags & CLONE_SETTLS) && r->tls >= LWK_APP_END)
		return -EPERM;
	return 0;
}

static void tell_threads(const struct process *p)
{
	__atomic_store_n(&p->slot_page[0]->shared->threads, p->thread_count,
			 __ATOMIC_RELAXED);
}

static void set_up(struct thread *child, const struct clone_request *r,
		   const struct regs *regs)
{
	struct thread *me = current_thread();

	arch_thread_clone(child->stack_top, &child->arch, regs, r->stack,
			  r->flags & CLONE_SETTLS ? &r->tls : NULL);
	memcpy(child->name, me->name, sizeof(child->name));
	if (r->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = r->child_tid;
	sched_set_affinity(child, me->affinity);
}

static int64_t clone_thread(const struct clone_request *r,
			    const struct regs *regs)
{
	struct thread *child;
	uint32_t id;
	int error;

	child = process_add_thread(run_clone, &error);
	if (!child)
		return error == -EINTR ? -RESTART_ALWAYS : error;
	id = child->id;
	set_up(child, r, regs);
	tell_threads(current_process());
	/* As Linux: an address that cannot be written changes nothing. */
	if (r->flags & CLONE_PARENT_SETTID)
		copy_to_user(r->parent_tid, &id, sizeof(id));
	if (r->flags & CLONE_CHILD_SETTID)
		copy_to_user(r->child_tid, &id, sizeof(id));
	thread_launch(child);
	return id;
}

static int64_t do_clone(const struct clone_request *r, const struct regs *regs)
{
	int error = check(r);

	return error ? error : clone_thread(r, regs);
}

int64_t sys_clone(struct regs *regs)
{
	struct clone_request r = {
		.flags = (uint32_t)sys_arg(regs, 0) & ~(uint32_t)CSIGNAL,
		.stack = sys_arg(regs, 1),
		.parent_tid = sys_arg(regs, 2),
		.child_tid = sys_arg(regs, 3),
		.tls = sys_arg(regs, 4),
	};

	return do_clone(&r, regs);
}

int64_t sys_clone3(struct regs *regs)
{
	uint64_t bytes = sys_arg(regs, 1);
	struct clone_args a;
	struct clone_request r;
	int error;

	memset(&a, 0, sizeof(a));
	if (bytes < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	error = copy_struct_from_user(&a, sizeof(a), sys_arg(regs, 0), bytes);
	if (error)
		return error;
	if (a.set_tid_size || (a.flags & CSIGNAL) ||
	    (!a.stack != !a.stack_size) || a.exit_signal > CSIGNAL ||
	    ((a.flags & CLONE_THREAD) && a.exit_signal))
		return -EINVAL;
	r = (struct clone_request){
		.flags = a.flags,
		.stack = a.stack ? a.stack + a.stack_size : 0,
		.parent_tid = a.parent_tid,
		.child_tid = a.child_tid,
		.tls = a.tls,
	};
	return do_clone(&r, regs);
}

int64_t sys_gettid(struct regs *regs)
{
	(void)regs;
	return current_thread()->id;
}

int64_t sys_set_tid_address(struct regs *regs)
{
	current_thread()->clear_child_tid = sys_arg(regs, 0);
	return current_thread()->id;
}

int64_t sys_exit(struct regs *regs)
{
	thread_exit(WAIT_STATUS_EXIT((int)sys_arg(regs, 0)));
}

int64_t sys_exit_group(struct regs *regs)
{
	process_kill(current_process(),
		     WAIT_STATUS_EXIT((int)sys_arg(regs, 0)));
	thread_exit(0);
}

void thread_leave_memory(struct thread *t)
{
	uint32_t zero = 0;

	if (t->robust_list)
		futex_exit_robust(t->robust_list);
	if (t->clear_child_tid && t->proc->thread_count > 1 &&
	    !copy_to_user(t->clear_child_tid, &zero, sizeof(zero)))
		futex_wake(t->clear_child_tid, 1, FUTEX_ALL_BITS);
}
