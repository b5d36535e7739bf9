/* SPDX-License-Identifier: GPL-2.0 */
/* Scheduling: one run queue per CPU, first come first served, run to block.
 *
 * A thread alone on its CPU is never interrupted. Where more than one is runnable,
 * each gets a slice of SCHED_SLICE_NS, by the only timer there is.
 *
 * Threads move. A thread that becomes runnable goes to the CPU that it left, or to
 * one of its mask that idles; a CPU that would idle takes one that waits elsewhere.
 * Nothing else balances, and nothing does so by a tick: a busy CPU is not disturbed.
 *
 * Locks. Each CPU's `lock` guards its queue, its current thread, and the state of the
 * threads whose `cpu` it is. It is taken with interrupts off and never together with
 * another CPU's. A CPU that picks a thread whose registers another CPU still saves waits
 * for that (thread.on_cpu): it takes a few instructions.
 */
#ifndef LWK_PROC_SCHED_H
#define LWK_PROC_SCHED_H

#include "kernel/proc/thread.h"

#define SCHED_SLICE_NS 10000000ULL

/* Become the idle thread of this CPU. Before anything else of this file. */
void sched_init_cpu(void);

/* Make a new or blocked thread runnable; no effect on others. Any CPU, thread
 * context or interrupts off. The caller knows that it is alive. */
void thread_wake(struct thread *t);

/* Let a new thread run, on a CPU of its mask that has little to do. */
void thread_launch(struct thread *t);

/* As thread_wake(), for a thread of `cpu`, whose lock the caller holds, where it must stay
 * there. For timers. */
void thread_wake_locked(struct cpu *cpu, struct thread *t);

/* Make the thread look at its `work` soon: wake it if it is blocked, interrupt its CPU
 * if it runs elsewhere. Like thread_wake(). */
void thread_kick(struct thread *t);

/* For policies (policy.c); interrupts off, no lock held. Put a runnable thread that is
 * on no queue into that of a CPU of its mask, in front or at the end. */
void sched_place(struct thread *t, struct cpu *to, bool in_front);
/* Make it belong to that CPU, without being in its queue. */
void sched_set_near(struct thread *t, struct cpu *to);
/* The thread no longer belongs to a policy. Caller holds the policy's lock. */
void sched_leave_policy(struct thread *t);
/* A thread waits near that CPU, in none of its queues. */
void sched_notify_waiting(struct cpu *cpu);
/* Put a runnable thread that a policy no longer has on a queue. Any context. */
void sched_put_again(struct thread *t);
/* Put threads on queues that became runnable and have policies. From kernel_poll(). */
void sched_empty_limbo(void);

/* Give the CPU to another thread; comes back, perhaps on another CPU, when
 * the caller is picked again. A runnable caller stays runnable. */
void schedule(void);

/* Waiting, without losing a wake: thread_prepare_to_block(), then look whether
 * there is still something to wait for, then schedule() or thread_stay().
 * proc/wait.h is the loop around that. */
void thread_prepare_to_block(void);
void thread_stay(void);

/* Go to the end of the queue. */
void sched_yield_cpu(void);

/* Is another thread waiting for this CPU? */
static inline bool sched_others_waiting(void)
{
	const struct cpu *cpu = this_cpu();

	return __atomic_load_n(&cpu->runnable_count, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&cpu->waiting_near, __ATOMIC_RELAXED);
}

/* Let a thread run on the CPUs of `mask` only, of which some exist. If it runs on
 * another, it is moved. */
void sched_set_affinity(struct thread *t, uint64_t mask);

/* The slice is over, or a timer fired: set CPU_WORK_RESCHED as due, arm the timer.
 * From kernel_poll(). */
void sched_tick(void);

/* The run queue has changed: arm the timer for a slice, or not. From
 * kernel_poll(). */
void sched_look_at_slice(void);

/* The last part of a switch, on the new thread's stack; interrupts off. */
void sched_switched(void);

/* Idle: run threads as they come, sleep in between. Never returns. */
_Noreturn void sched_idle_loop(void);

/* The time that a thread has had a CPU, in cycles. Its own, or that of one that
 * does not run. */
uint64_t thread_run_cycles(const struct thread *t);

/* The work of the idle loop and wait loops: messages, timers, dead threads.
 * Supplied by the layers above (ikc/). Thread context, interrupts on. */
void kernel_poll(void);

/* Whether kernel_poll() has something to do. */
static inline bool kernel_poll_needed(void)
{
	return cpu_has_work(this_cpu(), CPU_WORK_POLLED);
}

#endif
