/* SPDX-License-Identifier: GPL-2.0 */
/* Threads: clone(2) and what goes with it. */
#include <asm/errno.h>
#include <linux/sched.h>

#include "kernel/core/hook.h"
#include "kernel/arch/thread.h"
#include "kernel/arch/uaccess.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/slots.h"
#include "kernel/lib/string.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/syscall/syscall.h"

/* A thread shares all of this; other threads do not exist here. */
#define OF_THREADS                                                          \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
	 CLONE_SYSVSEM)
#define KNOWN                                                         \
	(OF_THREADS | CLONE_SETTLS | CLONE_PARENT_SETTID |            \
	 CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | \
	 CLONE_PTRACE | CLONE_UNTRACED | CLONE_IO)

#define KNOWN_FORK                                                     \
	(CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	 CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED |  \
	 CLONE_PTRACE | CLONE_UNTRACED | CLONE_IO | CLONE_CLEAR_SIGHAND)

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

static int check_flags(const struct clone_request *r)
{
	if ((r->flags & CLONE_THREAD) && !(r->flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((r->flags & CLONE_SIGHAND) && !(r->flags & CLONE_VM))
		return -EINVAL;
	/* A child process: its own files and directories, as the proxy's child
	 * has. */
	if (!(r->flags & CLONE_THREAD))
		return r->flags & ~(uint64_t)KNOWN_FORK ? -ENOSYS : 0;
	/* Files, directories and semaphore undo values belong to the proxy, which is
	 * one process of Linux. */
	if ((r->flags & OF_THREADS) != OF_THREADS &&
	    (r->flags & OF_THREADS) != (OF_THREADS & ~CLONE_SYSVSEM))
		return -ENOSYS;
	return r->flags & ~(uint64_t)KNOWN ? -EINVAL : 0;
}

/* Linux's refusals, in its order (kernel/fork.c, copy_process()). */
static int check(const struct clone_request *r)
{
	int error = check_flags(r);

	if (!error && (r->flags & CLONE_SETTLS) && r->tls >= LWK_APP_END)
		error = -EPERM;
	return error;
}

static void tell_threads(const struct process *p)
{
	__atomic_store_n(&p->slot_page[0]->shared->threads, p->thread_count,
			 __ATOMIC_RELAXED);
}

/* The new thread, of this process or of a child. */
static void set_up(struct thread *t, const struct clone_request *r,
		   const struct regs *regs)
{
	arch_thread_clone(t->stack_top, &t->arch, regs, r->stack,
			  r->flags & CLONE_SETTLS ? &r->tls : NULL);
	memcpy(t->name, current_thread()->name, sizeof(t->name));
	if (r->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = r->child_tid;
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
	sched_set_affinity(child, current_thread()->affinity);
	child->nice = current_thread()->nice;
	tell_threads(current_process());
	/* As on Linux, an address that cannot be written is no error. */
	if (r->flags & CLONE_PARENT_SETTID)
		copy_to_user(r->parent_tid, &id, sizeof(id));
	if (r->flags & CLONE_CHILD_SETTID)
		copy_to_user(r->child_tid, &id, sizeof(id));
	hook_task_event(NIMBLE_HOOK_task_create, id, current_thread()->id);
	thread_launch(child);
	return id;
}

/* First function of a child process. */
static void run_child(void)
{
	struct thread *t = current_thread();
	uint32_t id = t->id;

	if (t->set_child_tid) {
		arch_irq_enable();
		copy_to_user(t->set_child_tid, &id, sizeof(id));
	}
	arch_enter_user(arch_thread_regs(t->stack_top));
}

static void set_up_child(struct process *child, const struct clone_request *r,
			 const struct regs *regs)
{
	struct thread *t = list_first(&child->threads, struct thread, member);

	set_up(t, r, regs);
	if (r->flags & CLONE_CHILD_SETTID)
		t->set_child_tid = r->child_tid;
	if (!(r->flags & CLONE_VM) || (r->flags & CLONE_VFORK)) {
		t->signals.altstack = current_thread()->signals.altstack;
		t->signals.altstack_bytes =
			current_thread()->signals.altstack_bytes;
	}
	if (r->flags & CLONE_CLEAR_SIGHAND)
		signal_reset_actions(&child->signals);
}

/* Make the proxy fork, and let the child run. */
static int64_t launch_child(struct process *child,
			    const struct clone_request *r)
{
	int64_t pid = delegate_call(LWK_PROXY_FORK, child->handle);
	uint32_t id = (uint32_t)pid;

	if (pid < 0) {
		process_abort_fork(child);
		return restart_if_interrupted(pid);
	}
	if (r->flags & CLONE_PARENT_SETTID)
		copy_to_user(r->parent_tid, &id, sizeof(id));
	hook_task_event(NIMBLE_HOOK_task_create, id, current_thread()->id);
	process_start(child);
	if (r->flags & CLONE_VFORK)
		process_wait_for_vfork(child);
	return pid;
}

static int64_t clone_process(const struct clone_request *r,
			     const struct regs *regs)
{
	struct process *child;
	int64_t result = process_fork(r->flags & CLONE_VM, run_child, &child);

	if (result)
		return result;
	set_up_child(child, r, regs);
	result = launch_child(child, r);
	process_put(child);
	return result;
}

static int64_t do_clone(const struct clone_request *r, const struct regs *regs)
{
	int error = check(r);

	if (error)
		return error;
	return r->flags & CLONE_THREAD ? clone_thread(r, regs)
				       : clone_process(r, regs);
}

int64_t sys_fork(struct regs *regs)
{
	const struct clone_request r = {0};

	return clone_process(&r, regs);
}

int64_t sys_vfork(struct regs *regs)
{
	const struct clone_request r = {.flags = CLONE_VM | CLONE_VFORK};

	return clone_process(&r, regs);
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
		futex_wake(t->clear_child_tid, false, 1, FUTEX_ALL_BITS);
}
