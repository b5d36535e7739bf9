/* SPDX-License-Identifier: GPL-2.0 */
/* Timers that send signals. See itimer.h. */
#include <asm/errno.h>
#include <asm/siginfo.h>
#include <linux/time.h>

#include "kernel/arch/cpu.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/itimer.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

struct itimer {
	struct timer timer;
	struct process *proc; /* its process: constant */
	int clock; /* constant */

	/* Guarded by the process's lock. */
	struct list node; /* in proc->itimers */
	uint32_t id;
	struct itimer_target target;
	struct deadline until; /* that it was set to */
	uint64_t expires; /* TSC; 0 = it is not armed */
	uint64_t interval_ns;
	bool pending; /* its signal is queued */
	bool dying; /* is being deleted */
	uint32_t overrun; /* expirations while it is pending */
	uint32_t overrun_taken; /* of the signal taken last */
};

/* Caller holds the lock. */
static struct itimer *find(struct process *p, uint32_t id)
{
	struct list *n;

	list_for_each(n, &p->itimers) {
		struct itimer *t = list_entry(n, struct itimer, node);

		if (t->id == id)
			return t;
	}
	return NULL;
}

static void send(struct itimer *t)
{
	const struct signal_pending *pending;
	struct thread *to;

	if (!t->target.info.signal)
		return;
	/* A signal that was thrown away will not be taken. */
	to = t->target.thread ? process_thread(t->proc, t->target.thread)
			      : NULL;
	pending = to ? &to->signals.pending : &t->proc->signals.pending;
	if (t->pending && (pending->set & SIGNAL_BIT(t->target.info.signal))) {
		t->overrun++;
		return;
	}
	t->overrun = 0;
	if (!t->target.thread) {
		t->pending =
			process_signal_locked(t->proc, &t->target.info) == 1;
		return;
	}
	t->pending = to && thread_signal_locked(to, &t->target.info) == 1;
}

/* Start its timer, which is stopped. Caller holds the lock. */
static void arm(struct itimer *t)
{
	t->expires = deadline_tsc(&t->until);
	if (t->expires)
		timer_start_call(&t->timer, t->expires);
}

/* It has expired: send the signal, and begin the next interval. Caller holds
 * the lock. */
static void expire(struct itimer *t, uint64_t now)
{
	uint64_t interval = ns_to_cycles(t->interval_ns);
	uint64_t late = (now - t->expires) / MAX(interval, 1UL);

	send(t);
	if (!t->interval_ns) {
		t->expires = 0;
		return;
	}
	t->overrun += t->pending ? (uint32_t)late : 0;
	t->until.tsc += (late + 1) * interval;
	t->until.ns += (late + 1) * t->interval_ns;
	arm(t);
}

/* It is time, or clocks were set. In thread context, without locks. */
static void fire(struct timer *timer)
{
	struct itimer *t = container_of(timer, struct itimer, timer);
	struct process *p = t->proc;
	uint64_t now = arch_cycles();

	spin_lock(&p->lock);
	if (!t->dying && t->expires) {
		t->expires = deadline_tsc(&t->until);
		if (t->expires <= now)
			expire(t, now);
		else
			arm(t);
	}
	spin_unlock(&p->lock);
}

static struct itimer *new_timer(struct process *p, int clock,
				const struct itimer_target *target)
{
	struct itimer *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	list_init(&t->node);
	t->timer.fire = fire;
	t->proc = p;
	t->clock = clock;
	t->target = *target;
	return t;
}

/* Enter it under a number that is free; false: there are too many. */
static bool enter(struct process *p, struct itimer *t, bool real)
{
	bool entered;

	spin_lock(&p->lock);
	entered = p->itimer_count < ITIMERS_MAX;
	if (entered) {
		if (!real)
			while (!p->itimer_next || find(p, p->itimer_next))
				p->itimer_next++;
		t->id = real ? 0 : p->itimer_next++;
		if (t->target.info.code == SI_TIMER)
			t->target.info.timer = (int32_t)t->id;
		list_push_back(&p->itimers, &t->node);
		p->itimer_count++;
	}
	spin_unlock(&p->lock);
	return entered;
}

int64_t itimer_create(int clock, const struct itimer_target *target)
{
	struct process *p = current_process();
	struct itimer *t = new_timer(p, clock, target);

	if (!t)
		return -ENOMEM;
	if (!enter(p, t, false)) {
		kfree(t);
		return -EAGAIN;
	}
	return t->id;
}

/* ITIMER_REAL's is made when it is first wanted. */
static int make_real(struct process *p)
{
	const struct itimer_target alarm = {
		.info = {.signal = SIGALRM, .code = SI_KERNEL},
	};
	struct itimer *t;
	bool there;

	spin_lock(&p->lock);
	there = find(p, 0);
	spin_unlock(&p->lock);
	if (there)
		return 0;
	t = new_timer(p, CLOCK_MONOTONIC, &alarm);
	if (t && enter(p, t, true))
		return 0;
	kfree(t);
	return -ENOMEM;
}

/* Caller holds the lock. */
static void read_spec(const struct itimer *t, struct itimer_spec *s)
{
	uint64_t now = arch_cycles();

	s->interval_ns = t->interval_ns;
	s->value_ns = 0;
	/* One that is about to expire is armed still. */
	if (t->expires)
		s->value_ns = t->expires > now
				      ? MAX(cycles_to_ns(t->expires - now), 1UL)
				      : 1;
}

static int expiry(int clock, const struct itimer_spec *s, bool absolute,
		  struct deadline *until)
{
	*until = (struct deadline){0};
	if (!s->value_ns)
		return 0;
	if (absolute)
		return deadline_at(clock, s->value_ns, until);
	*until = deadline_in(s->value_ns);
	return 0;
}

/* Find it with its timer stopped, under the lock, which the caller then holds; NULL: there
 * is none, and the lock is not held. While fire() runs for it, which wants the lock, the
 * lock is given up; it may be deleted meanwhile. */
static struct itimer *find_stopped(struct process *p, uint32_t id)
{
	struct itimer *t;

	for (;;) {
		spin_lock(&p->lock);
		t = find(p, id);
		if (t && timer_try_stop(&t->timer))
			return t;
		spin_unlock(&p->lock);
		if (!t)
			return NULL;
		arch_pause();
	}
}

int itimer_set(uint32_t id, const struct itimer_spec *new, bool absolute,
	       struct itimer_spec *old)
{
	struct process *p = current_process();
	struct deadline until;
	struct itimer *t;
	int error = id ? 0 : make_real(p);

	if (error)
		return error;
	t = find_stopped(p, id);
	if (!t)
		return -EINVAL;
	error = expiry(t->clock, new, absolute, &until);
	if (!error) {
		read_spec(t, old);
		t->interval_ns = new->interval_ns;
		t->until = until;
	}
	arm(t);
	spin_unlock(&p->lock);
	return error;
}

int itimer_get(uint32_t id, struct itimer_spec *now)
{
	struct process *p = current_process();
	const struct itimer *t;

	*now = (struct itimer_spec){0, 0};
	spin_lock(&p->lock);
	t = find(p, id);
	if (t)
		read_spec(t, now);
	spin_unlock(&p->lock);
	return t || !id ? 0 : -EINVAL;
}

int itimer_overrun(uint32_t id)
{
	struct process *p = current_process();
	const struct itimer *t;
	int overrun = -EINVAL;

	spin_lock(&p->lock);
	t = find(p, id);
	if (t && id)
		overrun = (int)MIN(t->overrun_taken, 0x7fffffffU);
	spin_unlock(&p->lock);
	return overrun;
}

void itimer_taken(struct process *p, struct signal_info *info)
{
	struct itimer *t;

	if (info->code == SI_TIMER)
		t = find(p, (uint32_t)info->timer);
	else
		t = info->code == SI_KERNEL && info->signal == SIGALRM
			    ? find(p, 0)
			    : NULL;
	if (!t || t->target.info.signal != info->signal)
		return;
	t->pending = false;
	t->overrun_taken = t->overrun;
	if (info->code == SI_TIMER)
		info->overrun = (int32_t)t->overrun;
	t->overrun = 0;
}

/* Take it out; the caller frees its memory. Caller holds the lock. */
static void take_out(struct process *p, struct itimer *t)
{
	t->dying = true;
	list_remove(&t->node);
	p->itimer_count--;
}

static void destroy(struct itimer *t)
{
	timer_stop(&t->timer);
	kfree(t);
}

int itimer_delete(uint32_t id)
{
	struct process *p = current_process();
	struct itimer *t;

	spin_lock(&p->lock);
	t = id ? find(p, id) : NULL;
	if (t)
		take_out(p, t);
	spin_unlock(&p->lock);
	if (!t)
		return -EINVAL;
	destroy(t);
	return 0;
}

/* One to be deleted, taken out; or NULL. */
static struct itimer *take_any(struct process *p, bool all)
{
	struct itimer *found = NULL;
	struct list *n;

	spin_lock(&p->lock);
	list_for_each(n, &p->itimers) {
		struct itimer *t = list_entry(n, struct itimer, node);

		if (all || t->id) {
			take_out(p, t);
			found = t;
			break;
		}
	}
	spin_unlock(&p->lock);
	return found;
}

void itimers_delete(struct process *p, bool all)
{
	struct itimer *t;

	while ((t = take_any(p, all)))
		destroy(t);
}
