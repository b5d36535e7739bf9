/* SPDX-License-Identifier: GPL-2.0 */
/* Run queues. See runqueue.h. */
#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"
#include "kernel/proc/job.h"
#include "kernel/proc/policy.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"

uint64_t idle_cpus;

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
