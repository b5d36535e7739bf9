/* SPDX-License-Identifier: GPL-2.0 */
/* The scheduler. See sched.h. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/hook.h"
#include "kernel/core/panic.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

void sched_init_cpu(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *idle = thread_new(cpu, NULL, NULL);

	if (!idle)
		panic("no memory for the idle thread");
	list_init(&cpu->runnable);
	list_init(&cpu->timers);
	list_init(&cpu->dead);
	idle->state = THREAD_RUNNABLE;
	cpu->idle = idle;
	cpu->current = idle;
}

static void enqueue(struct cpu *cpu, struct thread *t)
{
	t->queued_cycles = arch_cycles();
	list_push_back(&cpu->runnable, &t->queue);
	cpu->runnable_count++;
}

static void dequeue(struct cpu *cpu, struct thread *t)
{
	list_remove(&t->queue);
	cpu->runnable_count--;
}

/* A slice runs exactly while somebody waits and an application has the CPU. */
static void update_slice(struct cpu *cpu)
{
	bool wanted = cpu->runnable_count && cpu->current != cpu->idle;

	if (wanted && !cpu->slice_end)
		cpu->slice_end = arch_cycles() + ns_to_cycles(SCHED_SLICE_NS);
	else if (!wanted)
		cpu->slice_end = 0;
	timer_arm(cpu);
}

void thread_wake(struct thread *t)
{
	struct cpu *cpu = this_cpu();

	ASSERT(t->cpu == cpu);
	if (t->state != THREAD_NEW && t->state != THREAD_BLOCKED)
		return;
	t->state = THREAD_RUNNABLE;
	enqueue(cpu, t);
	if (cpu->current == cpu->idle)
		cpu->need_resched = 1;
	update_slice(cpu);
}

static struct thread *pick_next(struct cpu *cpu)
{
	struct thread *t;

	if (list_empty(&cpu->runnable))
		return cpu->idle;
	t = list_first(&cpu->runnable, struct thread, queue);
	t = hook_pick_next(cpu, t);
	dequeue(cpu, t);
	return t;
}

static void account(struct thread *prev, struct thread *next, uint64_t now)
{
	if (prev->proc)
		prev->proc->page->run_cycles += now - prev->started_cycles;
	next->started_cycles = now;
	if (next->proc)
		next->proc->page->switches++;
}

static void switch_to(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	if (*(uint64_t *)prev->stack != STACK_CANARY)
		panic("thread %u has overrun its kernel stack", prev->id);
	account(prev, next, arch_cycles());
	cpu->current = next;
	cpu->context_switches++;
	cpu->slice_end = 0;
	update_slice(cpu);
	/* The idle thread runs in whatever tables are loaded, unless they are
	 * about to be freed. */
	if (next->proc)
		arch_mmu_use(next->proc->aspace->root);
	else
		arch_mmu_use_kernel();
	arch_thread_switch(&prev->arch, &next->arch, next->stack_top);
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->current;
	uint64_t flags = arch_irq_save();
	struct thread *next;

	cpu->need_resched = 0;
	if (prev->state == THREAD_RUNNABLE && prev != cpu->idle)
		enqueue(cpu, prev);
	next = pick_next(cpu);
	if (next != prev) {
		switch_to(cpu, prev, next);
	} else {
		cpu->slice_end = 0;
		update_slice(cpu);
	}
	arch_irq_restore(flags);
}

void thread_block(void)
{
	struct thread *t = current_thread();

	ASSERT(t != t->cpu->idle);
	t->state = THREAD_BLOCKED;
	schedule();
}

void sched_yield_cpu(void)
{
	if (sched_others_waiting())
		schedule();
}

void sched_tick(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = arch_cycles();

	timer_run(cpu, now);
	if (cpu->slice_end && now >= cpu->slice_end) {
		cpu->slice_end = 0;
		cpu->need_resched = 1;
	}
	update_slice(cpu);
}

void sched_idle_loop(void)
{
	struct cpu *cpu = this_cpu();

	arch_irq_enable();
	for (;;) {
		kernel_poll();
		if (cpu->runnable_count) {
			schedule();
			continue;
		}
		/* Interrupts set need_*; with them off nothing slips in between
		 * the last look and the sleep. */
		arch_irq_disable();
		if (!kernel_poll_needed())
			arch_irq_enable_and_halt();
		arch_irq_enable();
	}
}
