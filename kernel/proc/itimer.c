/* SPDX-License-Identifier: GPL-2.0 */
/* Timers that send signals. See itimer.h. */
#include <asm/errno.h>
#include <asm/siginfo.h>
#include <linux/time.h>

#include "kernel/arch/cpu.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/sched.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

/* A process that does not run is looked after no more often. */
#define CPU_LOOK_NS 1000000

struct itimer {
	struct timer timer;
	struct process *proc; /* its process: constant */
	int clock; /* constant */

	/* Guarded by the process's lock. */
	struct list node; /* in proc->itimers */
	uint32_t id;
	struct itimer_target target;
	bool counts_cpu; /* the process's time, and not a clock's: constant */
	uint64_t cpu_until_ns; /* of that */
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

/* Time that the process's threads have had a CPU; *running: how many have one now, at least
 * 1. Caller holds the lock. */
static uint64_t cpu_ns(const struct process *p, uint64_t *running)
{
	uint64_t cycles =
		__atomic_load_n(&p->page->run_cycles, __ATOMIC_RELAXED);
	const struct list *n;

	*running = 0;
	list_for_each(n, &p->threads) {
		const struct thread *t = list_entry(n, struct thread, member);
		uint64_t now = thread_run_cycles(t) - t->run_cycles;

		*running += now != 0;
		cycles += now;
	}
	*running = MAX(*running, 1UL);
	return cycles_to_ns(cycles);
}

/* When a timer of the process's time may expire, at the earliest. */
static uint64_t cpu_tsc(const struct itimer *t)
{
	uint64_t running, now = cpu_ns(t->proc, &running);
	uint64_t left = t->cpu_until_ns > now ? t->cpu_until_ns - now : 0;

	return arch_cycles() +
	       ns_to_cycles(MAX(left / running, (uint64_t)CPU_LOOK_NS));
}

/* Start its timer, which is stopped. Caller holds the lock. */
static void arm(struct itimer *t)
{
	if (t->counts_cpu)
		t->expires = t->cpu_until_ns ? cpu_tsc(t) : 0;
	else
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

/* The same of a timer of the process's time. Caller holds the lock. */
static void expire_cpu(struct itimer *t, uint64_t now)
{
	uint64_t late =
		t->interval_ns ? (now - t->cpu_until_ns) / t->interval_ns : 0;

	send(t);
	t->overrun += t->pending ? (uint32_t)late : 0;
	t->cpu_until_ns =
		t->interval_ns ? t->cpu_until_ns + (late + 1) * t->interval_ns
			       : 0;
	arm(t);
}

static void look(struct itimer *t)
{
	uint64_t now = arch_cycles(), running;

	if (t->counts_cpu) {
		now = cpu_ns(t->proc, &running);
		if (t->cpu_until_ns <= now)
			expire_cpu(t, now);
		else
			arm(t);
		return;
	}
	t->expires = deadline_tsc(&t->until);
	if (t->expires <= now)
		expire(t, now);
	else
		arm(t);
}

/* It is time, or clocks were set. In thread context, without locks. */
static void fire(struct timer *timer)
{
	struct itimer *t = container_of(timer, struct itimer, timer);
	struct process *p = t->proc;

	spin_lock(&p->lock);
	if (!t->dying && t->expires)
		look(t);
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

/* Caller holds the lock. */
static uint32_t free_id(struct process *p)
{
	do
		p->itimer_next = MAX(p->itimer_next & 0x7fffffff,
				     (uint32_t)ITIMER_ID_CREATED);
	while (find(p, p->itimer_next) && p->itimer_next++);
	return p->itimer_next++;
}

/* Enter it under the number `id` of setitimer()'s, or, ITIMER_ID_CREATED, one that is free;
 * false: there are too many. */
static bool enter(struct process *p, struct itimer *t, uint32_t id)
{
	bool entered;

	spin_lock(&p->lock);
	entered = p->itimer_count < ITIMERS_MAX;
	if (entered) {
		t->id = id < ITIMER_ID_CREATED ? id : free_id(p);
		if (t->target.info.code == SI_TIMER)
			t->target.info.timer =
				(int32_t)(t->id - ITIMER_ID_CREATED);
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
	if (!enter(p, t, ITIMER_ID_CREATED)) {
		kfree(t);
		return -EAGAIN;
	}
	return t->id;
}

/* One of setitimer()'s is made when it is first wanted. */
static int make_fixed(struct process *p, uint32_t id)
{
	static const int signal[] = {SIGALRM, SIGVTALRM, SIGPROF};
	const struct itimer_target target = {
		.info = {.signal = signal[id], .code = SI_KERNEL},
	};
	struct itimer *t;
	bool there;

	spin_lock(&p->lock);
	there = find(p, id);
	spin_unlock(&p->lock);
	if (there)
		return 0;
	t = new_timer(p, CLOCK_MONOTONIC, &target);
	if (t)
		t->counts_cpu = id != ITIMER_ID_REAL;
	if (t && enter(p, t, id))
		return 0;
	kfree(t);
	return -ENOMEM;
}

/* Caller holds the lock. */
static void read_spec(const struct itimer *t, struct itimer_spec *s)
{
	uint64_t now = arch_cycles(), running;

	s->interval_ns = t->interval_ns;
	s->value_ns = 0;
	if (t->counts_cpu && t->cpu_until_ns) {
		now = cpu_ns(t->proc, &running);
		s->value_ns = t->cpu_until_ns > now ? t->cpu_until_ns - now : 1;
		return;
	}
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
	int error = id < ITIMER_ID_CREATED ? make_fixed(p, id) : 0;
	uint64_t running;

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
		t->cpu_until_ns =
			new->value_ns ? cpu_ns(p, &running) + new->value_ns : 0;
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
	return t || id < ITIMER_ID_CREATED ? 0 : -EINVAL;
}

int itimer_overrun(uint32_t id)
{
	struct process *p = current_process();
	const struct itimer *t;
	int overrun = -EINVAL;

	spin_lock(&p->lock);
	t = find(p, id);
	if (t && id >= ITIMER_ID_CREATED)
		overrun = (int)MIN(t->overrun_taken, 0x7fffffffU);
	spin_unlock(&p->lock);
	return overrun;
}

void itimer_taken(struct process *p, struct signal_info *info)
{
	struct itimer *t = NULL;

	if (info->code == SI_TIMER)
		t = find(p, (uint32_t)info->timer + ITIMER_ID_CREATED);
	else if (info->code == SI_KERNEL)
		t = find(p, info->signal == SIGALRM	? ITIMER_ID_REAL
			    : info->signal == SIGVTALRM ? ITIMER_ID_VIRTUAL
							: ITIMER_ID_PROF);
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
	t = id >= ITIMER_ID_CREATED ? find(p, id) : NULL;
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

		if (all || t->id >= ITIMER_ID_CREATED) {
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
