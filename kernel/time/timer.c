/* SPDX-License-Identifier: GPL-2.0 */
/* Timers. Each list belongs to its CPU, in thread context. */
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

void timer_start(struct timer *t, uint64_t deadline)
{
	struct cpu *cpu = this_cpu();
	struct list *n;

	t->deadline = deadline;
	t->thread = cpu->current;
	t->fired = false;
	list_for_each(n, &cpu->timers)
		if (timer_at(n)->deadline > deadline)
			break;
	list_insert_before(n, &t->node);
	timer_arm(cpu);
}

void timer_cancel(struct timer *t)
{
	list_remove(&t->node);
	timer_arm(this_cpu());
}

void timer_cancel_thread(struct thread *thread)
{
	struct list *n, *tmp;

	list_for_each_safe(n, tmp, &thread->cpu->timers)
		if (timer_at(n)->thread == thread)
			list_remove(n);
}

void timer_run(struct cpu *cpu, uint64_t now)
{
	while (!list_empty(&cpu->timers)) {
		struct timer *t = timer_at(cpu->timers.next);

		if (t->deadline > now)
			break;
		list_remove(&t->node);
		t->fired = true;
		thread_wake(t->thread);
	}
}

void timer_arm(struct cpu *cpu)
{
	uint64_t deadline = cpu->slice_end;
	uint64_t now;

	if (!list_empty(&cpu->timers)) {
		uint64_t first = timer_at(cpu->timers.next)->deadline;

		if (!deadline || first < deadline)
			deadline = first;
	}
	if (deadline == cpu->armed_deadline)
		return;
	cpu->armed_deadline = deadline;
	if (!deadline) {
		arch_timer_arm(0);
		return;
	}
	now = arch_cycles();
	arch_timer_arm(deadline > now ? deadline - now : 1);
}
