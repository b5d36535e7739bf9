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

void timer_start(struct timer *t, uint64_t deadline)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = this_cpu();
	struct list *n;

	t->cpu = cpu;
	t->deadline = deadline;
	t->thread = cpu->current;
	spin_lock(&cpu->lock);
	list_for_each(n, &cpu->timers)
		if (timer_at(n)->deadline > deadline)
			break;
	list_insert_before(n, &t->node);
	timer_arm(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
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

void timer_run(struct cpu *cpu, uint64_t now)
{
	while (!list_empty(&cpu->timers)) {
		struct timer *t = timer_at(cpu->timers.next);

		if (t->deadline > now)
			break;
		list_remove(&t->node);
		/* One that was woken meanwhile may have gone elsewhere. */
		if (t->thread->cpu == cpu)
			thread_wake_locked(cpu, t->thread);
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
