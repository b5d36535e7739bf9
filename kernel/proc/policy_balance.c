/* SPDX-License-Identifier: GPL-2.0 */
/* A CPU that has nothing to run asks the policies. See policy.h. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/proc/job.h"
#include "kernel/proc/policy_priv.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"

#define PAID_WINDOW_NS 1000000
#define LOOPS_MOST 32 /* dispatches for one look for work */

/* Take the first of a queue that may run on the CPU; or NULL. Caller holds the lock. */
static struct thread *take_first(struct policy *p, struct dsq *q,
				 const struct cpu *cpu)
{
	struct list *n;

	list_for_each(n, &q->threads) {
		struct thread *t = list_entry(n, struct thread, policy.in_dsq);

		if (t->affinity & cpu_bit(cpu)) {
			waiting_remove(p, t);
			return t;
		}
	}
	return NULL;
}

int policy_consume(struct policy *p, uint64_t id, struct cpu *cpu)
{
	struct thread *found = NULL;
	struct dsq *q;

	spin_lock(&p->lock);
	q = dsq_find(p, id);
	if (q)
		found = take_first(p, q, cpu);
	spin_unlock(&p->lock);
	if (found)
		sched_place(found, cpu, false);
	return !q ? -ENOENT : found != NULL;
}

/* Whether a thread of the policy is in the CPU's queue. Only this CPU takes from
 * there, except for affinity. */
static bool has_some(const struct policy *p, const struct cpu *cpu)
{
	return p->job ? !list_empty(&p->job->queue[cpu->index].threads)
		      : cpu->runnable_count != 0;
}

static bool dispatch(struct policy *p, struct cpu *cpu, struct thread *prev)
{
	struct policy_call call = {.policy = p, .cpu = cpu};
	bool joined = prev && has_joined(p, prev);
	uint64_t args[] = {cpu->index,
			   joined ? (uint64_t)policy_show(prev) : 0};
	uint64_t ignored;

	call.op = NIMBLE_HOOK_sched_dispatch;
	if (!policy_operate(&call, args, &ignored))
		return false;
	if (joined)
		prev->policy.slice = view_of(prev)->slice;
	return call.count && !has_some(p, cpu);
}

/* Whether the policy may be asked on this CPU now: always in its own job's time and in
 * idle time; in that of others for a tenth of each millisecond. */
static bool may_ask(struct policy *p, const struct cpu *cpu,
		    const struct thread *prev, uint64_t now)
{
	struct policy_paid *paid = &p->paid[cpu->index];

	if (!p->job || !prev || prev->proc->job == p->job)
		return true;
	if (now - paid->window >= ns_to_cycles(PAID_WINDOW_NS)) {
		paid->window = now;
		paid->spent = 0;
	}
	return paid->spent < ns_to_cycles(PAID_WINDOW_NS / 10);
}

static bool ask(struct policy *p, struct cpu *cpu, struct thread *prev)
{
	uint64_t begin = arch_cycles();
	bool again;

	if (!policy_has(p, NIMBLE_HOOK_sched_dispatch) ||
	    !may_ask(p, cpu, prev, begin))
		return false;
	again = dispatch(p, cpu, prev);
	p->paid[cpu->index].spent += arch_cycles() - begin;
	return again;
}

static void balance(struct policy *p, struct cpu *cpu, struct thread *prev)
{
	int loops = LOOPS_MOST;

	while (!has_some(p, cpu) &&
	       __atomic_load_n(&p->waiting_count, __ATOMIC_SEQ_CST)) {
		if (policy_consume(p, NIMBLE_DSQ_GLOBAL, cpu) > 0)
			break;
		if (!ask(p, cpu, prev))
			break;
		if (!--loops) {
			/* Others have been served all the time: go on later. */
			cpu_raise(cpu, CPU_WORK_RESCHED);
			break;
		}
	}
}

bool policy_balance(struct cpu *cpu, struct thread *prev)
{
	uint32_t i;

	for (i = 0; i < policy_slot_end; i++) {
		struct policy *p = policy_enter_at(&policy_slot[i]);

		if (!p)
			continue;
		balance(p, cpu, prev);
		policy_leave();
	}
	return cpu->runnable_count != 0;
}

void policy_update_idle(struct cpu *cpu, bool idle)
{
	uint32_t i;

	for (i = 0; i < policy_slot_end; i++) {
		struct policy *p = policy_enter_at(&policy_slot[i]);
		struct policy_call call = {.policy = p, .cpu = cpu};
		uint64_t args[] = {cpu->index, idle}, ignored;

		if (!p)
			continue;
		call.op = NIMBLE_HOOK_sched_update_idle;
		if (policy_has(p, NIMBLE_HOOK_sched_update_idle))
			policy_operate(&call, args, &ignored);
		policy_leave();
	}
}
