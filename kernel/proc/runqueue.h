/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that wait for a CPU, and the choice of a CPU for a thread. For sched.c and
 * policy.c.
 *
 * A CPU has a queue for each job of which a thread waits. It takes turns between jobs,
 * and within one the first comes first, or the thread that a policy has put there. */
#ifndef LWK_PROC_RUNQUEUE_H
#define LWK_PROC_RUNQUEUE_H

#include "kernel/arch/cpu.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"

/* Callers of these hold the CPU's lock. They are at every switch, so they are here. */

static inline struct job_queue *runqueue_of(const struct cpu *cpu,
					    const struct thread *t)
{
	return &t->proc->job->queue[cpu->index];
}

static inline void runqueue_set_count(struct cpu *cpu, uint32_t count)
{
	__atomic_store_n(&cpu->runnable_count, count, __ATOMIC_RELAXED);
}

/* Put a runnable thread, which is in no queue, at the end or in front of its job's. Where
 * that was empty: IS_TURN, the job goes on having the CPU's turn; else it comes last. */
enum { RUNQUEUE_IN_FRONT = 1, RUNQUEUE_IS_TURN = 2 };
static inline void runqueue_add(struct cpu *cpu, struct thread *t, uint32_t how)
{
	struct job_queue *q = runqueue_of(cpu, t);

	t->queued_cycles = arch_cycles();
	if (list_empty(&q->threads))
		list_insert_before(how & RUNQUEUE_IS_TURN ? cpu->jobs.next
							  : &cpu->jobs,
				   &q->node);
	list_insert_before(how & RUNQUEUE_IN_FRONT ? q->threads.next
						   : &q->threads,
			   &t->queue);
	runqueue_set_count(cpu, cpu->runnable_count + 1);
}

static inline void runqueue_remove(struct cpu *cpu, struct thread *t)
{
	struct job_queue *q = runqueue_of(cpu, t);

	list_remove(&t->queue);
	if (list_empty(&q->threads))
		list_remove(&q->node);
	runqueue_set_count(cpu, cpu->runnable_count - 1);
}

/* The turn of the thread's job is over: other jobs come before it. */
static inline void runqueue_end_turn(struct cpu *cpu, const struct thread *t)
{
	struct job_queue *q = runqueue_of(cpu, t);

	if (!list_empty(&q->node)) {
		list_remove(&q->node);
		list_push_back(&cpu->jobs, &q->node);
	}
}

/* Take out the first of the job whose turn it is; NULL: nothing waits. */
static inline struct thread *runqueue_take(struct cpu *cpu)
{
	struct job_queue *q;
	struct thread *t;

	if (list_empty(&cpu->jobs))
		return NULL;
	q = list_first(&cpu->jobs, struct job_queue, node);
	t = list_first(&q->threads, struct thread, queue);
	runqueue_remove(cpu, t);
	return t;
}

/* Whether a thread of that thread's job, or of another, waits. */
static inline bool runqueue_has_job_of(struct cpu *cpu, const struct thread *t)
{
	return !list_empty(&runqueue_of(cpu, t)->threads);
}

static inline bool runqueue_has_others(struct cpu *cpu, const struct thread *t)
{
	const struct list *first = cpu->jobs.next;

	if (first == &cpu->jobs)
		return false;
	return first != &runqueue_of(cpu, t)->node || first->next != &cpu->jobs;
}

/* Take out one that another CPU, `to`, may run and no policy wants here; or NULL. */
struct thread *runqueue_steal(struct cpu *cpu, const struct cpu *to);

/* No lock is needed for these. */

/* CPUs that sleep in the idle loop and to which no work has been sent since. */
extern uint64_t idle_cpus;

/* Take an idle CPU of the mask for a thread that is on its way there; NULL: none. Of
 * two callers, one gets it. */
struct cpu *claim_idle(uint64_t mask);

/* Roughly how much a CPU has to do, to compare. */
uint32_t load_of(const struct cpu *cpu);

/* The CPU of the mask, which names one that exists, with the least to do. */
struct cpu *least_loaded(uint64_t mask);

/* An idle one of the mask, claimed, or the one with the least to do. */
struct cpu *choose_cpu(uint64_t mask);

#endif
