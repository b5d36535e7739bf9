/* SPDX-License-Identifier: GPL-2.0 */
/* Where a policy puts a thread: into the run queue of a CPU, into a queue of its own, or
 * nowhere yet. See policy.h. */
#include "kernel/arch/cpu.h"
#include "kernel/proc/policy_priv.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"

/* A shorter slice would only cost the interrupt that ends it; Linux looks at slices at
 * ticks only. */
#define SLICE_LEAST_NS 50000

/* The policy's fault, unless the thread's CPUs have changed since it was told of them: then
 * the thread is about to be put anew. */
static bool nonsense(struct policy *p, uint32_t id, bool told, uint64_t cpu)
{
	if (told)
		policy_fail(p, NIMBLE_EXIT_ERROR,
			    "thread %u was put on CPU %lu, which it may not "
			    "run on",
			    id, cpu);
	return false;
}

static bool knows_mask(const struct thread *t)
{
	return t->policy.mask == t->affinity;
}

bool policy_allows(const struct thread *t, uint64_t cpu)
{
	return cpu < cpu_count() && (t->affinity >> cpu & 1);
}

/* End the slice of the thread that runs there, if it is of the same policy. */
static void preempt(const struct policy *p, struct cpu *cpu)
{
	uint64_t flags = arch_irq_save();
	struct thread *current;

	spin_lock(&cpu->lock);
	current = cpu->current;
	if (has_joined(p, current)) {
		__atomic_store_n(&current->policy.slice, 0, __ATOMIC_RELAXED);
		cpu_notify(cpu, CPU_WORK_RESCHED);
	}
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

void policy_kick(struct policy *p, struct cpu *cpu, uint64_t flags)
{
	const struct thread *current =
		__atomic_load_n(&cpu->current, __ATOMIC_RELAXED);

	if (current == cpu->idle)
		cpu_notify(cpu, CPU_WORK_RESCHED);
	else if (flags & NIMBLE_KICK_PREEMPT)
		preempt(p, cpu);
	else if (!(flags & NIMBLE_KICK_IDLE) &&
		 (!p->job ||
		  __atomic_load_n(&cpu->runs_for, __ATOMIC_RELAXED) == p))
		cpu_notify(cpu, CPU_WORK_RESCHED);
}

/* Into the run queue of a CPU. */
static bool insert_local(const struct policy_call *call, struct thread *t,
			 uint64_t cpu)
{
	struct cpu *to = &cpus[cpu];

	if (!policy_allows(t, cpu))
		return nonsense(call->policy, t->id, knows_mask(t), cpu);
	sched_place(t, to,
		    call->flags & (NIMBLE_ENQ_HEAD | NIMBLE_ENQ_PREEMPT));
	if (call->flags & NIMBLE_ENQ_PREEMPT)
		preempt(call->policy, to);
	if (to != this_cpu() &&
	    __atomic_load_n(&to->current, __ATOMIC_RELAXED) != to->idle)
		policy_watch(call->policy);
	return true;
}

/* Into another queue: the thread waits already, kept. Caller holds the policy's lock.
 * NULL: done; else the reason why not. */
static const char *insert_queue(const struct policy_call *call,
				struct thread *t)
{
	struct dsq *q = dsq_find(call->policy, call->dsq);
	int error;

	if (!q)
		return "there is no such queue";
	error = call->by_vtime ? dsq_add_by_vtime(q, t, call->vtime)
			       : dsq_add(q, t,
					 call->flags & (NIMBLE_ENQ_HEAD |
							NIMBLE_ENQ_PREEMPT));
	if (error)
		return "a queue is either by virtual time or not";
	if (call->by_vtime)
		view_of(t)->vtime = call->vtime;
	view_of(t)->queue = q->id;
	return NULL;
}

/* release: pairs with wait_for_enqueue() */
void policy_came(struct thread *t)
{
	__atomic_store_n(&t->policy.is_coming, false, __ATOMIC_RELEASE);
}

/* A thread waits where none did: the threads of the policy that run have a slice from
 * now on. */
static void start_slices(const struct policy *p, const struct cpu *but)
{
	uint32_t i;

	for (i = 0; i < cpu_count(); i++)
		if (&cpus[i] != but &&
		    __atomic_load_n(&cpus[i].runs_for, __ATOMIC_SEQ_CST) == p)
			cpu_notify(&cpus[i], CPU_WORK_QUEUE);
}

static bool wait_in_policy(const struct policy_call *call, struct thread *t)
{
	struct policy *p = call->policy;
	const char *wrong = NULL;
	struct cpu *near = t->cpu;
	bool first;

	spin_lock(&p->lock);
	first = list_empty(&p->waiting);
	waiting_add(p, t);
	policy_came(t);
	if (call->inserted)
		wrong = insert_queue(call, t);
	else
		view_of(t)->queue = 0;
	if (wrong)
		waiting_remove(p, t);
	spin_unlock(&p->lock);
	if (wrong) {
		policy_fail(p, NIMBLE_EXIT_ERROR, "queue %lx: %s", call->dsq,
			    wrong);
		return false;
	}
	sched_notify_waiting(near);
	if (first)
		start_slices(p, near);
	policy_watch(p);
	return true;
}

void policy_use_slice(struct thread *t, uint64_t slice)
{
	if (slice)
		t->policy.slice = slice;
	t->policy.slice = MAX(t->policy.slice, (uint64_t)SLICE_LEAST_NS);
	if (t->policy.slice != NIMBLE_SLICE_INFINITE)
		t->policy.slice = MIN(t->policy.slice, POLICY_SLICE_MOST_NS);
}

/* The CPU whose run queue is meant, or NOT_LOCAL. */
#define NOT_LOCAL (~0ULL)
static uint64_t local_cpu(const struct policy_call *call)
{
	if (call->dsq == NIMBLE_DSQ_LOCAL)
		return call->cpu->index;
	if ((call->dsq & ~0xffffffffULL) == NIMBLE_DSQ_LOCAL_ON)
		return (uint32_t)call->dsq;
	return NOT_LOCAL;
}

/* Where the verdict says; LOCAL is the CPU that the thread is near. */
bool policy_insert(struct policy_call *call, struct thread *t)
{
	call->cpu = t->cpu;
	if (call->inserted)
		policy_use_slice(t, call->slice);
	if (call->inserted && local_cpu(call) != NOT_LOCAL) {
		policy_came(t);
		return insert_local(call, t, local_cpu(call));
	}
	return wait_in_policy(call, t);
}

struct cpu *policy_default_cpu(const struct thread *t, bool *idle)
{
	struct cpu *last = t->cpu, *cpu;

	*idle = true;
	if (t->affinity & cpu_bit(last)) {
		cpu = claim_idle(cpu_bit(last));
		if (cpu)
			return cpu;
		if (last == this_cpu() && last->current == last->idle &&
		    !last->runnable_count)
			return last;
	}
	cpu = claim_idle(t->affinity);
	if (cpu)
		return cpu;
	*idle = false;
	return t->affinity & cpu_bit(last) ? last : least_loaded(t->affinity);
}

/* Wait until a thread that is being enqueued on another CPU waits. That CPU has a
 * budget, and enqueue does not dispatch, so it does not wait for this one. The
 * policy's lock is given up meanwhile, and the member looked up again. */
static struct thread *wait_for_enqueue(struct policy_call *run, uint64_t view)
{
	struct policy *p = run->policy;
	struct thread *t = policy_member_at(p, view);
	bool first = !run->waited;

	/* acquire: pairs with came() */
	while (t && __atomic_load_n(&t->policy.is_coming, __ATOMIC_ACQUIRE)) {
		/* Once in a run: its time is not that of others. */
		if (!first)
			return NULL;
		run->waited = true;
		spin_unlock(&p->lock);
		arch_pause();
		spin_lock(&p->lock);
		t = policy_member_at(p, view);
	}
	return t;
}

bool policy_dispatch(struct policy_call *run, const struct policy_call *call,
		     uint64_t view, bool from_queue)
{
	struct policy *p = call->policy;
	const char *wrong = NULL;
	struct thread *t;
	uint64_t cpu = local_cpu(call);

	spin_lock(&p->lock);
	t = wait_for_enqueue(run, view);
	if (!t || list_empty(&t->policy.waiting) ||
	    !t->policy.dsq == from_queue) {
		spin_unlock(&p->lock);
		return false;
	}
	if (cpu != NOT_LOCAL && !policy_allows(t, cpu)) {
		uint32_t id = t->id;
		bool told = knows_mask(t);

		spin_unlock(&p->lock);
		return nonsense(p, id, told, cpu);
	}
	if (cpu != NOT_LOCAL) {
		waiting_remove(p, t);
	} else {
		if (from_queue)
			dsq_remove(t);
		policy_use_slice(t, call->slice);
		wrong = insert_queue(call, t);
	}
	spin_unlock(&p->lock);
	if (wrong)
		policy_fail(p, NIMBLE_EXIT_ERROR, "queue %lx: %s", call->dsq,
			    wrong);
	if (cpu == NOT_LOCAL)
		return !wrong;
	policy_use_slice(t, call->slice);
	if (insert_local(call, t, cpu))
		return true;
	sched_put_again(t);
	return false;
}
