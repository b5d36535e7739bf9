/* SPDX-License-Identifier: GPL-2.0 */
/* Choosing the thread that gets a signal, and taking one. See signal.h. */
#include <asm/errno.h>

#include "kernel/proc/itimer.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"

/* Whether the thread accepts it now. Signals that rt_sigtimedwait() has
 * unblocked for itself count as accepted. */
static bool wants(const struct thread *t, int signal)
{
	return !(t->signals.blocked & SIGNAL_BIT(signal));
}

/* A thread of the process that does not block the signal, the first one before
 * others; NULL: all do. As Linux (kernel/signal.c, complete_signal()). */
static struct thread *choose(struct process *p, int signal)
{
	struct list *n;

	list_for_each(n, &p->threads) {
		struct thread *t = list_entry(n, struct thread, member);

		if (wants(t, signal))
			return t;
	}
	return NULL;
}

/* Whether it is thrown away when it comes. It is not if a thread waits for it or may
 * unblock it: then its effect is decided later. */
static bool is_unwanted(const struct process *p, const struct thread *target,
			int signal)
{
	if (!signal_is_dropped(&p->signals, signal))
		return false;
	return target && !(target->signals.kept & SIGNAL_BIT(signal));
}

/* Caller holds p->lock. target: the thread to take it, or NULL: none accepts it now.
 * Returns 1 if it is queued. */
static int send(struct process *p, struct thread *target,
		struct signal_pending *queue, const struct signal_info *info)
{
	int error;

	if (p->ending || is_unwanted(p, target, info->signal))
		return 0;
	if (info->signal == SIGKILL ||
	    (target && signal_is_fatal(&p->signals, info->signal) &&
	     !(target->signals.kept & SIGNAL_BIT(info->signal)))) {
		process_kill_locked(p, WAIT_STATUS_SIGNAL(info->signal));
		return 0;
	}
	error = signal_post(&p->signals, queue, info);
	if (error)
		return error;
	if (target) {
		thread_set_work(target, THREAD_WORK_SIGNAL);
		if (target != current_thread())
			thread_kick(target);
	}
	return 1;
}

int process_signal_locked(struct process *p, const struct signal_info *info)
{
	return send(p, choose(p, info->signal), &p->signals.pending, info);
}

int process_signal(struct process *p, const struct signal_info *info)
{
	int error;

	spin_lock(&p->lock);
	error = process_signal_locked(p, info);
	spin_unlock(&p->lock);
	return MIN(error, 0);
}

int thread_signal_locked(struct thread *t, const struct signal_info *info)
{
	return send(t->proc, wants(t, info->signal) ? t : NULL,
		    &t->signals.pending, info);
}

int thread_signal(struct thread *t, const struct signal_info *info)
{
	int error;

	spin_lock(&t->proc->lock);
	error = thread_signal_locked(t, info);
	spin_unlock(&t->proc->lock);
	return MIN(error, 0);
}

void thread_force_signal(const struct signal_info *info)
{
	struct thread *t = current_thread();

	spin_lock(&t->proc->lock);
	signal_force(&t->proc->signals, &t->signals, info);
	thread_set_work(t, THREAD_WORK_SIGNAL);
	spin_unlock(&t->proc->lock);
}

/* Caller holds the lock. */
static bool look_again(struct thread *t)
{
	if (signals_pending(&t->proc->signals, &t->signals,
			    ~t->signals.blocked)) {
		thread_set_work(t, THREAD_WORK_SIGNAL);
		return true;
	}
	thread_clear_work(t, THREAD_WORK_SIGNAL);
	return false;
}

bool signals_deliverable(void)
{
	struct thread *t = current_thread();
	bool any;

	if (!(thread_work(t) & THREAD_WORK_SIGNAL))
		return false;
	if (signals_pending(&t->proc->signals, &t->signals,
			    ~t->signals.blocked))
		return true;
	/* Another thread has taken it. */
	spin_lock(&t->proc->lock);
	any = look_again(t);
	spin_unlock(&t->proc->lock);
	return any;
}

/* Signals of the process that this thread was to take, and now blocks, go to another
 * thread. */
static void pass_on(struct process *p, uint64_t set)
{
	for (; set; set &= set - 1) {
		struct thread *t = choose(p, __builtin_ctzl(set) + 1);

		if (t && t != current_thread()) {
			thread_set_work(t, THREAD_WORK_SIGNAL);
			thread_kick(t);
		}
	}
}

void signals_set_blocked(uint64_t blocked)
{
	struct thread *t = current_thread();
	struct process *p = t->proc;
	uint64_t newly;

	blocked &= ~SIGNALS_UNBLOCKABLE;
	if (blocked == t->signals.blocked)
		return;
	spin_lock(&p->lock);
	newly = blocked & ~t->signals.blocked;
	t->signals.blocked = blocked;
	if (p->thread_count > 1)
		pass_on(p, p->signals.pending.set & newly);
	look_again(t);
	spin_unlock(&p->lock);
}

void signals_block_until_return(uint64_t set)
{
	struct thread_signals *s = &current_thread()->signals;

	s->saved_blocked = s->blocked;
	s->restore_saved = true;
	thread_set_work(current_thread(), THREAD_WORK_RESTORE);
	signals_set_blocked(set);
}

bool signals_take(uint64_t set, struct signal_info *out)
{
	struct thread *t = current_thread();
	bool any;

	spin_lock(&t->proc->lock);
	any = signal_take(&t->proc->signals, &t->signals, set, out);
	if (any)
		itimer_taken(t->proc, out);
	look_again(t);
	spin_unlock(&t->proc->lock);
	return any;
}

int signals_set_action(int signal, const struct signal_action *new,
		       struct signal_action *old)
{
	struct process *p = current_process();
	struct list *n;
	uint64_t flush;
	int error;

	spin_lock(&p->lock);
	error = signal_set_action(&p->signals, signal, new, old, &flush);
	if (flush) {
		signal_flush(&p->signals, &p->signals.pending, flush);
		list_for_each(n, &p->threads) {
			struct thread *t = list_entry(n, struct thread, member);

			signal_flush(&p->signals, &t->signals.pending, flush);
		}
	}
	spin_unlock(&p->lock);
	return error;
}
