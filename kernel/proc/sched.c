/* SPDX-License-Identifier: GPL-2.0 */
/* The scheduler. See sched.h. */
#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/panic.h"
#include "kernel/mm/aspace.h"
#include "kernel/proc/job.h"
#include "kernel/proc/policy.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

/* For `lwk ps`, which reads `running`, then the times, then `running` again. */
static void publish_running(const struct cpu *cpu, const struct thread *t,
			    uint64_t now)
{
	struct lwk_boot_cpu *b = &boot->cpu[cpu->index];

	__atomic_store_n(&b->running, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&b->running_since, now, __ATOMIC_RELEASE);
	__atomic_store_n(&b->running,
			 t->proc ? t->proc->handle : LWK_RUNS_NOTHING,
			 __ATOMIC_RELEASE);
}

void sched_init_cpu(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *idle;

	list_init(&cpu->jobs);
	list_init(&cpu->limbo);
	list_init(&cpu->timers);
	list_init(&cpu->dead);
	list_init(&cpu->inbox);
	idle = thread_new(cpu, NULL, NULL);
	if (!idle)
		panic("no memory for the idle thread");
	idle->state = THREAD_RUNNABLE;
	idle->on_cpu = 1;
	idle->started_cycles = arch_cycles();
	cpu->idle = idle;
	cpu->current = idle;
	publish_running(cpu, idle, idle->started_cycles);
}

static void set_state(struct thread *t, uint32_t state)
{
	__atomic_store_n(&t->state, state, __ATOMIC_SEQ_CST);
}

/* ---- Slices. On that CPU, its lock held -------------------------------- */

#define TURN_IS_OVER 1 /* as a time: long ago */

/* The end of the turn of the running thread's job: a slice after others have begun to
 * wait. The job's threads may take turns meanwhile. */
static uint64_t end_of_turn(struct cpu *cpu, uint64_t now)
{
	if (!cpu->turn_end)
		cpu->turn_end = now + ns_to_cycles(SCHED_SLICE_NS);
	return cpu->turn_end;
}

/* Whether a thread waits that must have a turn. Threads without a policy take turns,
 * too. */
static bool others_wait(struct cpu *cpu, const struct thread *t)
{
	if (!t->policy.policy)
		return cpu->runnable_count || policy_waits_near(cpu);
	return runqueue_has_others(cpu, t) || policy_others_near(cpu, t);
}

static uint64_t end_of_slice(struct cpu *cpu, const struct thread *t)
{
	uint64_t now = arch_cycles(), end = 0, own = 0;

	if (others_wait(cpu, t))
		end = end_of_turn(cpu, now);
	else
		cpu->turn_end = 0;
	if (t->policy.policy)
		own = policy_slice_end(t, now, runqueue_has_job_of(cpu, t));
	return own && (!end || own < end) ? own : end;
}

/* A slice runs exactly while a thread waits and an application has the CPU, or as its
 * policy wants. */
static void update_slice(struct cpu *cpu)
{
	struct thread *t = cpu->current;

	cpu->slice_end = t == cpu->idle ? 0 : end_of_slice(cpu, t);
	if (cpu_has_work(cpu, CPU_WORK_RESCHED))
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
	} else if (cpu->runnable_count == 1 || cpu->current->policy.policy) {
		cpu_notify(cpu, CPU_WORK_QUEUE);
	}
}

/* ---- Choosing a queue ----------------------------------------------- */

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

/* Put a runnable thread that is in no queue into that of `to`. The caller
 * holds from->lock, which this releases. */
static void move_and_enqueue(struct thread *t, struct cpu *from, struct cpu *to,
			     uint32_t how)
{
	if (to != from) {
		__atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
		spin_unlock(&from->lock);
		spin_lock(&to->lock);
	}
	runqueue_add(to, t, how);
	queue_has_grown(to);
	spin_unlock(&to->lock);
}

void sched_place(struct thread *t, struct cpu *to, bool in_front)
{
	move_and_enqueue(t, lock_cpu_of(t), to,
			 in_front ? RUNQUEUE_IN_FRONT : 0);
}

void sched_set_near(struct thread *t, struct cpu *to)
{
	struct cpu *from = lock_cpu_of(t);

	__atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
	spin_unlock(&from->lock);
}

void sched_leave_policy(struct thread *t)
{
	struct cpu *cpu = lock_cpu_of(t);

	t->policy.policy = NULL;
	t->policy.is_runnable = t->policy.is_running = false;
	spin_unlock(&cpu->lock);
}

void sched_notify_waiting(struct cpu *cpu)
{
	const struct thread *current =
		__atomic_load_n(&cpu->current, __ATOMIC_SEQ_CST);

	cpu_notify(cpu,
		   current == cpu->idle ? CPU_WORK_RESCHED : CPU_WORK_QUEUE);
}

/* ---- Policies (policy.h) ------------------------------------------------ */

static bool has_policy(const struct thread *t)
{
	return policies_exist() && t->proc && policy_of(t);
}

/* Operations of a policy run without locks. So a thread for which a policy must be
 * asked is left to this CPU, which asks before anything else. Interrupts off. */
static void leave_in_limbo(struct thread *t, uint64_t flags)
{
	struct cpu *cpu = this_cpu();

	t->policy.enqueue_flags = flags;
	list_push_back(&cpu->limbo, &t->policy.limbo);
	cpu_raise(cpu, CPU_WORK_PLACE);
}

/* Put a runnable thread that is on no queue on one. Interrupts off, no lock held. */
static void put(struct thread *t, uint64_t flags)
{
	struct cpu *cpu;

	if (has_policy(t) && !thread_must_die(t) && policy_put(t, flags))
		return;
	cpu = lock_cpu_of(t);
	move_and_enqueue(t, cpu, cpu_to_wake_on(t, cpu), 0);
}

void sched_empty_limbo(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t flags = arch_irq_save();

	while (!list_empty(&cpu->limbo)) {
		struct thread *t =
			list_first(&cpu->limbo, struct thread, policy.limbo);

		list_remove(&t->policy.limbo);
		/* acquire: pairs with sched_switched() of the CPU that it leaves,
		 * which has told its policy so before */
		while (__atomic_load_n(&t->on_cpu, __ATOMIC_ACQUIRE))
			arch_pause();
		put(t, t->policy.enqueue_flags);
	}
	arch_irq_restore(flags);
}

void sched_put_again(struct thread *t)
{
	uint64_t flags = arch_irq_save();

	leave_in_limbo(t, 0);
	arch_irq_restore(flags);
}

/* ---- Waking ------------------------------------------------------------ */

/* Whether it must be put into a queue. It must not if it still runs, on its
 * way to sleep: schedule() then finds it runnable. */
static bool make_runnable(struct cpu *cpu, struct thread *t)
{
	if (t->state != THREAD_NEW && t->state != THREAD_BLOCKED)
		return false;
	set_state(t, THREAD_RUNNABLE);
	return cpu->current != t;
}

/* Put a thread that is runnable now, and in no queue, on its CPU or a better one.
 * Caller holds cpu->lock, which this releases. */
static void enqueue_woken(struct thread *t, struct cpu *cpu, struct cpu *to,
			  uint64_t flags)
{
	if (has_policy(t)) {
		spin_unlock(&cpu->lock);
		leave_in_limbo(t, flags);
	} else {
		move_and_enqueue(t, cpu, to ? to : cpu_to_wake_on(t, cpu), 0);
	}
}

void thread_wake_locked(struct cpu *cpu, struct thread *t)
{
	if (!make_runnable(cpu, t))
		return;
	if (has_policy(t)) {
		leave_in_limbo(t, NIMBLE_ENQ_WAKEUP);
	} else {
		runqueue_add(cpu, t, 0);
		queue_has_grown(cpu);
	}
}

void thread_wake(struct thread *t)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = lock_cpu_of(t);

	if (make_runnable(cpu, t))
		enqueue_woken(t, cpu, NULL, NIMBLE_ENQ_WAKEUP);
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
	enqueue_woken(t, cpu, has_policy(t) ? cpu : choose_cpu(t->affinity), 0);
	arch_irq_restore(flags);
}

void thread_kick(struct thread *t)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = lock_cpu_of(t);

	if (t->state == THREAD_BLOCKED && make_runnable(cpu, t)) {
		enqueue_woken(t, cpu, NULL, NIMBLE_ENQ_WAKEUP);
	} else {
		/* On its way out of the kernel it looks at `work` itself. */
		if (cpu->current == t && cpu != this_cpu())
			arch_send_ipi(cpu);
		spin_unlock(&cpu->lock);
		/* No policy keeps a thread that is to die. */
		if (thread_must_die(t) && has_policy(t) &&
		    policy_take(t, false))
			leave_in_limbo(t, 0);
	}
	arch_irq_restore(flags);
}

/* Move the thread if its CPU is not in its mask. Caller holds cpu->lock, which this
 * releases. */
static void leave_cpu(struct thread *t, struct cpu *cpu)
{
	if (!list_empty(&t->queue) && t->state == THREAD_RUNNABLE) {
		runqueue_remove(cpu, t);
		enqueue_woken(t, cpu, choose_cpu(t->affinity), 0);
		return;
	}
	if (cpu->current == t)
		cpu_notify(cpu, CPU_WORK_RESCHED);
	spin_unlock(&cpu->lock);
}

void sched_set_affinity(struct thread *t, uint64_t mask)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu;

	do {
		cpu = lock_cpu_of(t);
		__atomic_store_n(&t->affinity, mask, __ATOMIC_SEQ_CST);
		if (mask & cpu_bit(cpu))
			spin_unlock(&cpu->lock);
		else
			leave_cpu(t, cpu);
		/* A CPU may have taken it out of a policy meanwhile: pairs with
		 * set_current(). */
	} while (__atomic_load_n(&t->cpu, __ATOMIC_SEQ_CST) != cpu);
	/* A thread that waits in a policy is put on a queue again, by its
	 * new mask. */
	if (has_policy(t) && policy_take(t, true))
		leave_in_limbo(t, 0);
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

static void account(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	uint64_t now = arch_cycles();

	cpu->context_switches++;
	if (prev->proc) {
		prev->run_cycles += now - prev->started_cycles;
		__atomic_fetch_add(&prev->proc->page->run_cycles,
				   now - prev->started_cycles,
				   __ATOMIC_RELAXED);
		__atomic_fetch_add(&prev->proc->page->syscalls_local,
				   cpu->local_calls, __ATOMIC_RELAXED);
		cpu->local_calls = 0;
	} else {
		__atomic_fetch_add(&boot->cpu[cpu->index].idle_cycles,
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
	struct thread *t = runqueue_take(cpu);

	return t ? t : cpu->idle;
}

void sched_switched(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->previous;

	if (prev->state == THREAD_DEAD) {
		list_push_back(&cpu->dead, &prev->queue);
		cpu_raise(cpu, CPU_WORK_REAP);
	}
	/* release: the CPU that picks it sees its registers saved */
	__atomic_store_n(&prev->on_cpu, 0, __ATOMIC_RELEASE);
}

static void switch_to(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	/* acquire: pairs with sched_switched() of the CPU that it left */
	while (__atomic_load_n(&next->on_cpu, __ATOMIC_ACQUIRE))
		arch_pause();
	__atomic_store_n(&next->on_cpu, 1, __ATOMIC_RELAXED);
	account(cpu, prev, next);
	hook_task_switch(prev, next);
	/* The idle thread runs in whatever tables are loaded. */
	if (next->proc)
		aspace_use(next->proc->aspace);
	cpu->previous = prev;
	arch_thread_switch(&prev->arch, &next->arch, next->stack_top);
	sched_switched();
}

/* Put the thread that leaves the CPU where it belongs. Returns it if that is
 * another CPU's queue, else NULL. */
static struct thread *put_back(struct cpu *cpu, struct thread *prev)
{
	if (prev->state != THREAD_RUNNABLE || prev == cpu->idle)
		return NULL;
	if (!(prev->affinity & cpu_bit(cpu)))
		return prev;
	runqueue_add(cpu, prev, RUNQUEUE_IS_TURN);
	return NULL;
}

static bool same_job(const struct thread *a, const struct thread *b)
{
	return a->proc && b->proc && a->proc->job == b->proc->job;
}

/* The CPU goes from prev to next; caller holds its lock. */
static void set_current(struct cpu *cpu, struct thread *prev,
			struct thread *next)
{
	__atomic_store_n(&cpu->current, next, __ATOMIC_SEQ_CST);
	/* seq_cst: either this CPU sees a mask that has changed while the thread was
	 * on its way here, or the CPU that changes it sees that the thread is here. It
	 * leaves before it runs. */
	if (next->proc && !(__atomic_load_n(&next->affinity, __ATOMIC_SEQ_CST) &
			    cpu_bit(cpu)))
		cpu_raise(cpu, CPU_WORK_RESCHED);
	if (!same_job(prev, next))
		cpu->turn_end = 0;
	if (next->policy.policy && next != prev)
		next->policy.charged = arch_cycles();
	/* seq_cst: either the thread that begins to wait is seen here, or it sees
	 * this. */
	if (cpu->runs_for != next->policy.policy)
		__atomic_store_n(&cpu->runs_for, next->policy.policy,
				 __ATOMIC_SEQ_CST);
	update_slice(cpu);
}

/* Pass the turn on if it is over. Caller holds the lock. */
static void end_turn(struct cpu *cpu, struct thread *prev)
{
	if (!cpu->turn_end || arch_cycles() < cpu->turn_end || !prev->proc)
		return;
	runqueue_end_turn(cpu, prev);
	cpu->turn_end = 0;
}

static void schedule_plainly(struct cpu *cpu, struct thread *prev)
{
	struct thread *next, *moves;

	spin_lock(&cpu->lock);
	moves = put_back(cpu, prev);
	end_turn(cpu, prev);
	next = pick_next(cpu);
	set_current(cpu, prev, next);
	if (moves)
		move_and_enqueue(moves, cpu, choose_cpu(moves->affinity), 0);
	else
		spin_unlock(&cpu->lock);
	if (next != prev)
		switch_to(cpu, prev, next);
}

/* ---- The same where there are policies --------------------------------- */

/* Let the idle thread replace one that leaves the CPU, so that a CPU that wakes that
 * one meanwhile puts it into a queue. False: it stays, because it was woken already. */
static bool give_up_cpu(struct cpu *cpu, struct thread *prev, bool may_stay)
{
	bool stays;

	spin_lock(&cpu->lock);
	stays = may_stay && prev->state == THREAD_RUNNABLE;
	if (!stays)
		__atomic_store_n(&cpu->current, cpu->idle, __ATOMIC_SEQ_CST);
	spin_unlock(&cpu->lock);
	return !stays;
}

/* Whether prev may go on without being put on a queue. Caller is prev's CPU. */
static bool goes_on(struct cpu *cpu, const struct thread *prev)
{
	return (prev->affinity & cpu_bit(cpu)) && policy_slice_left(prev) &&
	       (!cpu->turn_end || arch_cycles() < cpu->turn_end);
}

/* Nothing else wants the CPU: another slice. */
static bool is_alone(struct cpu *cpu, struct thread *prev)
{
	return !cpu->runnable_count && (prev->affinity & cpu_bit(cpu)) &&
	       policy_renew(prev);
}

/* Put prev, which is runnable, where it belongs. */
static void put_prev(struct cpu *cpu, struct thread *prev)
{
	bool allowed = prev->affinity & cpu_bit(cpu);

	policy_stopping(prev, true);
	if (!allowed)
		sched_set_near(prev, choose_cpu(prev->affinity));
	else if (policy_slice_left(prev) && has_policy(prev)) {
		/* Its job's turn is over, its slice is not. */
		sched_place(prev, cpu, true);
		return;
	}
	put(prev, 0);
}

/* Whether prev leaves the CPU. Tells its policy, and lets policies fill the queue. */
static bool leaves(struct cpu *cpu, struct thread *prev)
{
	if (prev == cpu->idle) {
		policy_balance(cpu, NULL);
		return true;
	}
	policy_charge(prev);
	if (prev->state != THREAD_RUNNABLE && give_up_cpu(cpu, prev, true)) {
		policy_stopping(prev, false);
		if (prev->state == THREAD_DEAD)
			policy_ended(prev);
		else
			policy_quiescent(prev);
		policy_balance(cpu, NULL);
		return true;
	}
	if (goes_on(cpu, prev))
		return false;
	policy_balance(cpu, prev);
	if (is_alone(cpu, prev))
		return false;
	give_up_cpu(cpu, prev, false);
	put_prev(cpu, prev);
	return true;
}

/* A CPU that is leaving a thread does not wait for one that another CPU is leaving:
 * each might wait for the other. The idle thread waits. */
static struct thread *pick_saved(struct cpu *cpu, const struct thread *prev)
{
	struct thread *next = pick_next(cpu);

	if (next == prev || prev == cpu->idle ||
	    !__atomic_load_n(&next->on_cpu, __ATOMIC_ACQUIRE))
		return next;
	runqueue_add(cpu, next, RUNQUEUE_IN_FRONT | RUNQUEUE_IS_TURN);
	return cpu->idle;
}

static void schedule_by_policies(struct cpu *cpu, struct thread *prev)
{
	struct thread *next;

	sched_empty_limbo();
	if (!leaves(cpu, prev)) {
		spin_lock(&cpu->lock);
		update_slice(cpu);
		spin_unlock(&cpu->lock);
		return;
	}
	spin_lock(&cpu->lock);
	/* The requests that the idle thread has caused while it stood in. */
	cpu_take_work(cpu, CPU_WORK_RESCHED);
	end_turn(cpu, prev);
	next = pick_saved(cpu, prev);
	set_current(cpu, prev, next);
	spin_unlock(&cpu->lock);
	policy_running(next);
	if (next != prev)
		switch_to(cpu, prev, next);
}

void schedule(void)
{
	uint64_t flags = arch_irq_save();
	struct cpu *cpu = this_cpu();

	cpu_take_work(cpu, CPU_WORK_RESCHED);
	if (policies_exist())
		schedule_by_policies(cpu, cpu->current);
	else
		schedule_plainly(cpu, cpu->current);
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
	/* A CPU that wakes this thread meanwhile writes the same, because
	 * the thread still runs. */
	set_state(current_thread(), THREAD_RUNNABLE);
}

void sched_yield_cpu(void)
{
	bool asks = has_policy(current_thread());
	uint64_t flags;

	if (!asks && !sched_others_waiting())
		return;
	flags = arch_irq_save();
	this_cpu()->turn_end = TURN_IS_OVER;
	if (asks)
		policy_yield(current_thread());
	schedule();
	arch_irq_restore(flags);
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

/* The slice of the running thread is over, or its tick is due. */
static void slice_ended(struct cpu *cpu, uint64_t now)
{
	struct thread *t = cpu->current;

	if (!t->policy.policy || (cpu->turn_end && now >= cpu->turn_end) ||
	    policy_tick(t))
		cpu_raise(cpu, CPU_WORK_RESCHED);
}

void sched_tick(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t flags = arch_irq_save();
	uint64_t now = arch_cycles();
	struct list due = LIST_INIT(due);
	bool ended;

	spin_lock(&cpu->lock);
	cpu->armed_deadline = 0; /* it has fired: nothing is armed */
	timer_run(cpu, now, &due);
	ended = cpu->slice_end && now >= cpu->slice_end;
	spin_unlock(&cpu->lock);
	if (ended)
		slice_ended(cpu, now);
	spin_lock(&cpu->lock);
	update_slice(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
	timer_call(&due);
}
