/* SPDX-License-Identifier: GPL-2.0 */
/* The scheduler. See sched.h. */
#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/panic.h"
#include "kernel/mm/aspace.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

/* CPUs that sleep in the idle loop and that nobody has sent work to since. */
static uint64_t idle_cpus;

void sched_init_cpu(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *idle;

	list_init(&cpu->runnable);
	list_init(&cpu->timers);
	list_init(&cpu->dead);
	list_init(&cpu->inbox);
	idle = thread_new(cpu, NULL, NULL);
	if (!idle)
		panic("no memory for the idle thread");
	idle->state = THREAD_RUNNABLE;
	idle->on_cpu = 1;
	cpu->idle = idle;
	cpu->current = idle;
}

/* ---- Queues. Callers hold the CPU's lock. ------------------------------ */

static void enqueue(struct cpu *cpu, struct thread *t)
{
	t->queued_cycles = arch_cycles();
	list_push_back(&cpu->runnable, &t->queue);
	__atomic_store_n(&cpu->runnable_count, cpu->runnable_count + 1,
			 __ATOMIC_RELAXED);
}

static void dequeue(struct cpu *cpu, struct thread *t)
{
	list_remove(&t->queue);
	__atomic_store_n(&cpu->runnable_count, cpu->runnable_count - 1,
			 __ATOMIC_RELAXED);
}

static void set_state(struct thread *t, uint32_t state)
{
	__atomic_store_n(&t->state, state, __ATOMIC_SEQ_CST);
}

/* A slice runs exactly while somebody waits and an application has the CPU. On
 * that CPU. */
static void update_slice(struct cpu *cpu)
{
	bool wanted = cpu->runnable_count && cpu->current != cpu->idle;

	if (wanted && !cpu->slice_end)
		cpu->slice_end = arch_cycles() + ns_to_cycles(SCHED_SLICE_NS);
	else if (!wanted)
		cpu->slice_end = 0;
	timer_arm(cpu);
}

/* Tell a CPU that its queue has grown. */
static void queue_has_grown(struct cpu *cpu)
{
	bool idles = cpu->current == cpu->idle;

	if (cpu == this_cpu()) {
		if (idles)
			cpu_raise(cpu, CPU_WORK_RESCHED);
		update_slice(cpu);
	} else if (idles) {
		cpu_notify(cpu, CPU_WORK_RESCHED);
	} else if (cpu->runnable_count == 1) {
		cpu_notify(cpu, CPU_WORK_QUEUE);
	}
}

/* ---- Where a thread goes ----------------------------------------------- */

/* Take an idle CPU of the mask for a thread that is on its way there; NULL: none.
 * Of two who want one, one gets it. */
static struct cpu *claim_idle(uint64_t mask)
{
	uint64_t idle = __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED) & mask;

	for (; idle; idle &= idle - 1) {
		uint64_t bit = idle & -idle;

		if (__atomic_fetch_and(&idle_cpus, ~bit, __ATOMIC_ACQ_REL) &
		    bit)
			return &cpus[__builtin_ctzl(bit)];
	}
	return NULL;
}

/* How much a CPU has to do, to compare; its lock is not held. */
static uint32_t load_of(const struct cpu *cpu)
{
	const struct thread *current =
		__atomic_load_n(&cpu->current, __ATOMIC_RELAXED);

	return __atomic_load_n(&cpu->runnable_count, __ATOMIC_RELAXED) +
	       (current != cpu->idle);
}

static struct cpu *least_loaded(uint64_t mask)
{
	struct cpu *best = NULL;
	uint32_t i;

	for (i = 0; i < cpu_count(); i++)
		if ((mask & cpu_bit(&cpus[i])) &&
		    (!best || load_of(&cpus[i]) < load_of(best)))
			best = &cpus[i];
	ASSERT(best); /* masks name CPUs that exist */
	return best;
}

/* An idle one of the mask, or the one with the least to do. */
static struct cpu *choose_cpu(uint64_t mask)
{
	struct cpu *cpu = claim_idle(mask);

	return cpu ? cpu : least_loaded(mask);
}

/* The CPU for a thread that wakes on `last`, whose lock is held. */
static struct cpu *cpu_to_wake_on(const struct thread *t, struct cpu *last)
{
	bool allowed = t->affinity & cpu_bit(last);
	struct cpu *idle;

	if (allowed && last->current == last->idle && !last->runnable_count)
		return last;
	idle = claim_idle(t->affinity);
	if (idle)
		return idle;
	return allowed ? last : least_loaded(t->affinity);
}

/* The lock of the CPU that the thread belongs to. Interrupts off. */
static struct cpu *lock_cpu_of(const struct thread *t)
{
	for (;;) {
		struct cpu *cpu = __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE);

		spin_lock(&cpu->lock);
		if (cpu == __atomic_load_n(&t->cpu, __ATOMIC_RELAXED))
			return cpu;
		spin_unlock(&cpu->lock);
	}
}

/* Put a runnable thread that is in no queue into that of `to`; the caller holds
 * from->lock, and does not any more afterwards. */
static void move_and_enqueue(struct thread *t, struct cpu *from, struct cpu *to)
{
	if (to != from) {
		__atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
		spin_unlock(&from->lock);
		spin_lock(&to->lock);
	}
	enqueue(to, t);
	queue_has_grown(to);
	spin_unlock(&to->lock);
}

/* ---- Waking ------------------------------------------------------------ */

/* Is it to be put into a queue? It is not where it still runs, on its way to
 * sleep: schedule() then finds it runnable. */
static bool make_runnable(struct cpu *cpu, struct thread *t)
{
	if (t->state != THREAD_NEW && t->state != THREAD_BLOCKED)
		return false;
	set_state(t, THREAD_RUNNABLE);
	return cpu->current != t;
}

void thread_wake_locked(struct cpu *cpu, struct thread *t)
{
	if (make_runnable(cpu, t)) {
		enqueue(cpu, t);
		queue_has_grown(cpu);
	}
}

void thread_wake(struct thread *t)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = lock_cpu_of(t);

	if (make_runnable(cpu, t))
		move_and_enqueue(t, cpu, cpu_to_wake_on(t, cpu));
	else
		spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

void thread_launch(struct thread *t)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = lock_cpu_of(t);

	ASSERT(t->state == THREAD_NEW);
	set_state(t, THREAD_RUNNABLE);
	move_and_enqueue(t, cpu, choose_cpu(t->affinity));
	arch_irq_restore(flags);
}

void thread_kick(struct thread *t)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = lock_cpu_of(t);

	if (t->state == THREAD_BLOCKED && make_runnable(cpu, t)) {
		move_and_enqueue(t, cpu, cpu_to_wake_on(t, cpu));
	} else {
		/* On its way out of the kernel it looks at `work` itself. */
		if (cpu->current == t && cpu != this_cpu())
			arch_send_ipi(cpu);
		spin_unlock(&cpu->lock);
	}
	arch_irq_restore(flags);
}

void sched_set_affinity(struct thread *t, uint64_t mask)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = lock_cpu_of(t);
	bool queued = !list_empty(&t->queue) && t->state == THREAD_RUNNABLE;

	t->affinity = mask;
	if (mask & cpu_bit(cpu)) {
		spin_unlock(&cpu->lock);
	} else if (queued) {
		dequeue(cpu, t);
		move_and_enqueue(t, cpu, choose_cpu(mask));
	} else {
		if (cpu->current == t)
			cpu_notify(cpu, CPU_WORK_RESCHED);
		spin_unlock(&cpu->lock);
	}
	arch_irq_restore(flags);
}

/* ---- Switching --------------------------------------------------------- */

uint64_t thread_run_cycles(const struct thread *t)
{
	uint64_t cycles = t->run_cycles;

	if (t == current_thread())
		cycles += arch_cycles() - t->started_cycles;
	return cycles;
}

/* For `lwk ps`, which reads `running`, then the time, then `running` again. */
static void publish_running(const struct cpu *cpu, const struct thread *t,
			    uint64_t now)
{
	struct lwk_boot_cpu *b = &boot->cpu[cpu->index];

	__atomic_store_n(&b->running, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&b->running_since, now, __ATOMIC_RELEASE);
	__atomic_store_n(&b->running, t->proc ? t->proc->handle : 0,
			 __ATOMIC_RELEASE);
}

static void account(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	uint64_t now = arch_cycles();

	cpu->context_switches++;
	if (prev->proc) {
		prev->run_cycles += now - prev->started_cycles;
		__atomic_fetch_add(&prev->proc->page->run_cycles,
				   now - prev->started_cycles,
				   __ATOMIC_RELAXED);
	}
	next->started_cycles = now;
	publish_running(cpu, next, now);
	if (next->proc) {
		__atomic_fetch_add(&next->proc->page->switches, 1,
				   __ATOMIC_RELAXED);
		__atomic_store_n(&next->proc->page->cpu, cpu->index,
				 __ATOMIC_RELAXED);
	}
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

void sched_switched(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->previous;

	if (prev->state == THREAD_DEAD) {
		list_push_back(&cpu->dead, &prev->queue);
		cpu_raise(cpu, CPU_WORK_REAP);
	}
	/* release: whoever picks it sees its registers saved */
	__atomic_store_n(&prev->on_cpu, 0, __ATOMIC_RELEASE);
}

static void switch_to(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	/* acquire: pairs with sched_switched() of the CPU that it left */
	while (__atomic_load_n(&next->on_cpu, __ATOMIC_ACQUIRE))
		arch_pause();
	__atomic_store_n(&next->on_cpu, 1, __ATOMIC_RELAXED);
	account(cpu, prev, next);
	/* The idle thread runs in whatever tables are loaded. */
	if (next->proc)
		aspace_use(next->proc->aspace);
	cpu->previous = prev;
	arch_thread_switch(&prev->arch, &next->arch, next->stack_top);
	sched_switched();
}

/* Put the thread that leaves the CPU where it belongs. Returns it where that is
 * another CPU's queue, else NULL. */
static struct thread *put_back(struct cpu *cpu, struct thread *prev)
{
	if (prev->state != THREAD_RUNNABLE || prev == cpu->idle)
		return NULL;
	if (!(prev->affinity & cpu_bit(cpu)))
		return prev;
	enqueue(cpu, prev);
	return NULL;
}

void schedule(void)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->current;
	struct thread *next, *moves;

	cpu_take_work(cpu, CPU_WORK_RESCHED);
	spin_lock(&cpu->lock);
	moves = put_back(cpu, prev);
	next = pick_next(cpu);
	__atomic_store_n(&cpu->current, next, __ATOMIC_RELAXED);
	cpu->slice_end = 0;
	update_slice(cpu);
	if (moves)
		move_and_enqueue(moves, cpu, choose_cpu(moves->affinity));
	else
		spin_unlock(&cpu->lock);
	if (next != prev)
		switch_to(cpu, prev, next);
	arch_irq_restore(flags);
}

void thread_prepare_to_block(void)
{
	struct thread *t = current_thread();

	ASSERT(t != t->cpu->idle);
	set_state(t, THREAD_BLOCKED);
}

void thread_stay(void)
{
	/* Whoever wakes us meanwhile writes the same, as we still run. */
	set_state(current_thread(), THREAD_RUNNABLE);
}

void sched_yield_cpu(void)
{
	if (sched_others_waiting())
		schedule();
}

void sched_look_at_slice(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t flags = arch_irq_save();

	spin_lock(&cpu->lock);
	update_slice(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

void sched_tick(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t flags = arch_irq_save();
	uint64_t now = arch_cycles();
	struct list due = LIST_INIT(due);

	spin_lock(&cpu->lock);
	cpu->armed_deadline = 0; /* it has fired: nothing is armed */
	timer_run(cpu, now, &due);
	if (cpu->slice_end && now >= cpu->slice_end) {
		cpu->slice_end = 0;
		cpu_raise(cpu, CPU_WORK_RESCHED);
	}
	update_slice(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
	timer_call(&due);
}

/* ---- Idling ------------------------------------------------------------ */

/* One that waits in the queue of `from` and may run here, taken out; or NULL. */
static struct thread *take_from(struct cpu *from, struct cpu *to)
{
	struct thread *found = NULL;
	struct list *n;

	spin_lock(&from->lock);
	list_for_each(n, &from->runnable) {
		struct thread *t = list_entry(n, struct thread, queue);

		if (t->affinity & cpu_bit(to)) {
			dequeue(from, t);
			__atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
			found = t;
			break;
		}
	}
	spin_unlock(&from->lock);
	return found;
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
	enqueue(cpu, t);
	spin_unlock(&cpu->lock);
	return true;
}

/* Sleep until an interrupt; interrupts are off before and after. */
static void sleep_idle(struct cpu *cpu)
{
	__atomic_fetch_or(&idle_cpus, cpu_bit(cpu), __ATOMIC_SEQ_CST);
	/* Interrupts set work; with them off nothing slips in between the last
	 * look and the sleep. */
	if (!cpu_has_work(cpu, CPU_WORK_POLLED) && !cpu->runnable_count)
		arch_irq_enable_and_halt();
	__atomic_fetch_and(&idle_cpus, ~cpu_bit(cpu), __ATOMIC_RELAXED);
}

void sched_idle_loop(void)
{
	struct cpu *cpu = this_cpu();

	arch_irq_enable();
	for (;;) {
		kernel_poll();
		arch_irq_disable();
		if (cpu->runnable_count || take_work(cpu))
			schedule();
		else
			sleep_idle(cpu);
		arch_irq_enable();
	}
}
