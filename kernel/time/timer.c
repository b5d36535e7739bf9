/* SPDX-License-Identifier: GPL-2.0 */
/* Timers. Each list belongs to its CPU; see timer.h. */
#include "kernel/arch/cpu.h"
#include "kernel/core/percpu.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

uint64_t ns_to_cycles(uint64_t ns)
{
	return arch_mul_div(ns, boot->tsc_khz, 1000000);
}

uint64_t cycles_to_ns(uint64_t cycles)
{
	return arch_mul_div(cycles, 1000000, boot->tsc_khz);
}

static struct timer *timer_at(struct list *n)
{
	return list_entry(n, struct timer, node);
}

/* Caller holds cpu->lock, on that CPU. */
static void insert(struct cpu *cpu, struct timer *t)
{
	struct list *n;

	list_for_each(n, &cpu->timers)
		if (timer_at(n)->deadline > t->deadline)
			break;
	list_insert_before(n, &t->node);
	timer_arm(cpu);
}

/* On this CPU. thread: to wake; NULL: to call. */
static void start(struct timer *t, uint64_t deadline, struct thread *thread)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = this_cpu();

	t->deadline = deadline;
	t->thread = thread;
	spin_lock(&cpu->lock);
	t->cpu = cpu;
	insert(cpu, t);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

void timer_start(struct timer *t, uint64_t deadline)
{
	t->fire = NULL;
	start(t, deadline, current_thread());
}

void timer_start_call(struct timer *t, uint64_t deadline)
{
	start(t, deadline, NULL);
}

/* Take it off its CPU's list. False: it is being called. */
static bool try_to_stop(struct timer *t, struct cpu *cpu)
{
	uint64_t flags = arch_irq_save();
	bool stopped = true;

	spin_lock(&cpu->lock);
	if (cpu->calling == t || t->cpu != cpu)
		stopped = false;
	else if (t->node.next)
		list_remove(&t->node);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
	return stopped;
}

void timer_stop(struct timer *t)
{
	for (;;) {
		struct cpu *cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);

		if (!cpu || try_to_stop(t, cpu))
			return;
		arch_pause();
	}
}

bool timer_try_stop(struct timer *t)
{
	struct cpu *cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);

	return !cpu || try_to_stop(t, cpu);
}

void timer_cancel(struct timer *t)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = t->cpu;

	spin_lock(&cpu->lock);
	list_remove(&t->node);
	/* Another CPU's timer stays armed: it fires once for nothing. */
	if (cpu == this_cpu())
		timer_arm(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

void timer_run(struct cpu *cpu, uint64_t now, struct list *due)
{
	while (!list_empty(&cpu->timers)) {
		struct timer *t = timer_at(cpu->timers.next);

		if (t->deadline > now)
			break;
		list_remove(&t->node);
		if (t->fire)
			list_push_back(due, &t->node);
		/* The thread may have been woken meanwhile, and be on
		 * another CPU. */
		else if (t->thread->cpu == cpu)
			thread_wake_locked(cpu, t->thread);
	}
}

void timer_expire_all(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t flags = arch_irq_save();
	struct list *n;

	spin_lock(&cpu->lock);
	list_for_each(n, &cpu->timers)
		timer_at(n)->deadline = 1; /* 0 is never */
	timer_arm(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

/* The next one, which timer_stop() waits for from now on; or NULL. */
static struct timer *take_due(struct cpu *cpu, struct list *due)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&cpu->lock);
	cpu->calling = NULL;
	if (!list_empty(due)) {
		cpu->calling = timer_at(due->next);
		list_remove(due->next);
	}
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
	return cpu->calling;
}

void timer_call(struct list *due)
{
	struct cpu *cpu = this_cpu();
	struct timer *t;

	if (list_empty(due))
		return;
	while ((t = take_due(cpu, due)))
		t->fire(t);
}

void timer_arm(struct cpu *cpu)
{
	uint64_t deadline = cpu->slice_end;
	uint64_t now;

	if (cpu->poll_pause_end &&
	    (!deadline || cpu->poll_pause_end < deadline))
		deadline = cpu->poll_pause_end;

	if (!list_empty(&cpu->timers)) {
		uint64_t first = timer_at(cpu->timers.next)->deadline;

		if (!deadline || first < deadline)
			deadline = first;
	}
	/* A timer that fires too early arms itself again, which is cheaper
	 * than arming it at each switch. It is off if nothing is due, so
	 * that a thread that is alone is not interrupted. */
	if (deadline == cpu->armed_deadline ||
	    (deadline && cpu->armed_deadline && cpu->armed_deadline < deadline))
		return;
	cpu->armed_deadline = deadline;
	if (!deadline) {
		arch_timer_arm(0);
		return;
	}
	now = arch_cycles();
	arch_timer_arm(deadline > now ? deadline - now : 1);
}
