/* SPDX-License-Identifier: GPL-2.0 */
/* Run queues. See runqueue.h. */
#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"
#include "kernel/proc/job.h"
#include "kernel/proc/policy.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"

uint64_t idle_cpus;

static struct job_queue *queue_of(const struct cpu *cpu, const struct thread *t)
{
	return &t->proc->job->queue[cpu->index];
}

static void set_count(struct cpu *cpu, uint32_t count)
{
	__atomic_store_n(&cpu->runnable_count, count, __ATOMIC_RELAXED);
}

void runqueue_add(struct cpu *cpu, struct thread *t, uint32_t how)
{
	struct job_queue *q = queue_of(cpu, t);

	t->queued_cycles = arch_cycles();
	if (list_empty(&q->threads))
		list_insert_before(how & RUNQUEUE_IS_TURN ? cpu->jobs.next
							  : &cpu->jobs,
				   &q->node);
	list_insert_before(how & RUNQUEUE_IN_FRONT ? q->threads.next
						   : &q->threads,
			   &t->queue);
	set_count(cpu, cpu->runnable_count + 1);
}

void runqueue_remove(struct cpu *cpu, struct thread *t)
{
	struct job_queue *q = queue_of(cpu, t);

	list_remove(&t->queue);
	if (list_empty(&q->threads))
		list_remove(&q->node);
	set_count(cpu, cpu->runnable_count - 1);
}

struct thread *runqueue_take(struct cpu *cpu)
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

void runqueue_end_turn(struct cpu *cpu, const struct thread *t)
{
	struct job_queue *q = queue_of(cpu, t);

	if (!list_empty(&q->node)) {
		list_remove(&q->node);
		list_push_back(&cpu->jobs, &q->node);
	}
}

bool runqueue_has_job_of(struct cpu *cpu, const struct thread *t)
{
	return !list_empty(&queue_of(cpu, t)->threads);
}

bool runqueue_has_others(struct cpu *cpu, const struct thread *t)
{
	const struct list *first = cpu->jobs.next;

	if (first == &cpu->jobs)
		return false;
	return first != &queue_of(cpu, t)->node || first->next != &cpu->jobs;
}

static struct thread *steal_from(struct cpu *cpu, struct job_queue *q,
				 const struct cpu *to)
{
	struct list *n;

	list_for_each(n, &q->threads) {
		struct thread *t = list_entry(n, struct thread, queue);

		if (policies_exist() && policy_of(t))
			return NULL;
		if (t->affinity & cpu_bit(to)) {
			runqueue_remove(cpu, t);
			return t;
		}
	}
	return NULL;
}

struct thread *runqueue_steal(struct cpu *cpu, const struct cpu *to)
{
	struct thread *t = NULL;
	struct list *n;

	list_for_each(n, &cpu->jobs) {
		t = steal_from(cpu, list_entry(n, struct job_queue, node), to);
		if (t)
			break;
	}
	return t;
}

struct cpu *claim_idle(uint64_t mask)
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

uint32_t load_of(const struct cpu *cpu)
{
	const struct thread *current =
		__atomic_load_n(&cpu->current, __ATOMIC_RELAXED);

	return __atomic_load_n(&cpu->runnable_count, __ATOMIC_RELAXED) +
	       (current != cpu->idle);
}

struct cpu *least_loaded(uint64_t mask)
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

struct cpu *choose_cpu(uint64_t mask)
{
	struct cpu *cpu = claim_idle(mask);

	return cpu ? cpu : least_loaded(mask);
}
