/* SPDX-License-Identifier: GPL-2.0 */
/* Scheduling: one run queue per CPU, first come first served, run to block.
 *
 * A thread alone on its CPU is never interrupted. Where more than one is
 * runnable, each gets a slice of SCHED_SLICE_NS, by the only timer there is. All
 * functions work on the calling CPU and its threads, in thread context.
 */
#ifndef LWK_PROC_SCHED_H
#define LWK_PROC_SCHED_H

#include "kernel/proc/thread.h"

#define SCHED_SLICE_NS 10000000ULL

/* Become the idle thread of this CPU. Before anything else of this file. */
void sched_init_cpu(void);

/* Make a new or blocked thread of this CPU runnable; no effect on others. */
void thread_wake(struct thread *t);

/* Give the CPU to another thread; comes back when the caller is picked again.
 * The caller stays in the queue where it is runnable. */
void schedule(void);

/* Stay away until thread_wake(). The caller has seen that its condition does not
 * hold, on this CPU, with no schedule() or poll since: so no wake is lost. */
void thread_block(void);

/* Go to the end of the queue. */
void sched_yield_cpu(void);

/* Is another thread waiting for this CPU? */
static inline bool sched_others_waiting(void)
{
	return this_cpu()->runnable_count != 0;
}

/* The slice is over, or a timer fired: set need_resched as due, arm the timer.
 * From return_to_user(), the idle loop and wait loops. */
void sched_tick(void);

/* Idle: run threads as they come, sleep in between. Never returns. */
_Noreturn void sched_idle_loop(void);

/* What the idle loop and wait loops do beside waiting: messages, timers, the
 * dead. Supplied by the layers above (ikc/). Thread context, interrupts on. */
void kernel_poll(void);

/* Is there something for kernel_poll()? */
static inline bool kernel_poll_needed(void)
{
	const struct cpu *c = this_cpu();

	return __atomic_load_n(&c->need_poll, __ATOMIC_RELAXED) |
	       __atomic_load_n(&c->need_timer, __ATOMIC_RELAXED) |
	       __atomic_load_n(&c->need_halt, __ATOMIC_RELAXED);
}

#endif
