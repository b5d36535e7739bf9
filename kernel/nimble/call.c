/* SPDX-License-Identifier: GPL-2.0 */
/* Direct calls: a program has hook call of an extension of its job, or of the
 * administrator's, run, by a system call of
 * the LWK's own. The result says whether that was all, whether a system call is to be made
 * for the program, or whether it waits until an extension wakes it (helper task_wake);
 * after either the hook is called again.
 *
 * A waiting thread is in one of several lists, by its number; the lock of each is
 * taken with interrupts off, and a CPU's inside it. A wake-up that comes between the
 * hook's run and the wait is not lost: the lists count them, and a thread that finds
 * another number than before the run does not wait. So a hook may be called again for
 * nothing. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/restart.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"
#include "kernel/syscall/nimble_call.h"
#include "kernel/syscall/syscall.h"
#include "kernel/time/clock.h"

/* System calls that one direct call may want. */
#define CALLS_MOST 4096
/* A waiting thread does not sleep at once if no other wants its CPU. */
#define SPIN_NS 20000
#define WAKE_UNITS 16

#define BUCKETS 64

struct waiter {
	struct list node;
	struct thread *thread;
	uint64_t job;
	uint32_t extension;
	bool woken; /* atomic */
};

static struct bucket {
	struct spinlock lock;
	uint64_t wakes; /* number of wake-ups so far; atomic */
	struct list waiters;
} buckets[BUCKETS] __attribute__((aligned(64)));

void extension_calls_init(void)
{
	int i;

	for (i = 0; i < BUCKETS; i++)
		list_init(&buckets[i].waiters);
}

static struct bucket *bucket_of(uint64_t id)
{
	return &buckets[id % BUCKETS];
}

static uint64_t lock_bucket(struct bucket *b)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&b->lock);
	return flags;
}

static void unlock_bucket(struct bucket *b, uint64_t flags)
{
	spin_unlock(&b->lock);
	arch_irq_restore(flags);
}

/* ---- Waking -------------------------------------------------------------------- */

/* Caller holds the lock, so the thread cannot go on, and end, meanwhile. */
static void wake(struct waiter *w)
{
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	thread_wake(w->thread);
}

static void count_wake(struct bucket *b)
{
	/* Pairs with the acquire before a run: a thread that sees the number sees what
	 * the waker has written before. */
	__atomic_add_fetch(&b->wakes, 1, __ATOMIC_RELEASE);
}

static bool wake_thread(const struct extension *e, uint64_t id)
{
	struct bucket *b = bucket_of(id);
	uint64_t flags = lock_bucket(b);
	bool found = false;
	struct list *n;

	count_wake(b);
	list_for_each(n, &b->waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);

		if (w->thread->id != id || w->woken ||
		    (!e->owner.admin && e->owner.job != w->job))
			continue;
		wake(w);
		found = true;
	}
	unlock_bucket(b, flags);
	return found;
}

void extension_wake_callers(const struct extension *e)
{
	struct list *n;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		struct bucket *b = &buckets[i];
		uint64_t flags = lock_bucket(b);

		count_wake(b);
		list_for_each(n, &b->waiters) {
			struct waiter *w = list_entry(n, struct waiter, node);

			if (w->extension == e->id)
				wake(w);
		}
		unlock_bucket(b, flags);
	}
}

uint64_t nimble_host_task_wake(NIMBLE_HELPER_ARGS)
{
	(void)a2;
	(void)a3;
	(void)a4;
	(void)a5;
	if (!nimble_charge(run, WAKE_UNITS))
		return 0;
	return wake_thread(nimble_owner(nimble_run_ext(run)), a1);
}

/* ---- Waiting ------------------------------------------------------------------- */

static bool is_woken(void *arg)
{
	const struct waiter *w = arg;

	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

static bool may_spin(void)
{
	return !this_cpu()->runnable_count && !kernel_poll_needed() &&
	       !thread_work(current_thread());
}

/* A wake-up that comes soon is not worth a sleep. */
static void spin_a_while(struct waiter *w)
{
	uint64_t end = arch_cycles() + ns_to_cycles(SPIN_NS);

	while (!is_woken(w) && may_spin() && arch_cycles() < end)
		arch_pause();
}

/* 0, and args[7]: 0, or -ETIMEDOUT; -EINTR: a signal, or its end. */
static int wait_for_wake(uint32_t extension, uint64_t wakes, uint64_t args[8])
{
	struct thread *t = current_thread();
	struct bucket *b = bucket_of(t->id);
	struct waiter w = {
		.thread = t,
		.job = t->proc->job->id,
		.extension = extension,
	};
	struct deadline deadline = deadline_in(args[7]);
	uint64_t flags = lock_bucket(b);
	bool waits = b->wakes == wakes;
	int error;

	if (waits)
		list_push_back(&b->waiters, &w.node);
	unlock_bucket(b, flags);
	if (!waits) {
		args[7] = 0;
		return 0;
	}
	spin_a_while(&w);
	error = wait_until(is_woken, &w, args[7] ? &deadline : WAIT_FOREVER,
			   WAIT_SIGNALS);
	flags = lock_bucket(b);
	list_remove(&w.node);
	unlock_bucket(b, flags);
	args[7] = error == -ETIMEDOUT ? (uint64_t)-ETIMEDOUT : 0;
	return error == -EINTR ? error : 0;
}

/* ---- Calling ------------------------------------------------------------------- */

/* Run the hook: 0, and *verdict; -ENOENT, -EFAULT (it was unwound), -EIO. */
static int run_hook(const struct nimble_caller *who, uint32_t id,
		    struct nimble_ctx_call *ctx, uint64_t *verdict)
{
	struct extension *e = extension_get_to_call(who, id);
	struct policy_call host = {.extension = e, .op = NIMBLE_HOOK_call};
	struct nimble_call run = {
		.level = NIMBLE_LEVEL_CALL,
		.ctx = ctx,
		.ctx_bytes = sizeof(*ctx),
		.budget = NIMBLE_BUDGET_TASK,
		.host = &host,
		.failed = extension_failed,
	};
	int error = -ENOENT;

	if (!e)
		return error;
	if (e->call_entry >= 0 && e->entry[e->call_entry].attached) {
		run.ext = e->engine;
		run.entry = (uint32_t)e->call_entry;
		error = hook_run_alone(&run);
		*verdict = run.result;
		if (!error && *verdict > NIMBLE_CALL_WAIT)
			extension_count_ignored(e, run.entry);
	}
	extension_put(e);
	return error;
}

/* One that an extension wants for its caller; it may be no other than the caller itself
 * could make, but for those that change where the program is. */
static uint64_t call_for_extension(const struct regs *regs,
				   const uint64_t args[8])
{
	struct regs copy = *regs;
	int64_t ret;

	if (!syscall_is_plain(args[0]))
		return (uint64_t)-EPERM;
	regs_set_call(&copy, args[0], args + 1);
	syscall_perform(&copy);
	ret = regs_result(&copy);
	return ret <= -RESTART_SYS && ret >= -RESTART_NOHAND ? (uint64_t)-EINTR
							     : (uint64_t)ret;
}

static int let_others_run(void)
{
	if (kernel_poll_needed())
		kernel_poll();
	if (cpu_has_work(this_cpu(), CPU_WORK_RESCHED))
		schedule();
	return thread_must_die(current_thread()) || signals_deliverable()
		       ? -EINTR
		       : 0;
}

static int call(const struct nimble_caller *who, const struct regs *regs,
		uint32_t id, struct nimble_ctx_call *ctx)
{
	const struct bucket *b = bucket_of(current_thread()->id);
	uint64_t verdict, wakes;
	int error, calls = 0;

	for (;;) {
		wakes = __atomic_load_n(&b->wakes, __ATOMIC_ACQUIRE);
		error = run_hook(who, id, ctx, &verdict);
		if (error || verdict == NIMBLE_CALL_DONE)
			return error;
		if (verdict > NIMBLE_CALL_WAIT || calls == CALLS_MOST)
			return -EPROTO;
		if (verdict == NIMBLE_CALL_WAIT)
			error = wait_for_wake(id, wakes, ctx->args);
		if (!error)
			error = let_others_run();
		if (error)
			return error;
		if (verdict == NIMBLE_CALL_SYSCALL) {
			calls++;
			ctx->args[7] = call_for_extension(regs, ctx->args);
		}
	}
}

int64_t sys_nimble_call(struct regs *regs)
{
	const struct nimble_caller who = nimble_current_caller();
	vaddr_t at = sys_arg(regs, 1);
	struct nimble_ctx_call ctx;
	int error;

	if (copy_from_user(ctx.args, at, sizeof(ctx.args)))
		return -EFAULT;
	ctx.state = 0;
	error = call(&who, regs, (uint32_t)sys_arg(regs, 0), &ctx);
	if ((!error || error == -EINTR) &&
	    copy_to_user(at, ctx.args, sizeof(ctx.args)))
		return -EFAULT;
	return error;
}
