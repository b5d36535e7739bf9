/* SPDX-License-Identifier: GPL-2.0 */
/* Timers of threads, and the CPU's one-shot timer that serves them and the
 * slice. Tickless: the timer is armed only while one of them is due. */
#ifndef LWK_TIME_TIMER_H
#define LWK_TIME_TIMER_H

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct cpu;
struct thread;

/* Guarded by the lock of `cpu`. */
struct timer {
	struct list node; /* in cpu->timers, soonest first; empty: not there */
	struct cpu *cpu; /* NULL: was never started */
	uint64_t deadline; /* TSC */
	struct thread *thread; /* to wake, or */
	/* the function to call, in thread context of `cpu`, no lock held. It may start
	 * the timer again, and must if it comes too early. */
	void (*fire)(struct timer *t);
};

uint64_t ns_to_cycles(uint64_t ns);
uint64_t cycles_to_ns(uint64_t cycles);

/* Wake the current thread at `deadline` (TSC), on this CPU. The timer lives on its
 * stack, and is cancelled there, whether it has fired or not. */
void timer_start(struct timer *t, uint64_t deadline);
void timer_cancel(struct timer *t);

/* Call fire() at `deadline`, on this CPU. The timer must not be running. */
void timer_start_call(struct timer *t, uint64_t deadline);

/* Stop such a timer: afterwards fire() does not run, and will not. Not from fire(),
 * nor with a lock held that it takes. Thread context. */
void timer_stop(struct timer *t);

/* The same without waiting. False: it is being called, or is about to be. Any context,
 * even with a lock held that fire() takes. */
bool timer_try_stop(struct timer *t);

/* Let all timers of this CPU expire, so that waiting threads look at the
 * time again. */
void timer_expire_all(void);

/* Wake the threads whose time has come, and put timers with a function into `due`.
 * Caller holds cpu->lock, on that CPU. */
void timer_run(struct cpu *cpu, uint64_t now, struct list *due);

/* Call what timer_run() has put there. On the same CPU, thread context, no lock. */
void timer_call(struct list *due);

/* Arm the CPU's timer for the soonest of slice, timers and the end of a pause of
 * messages, or not at all. Caller
 * holds cpu->lock, on that CPU. */
void timer_arm(struct cpu *cpu);

#endif
