/* SPDX-License-Identifier: GPL-2.0 */
/* What waits for a CPU, and which CPU is good for a thread. For sched.c and policy.c.
 *
 * A CPU's queue is a queue for each job of which something waits: the CPU takes turns
 * between jobs, and within one the first comes first, or whom a policy has put there. */
#ifndef LWK_PROC_RUNQUEUE_H
#define LWK_PROC_RUNQUEUE_H

#include "kernel/proc/thread.h"

/* Callers of these hold the CPU's lock. */

/* Put a runnable thread, which is in no queue, at the end or in front of its job's. Where
 * that was empty: IS_TURN, the job goes on having the CPU's turn; else it comes last. */
enum { RUNQUEUE_IN_FRONT = 1, RUNQUEUE_IS_TURN = 2 };
void runqueue_add(struct cpu *cpu, struct thread *t, uint32_t how);
void runqueue_remove(struct cpu *cpu, struct thread *t);
/* The turn of the thread's job is over: other jobs come before it. */
void runqueue_end_turn(struct cpu *cpu, const struct thread *t);
/* Take out the first of the job whose turn it is; NULL: nothing waits. */
struct thread *runqueue_take(struct cpu *cpu);
/* Does anything of that thread's job, or of another, wait? */
bool runqueue_has_job_of(struct cpu *cpu, const struct thread *t);
bool runqueue_has_others(struct cpu *cpu, const struct thread *t);
/* Take out one that another CPU, `to`, may run and no policy wants here; or NULL. */
struct thread *runqueue_steal(struct cpu *cpu, const struct cpu *to);

/* No lock is needed for these. */

/* CPUs that sleep in the idle loop and that nobody has sent work to since. */
extern uint64_t idle_cpus;

/* Take an idle CPU of the mask for a thread that is on its way there; NULL: none. Of
 * two who want one, one gets it. */
struct cpu *claim_idle(uint64_t mask);

/* Roughly how much a CPU has to do, to compare. */
uint32_t load_of(const struct cpu *cpu);

/* The CPU of the mask, which names one that exists, with the least to do. */
struct cpu *least_loaded(uint64_t mask);

/* An idle one of the mask, claimed, or the one with the least to do. */
struct cpu *choose_cpu(uint64_t mask);

#endif
