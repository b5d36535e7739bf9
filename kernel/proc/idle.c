/* SPDX-License-Identifier: GPL-2.0 */
/* A CPU that has nothing to run takes threads that wait elsewhere, asks the policies,
 * and sleeps. */
#include "kernel/arch/cpu.h"
#include "kernel/proc/policy.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"

/* Take out a thread that waits in the queue of `from` and may run here; or NULL. */
static struct thread *take_from(struct cpu *from, struct cpu *to)
{
	struct thread *t;

	spin_lock(&from->lock);
	t = runqueue_steal(from, to);
	if (t)
		__atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
	spin_unlock(&from->lock);
	return t;
}

/* Take work from a CPU that has more than it can do at once. Interrupts off. */
static bool take_work(struct cpu *cpu)
{
	struct thread *t = NULL;
	uint32_t i;

	for (i = 1; i < cpu_count() && !t; i++) {
		struct cpu *other = &cpus[(cpu->index + i) % cpu_count()];

		if (__atomic_load_n(&other->runnable_count, __ATOMIC_RELAXED) &&
		    load_of(other) > 1)
			t = take_from(other, cpu);
	}
	if (!t)
		return false;
	spin_lock(&cpu->lock);
	runqueue_add(cpu, t, 0);
	spin_unlock(&cpu->lock);
	return true;
}

/* Sleep until an interrupt; interrupts are off before and after. */
static void sleep_idle(struct cpu *cpu)
{
	if (policies_exist())
		policy_update_idle(cpu, true);
	__atomic_fetch_or(&idle_cpus, cpu_bit(cpu), __ATOMIC_SEQ_CST);
	/* Interrupts set work. With interrupts off, nothing comes between
	 * the last look and the sleep. */
	if (!cpu_take_work(cpu, CPU_WORK_RESCHED) &&
	    !cpu_has_work(cpu, CPU_WORK_POLLED) && !cpu->runnable_count)
		arch_irq_enable_and_halt();
	__atomic_fetch_and(&idle_cpus, ~cpu_bit(cpu), __ATOMIC_RELAXED);
	if (policies_exist())
		policy_update_idle(cpu, false);
}

static bool has_something_to_run(struct cpu *cpu)
{
	return cpu->runnable_count || take_work(cpu) ||
	       (policies_exist() && policy_balance(cpu, NULL));
}

void sched_idle_loop(void)
{
	struct cpu *cpu = this_cpu();

	arch_irq_enable();
	for (;;) {
		kernel_poll();
		arch_irq_disable();
		if (has_something_to_run(cpu))
			schedule();
		else
			sleep_idle(cpu);
		arch_irq_enable();
	}
}
