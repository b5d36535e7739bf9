/* SPDX-License-Identifier: GPL-2.0 */
/* Timers of extensions: hook timer, helpers timer_arm and timer_cancel.
 *
 * An extension has a few, told apart by numbers that it chooses. `timer_lock` of the
 * extension guards them; interrupts off; a CPU's lock is taken inside it. A timer that is
 * armed while its hook runs is started when that has returned. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/time/timer.h"

#define TIMERS 16
#define NS_MOST (1ULL << 60)
/* The shortest interval of a timer. */
#define NS_LEAST 10000

enum timer_state { TIMER_FREE = 0, TIMER_ARMED, TIMER_FIRING };

struct extension_timer {
	struct timer timer;
	struct extension *extension;
	uint64_t number;
	uint64_t deadline; /* TSC */
	uint32_t state;
	uint64_t again; /* TSC; while FIRING: it was armed anew */
};

static uint64_t lock(struct extension *e)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&e->timer_lock);
	return flags;
}

static void unlock(struct extension *e, uint64_t flags)
{
	spin_unlock(&e->timer_lock);
	arch_irq_restore(flags);
}

static void fire(struct timer *timer)
{
	struct extension_timer *t =
		container_of(timer, struct extension_timer, timer);
	struct extension *e = t->extension;
	uint64_t flags = lock(e), begin = arch_cycles();

	/* A clock was set, which makes all timers expire; this one is not
	 * due. */
	if (begin < t->deadline) {
		timer_start_call(timer, t->deadline);
		unlock(e, flags);
		return;
	}
	if (!e->owner.admin && !hook_share_left()) {
		timer_start_call(timer, hook_share_next());
		unlock(e, flags);
		return;
	}
	t->state = TIMER_FIRING;
	t->again = 0;
	unlock(e, flags);
	hook_run_timer(e, t->number);
	hook_share_spent(arch_cycles() - begin);
	flags = lock(e);
	t->state = t->again ? TIMER_ARMED : TIMER_FREE;
	t->deadline = t->again;
	if (t->again)
		timer_start_call(timer, t->again);
	unlock(e, flags);
}

/* The timer of that number, or, with `make`, a free one. Caller holds the
 * lock. */
static struct extension_timer *find(struct extension *e, uint64_t number,
				    bool make)
{
	struct extension_timer *free = NULL;
	int i;

	for (i = 0; e->timers && i < TIMERS; i++) {
		struct extension_timer *t = &e->timers[i];

		if (t->state != TIMER_FREE && t->number == number)
			return t;
		if (t->state == TIMER_FREE && !free)
			free = t;
	}
	return make ? free : NULL;
}

static void start(struct extension_timer *t, struct extension *e,
		  uint64_t number, uint64_t deadline)
{
	t->extension = e;
	t->number = number;
	t->deadline = deadline;
	t->state = TIMER_ARMED;
	t->timer.fire = fire;
	timer_start_call(&t->timer, deadline);
}

static int arm(struct extension *e, uint64_t number, uint64_t deadline)
{
	uint64_t flags = lock(e);
	struct extension_timer *t = find(e, number, true);
	int error = t ? 0 : -ENOSPC;

	if (!t)
		;
	else if (t->state == TIMER_FREE)
		start(t, e, number, deadline);
	else if (t->state == TIMER_FIRING)
		t->again = deadline;
	else if (timer_try_stop(&t->timer))
		start(t, e, number, deadline);
	else
		error = -EAGAIN; /* its time has come: it is about to fire */
	unlock(e, flags);
	return error;
}

static uint64_t deadline_of(uint64_t ns, bool absolute)
{
	uint64_t now = absolute ? nimble_port_time_ns() : 0;

	ns = absolute && ns < now ? 0 : ns - now;
	ns = MAX(MIN(ns, NS_MOST), (uint64_t)NS_LEAST);
	return arch_cycles() + ns_to_cycles(ns);
}

uint64_t nimble_host_timer_arm(NIMBLE_HELPER_ARGS)
{
	struct extension *e = nimble_owner(nimble_run_ext(run));

	(void)a4;
	(void)a5;
	if (nimble_entry(e->engine, NIMBLE_HOOK_timer) < 0)
		return (uint64_t)-ENOSYS;
	if (!nimble_charge(run, 8))
		return 0;
	return (uint64_t)arm(e, a1,
			     deadline_of(a2, a3 & NIMBLE_TIMER_ABSOLUTE));
}

uint64_t nimble_host_timer_cancel(NIMBLE_HELPER_ARGS)
{
	struct extension *e = nimble_owner(nimble_run_ext(run));
	struct extension_timer *t;
	uint64_t flags, was = 0;

	(void)a2;
	(void)a3;
	(void)a4;
	(void)a5;
	if (!nimble_charge(run, 8))
		return 0;
	flags = lock(e);
	t = find(e, a1, false);
	if (t && t->state == TIMER_FIRING) {
		was = t->again != 0;
		t->again = 0;
	} else if (t && timer_try_stop(&t->timer)) {
		was = 1;
		t->state = TIMER_FREE;
	}
	unlock(e, flags);
	return was;
}

int extension_make_timers(struct extension *e)
{
	if (nimble_entry(e->engine, NIMBLE_HOOK_timer) < 0)
		return 0;
	e->timers = kzalloc(TIMERS * sizeof(*e->timers));
	return e->timers ? 0 : -ENOMEM;
}

void extension_free_timers(struct extension *e)
{
	int i;

	for (i = 0; e->timers && i < TIMERS; i++)
		timer_stop(&e->timers[i].timer);
	kfree(e->timers);
	e->timers = NULL;
}
