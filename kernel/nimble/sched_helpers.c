/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers of scheduling policies (nimble/abi/helpers.def, sched_*). An extension passes
 * the arguments, so each is checked.
 *
 * They run inside an operation, or inside hook timer of a policy: this CPU is inside the
 * policy then, interrupts are off, no lock is held. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/dsq.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"

#define LOCK_UNITS 4 /* what taking a lock and looking something up costs */
#define KICK_UNITS 8 /* what an interrupt to another CPU costs */
#define ERROR(e) ((uint64_t)(int64_t)(e))
#define UNUSED_ARGS \
	((void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)run)

/* The policy call of this run; NULL: the run is of no policy. */
static struct policy_call *call_of(struct nimble_run *run)
{
	struct policy_call *call = nimble_run_host(run);

	if (!call || !call->policy ||
	    call->extension != nimble_owner(nimble_run_ext(run)))
		return NULL;
	return call;
}

/* The same, charged to the budget; NULL: refuse. */
static struct policy_call *begin(struct nimble_run *run, uint64_t units)
{
	return nimble_charge(run, units) ? call_of(run) : NULL;
}

/* The same for a helper that may search a queue, or queues. */
static struct policy_call *begin_in_queue(struct nimble_run *run)
{
	struct policy_call *call = call_of(run);
	uint64_t units = LOCK_UNITS;

	if (call)
		units += call->policy->waiting_count / 16 +
			 call->policy->dsq_count / 64;
	return nimble_charge(run, units) ? call : NULL;
}

static bool is_op(const struct policy_call *call, enum nimble_hook op)
{
	return call->op == (uint32_t)op;
}

/* Whether it may move tasks that wait. */
static bool may_move(const struct policy_call *call)
{
	return is_op(call, NIMBLE_HOOK_sched_dispatch) ||
	       is_op(call, NIMBLE_HOOK_timer);
}

/* ---- Queues --------------------------------------------------------------- */

/* Ids of a policy's own queues have neither of the two highest bits. */
static bool is_own(uint64_t id)
{
	return id < 1ULL << 62;
}

uint64_t nimble_host_sched_dsq_create(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	int error;

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	if (!is_own(a1))
		return ERROR(-EINVAL);
	spin_lock(&call->policy->lock);
	error = dsq_create(call->policy, a1);
	spin_unlock(&call->policy->lock);
	return ERROR(error);
}

uint64_t nimble_host_sched_dsq_destroy(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	int error;

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	spin_lock(&call->policy->lock);
	error = dsq_destroy(call->policy, a1);
	spin_unlock(&call->policy->lock);
	return ERROR(error);
}

/* The CPU whose run queue an id means, or NULL. */
static struct cpu *local_of(const struct policy_call *call, uint64_t id)
{
	if (id == NIMBLE_DSQ_LOCAL)
		return call->cpu;
	if ((id & ~0xffffffffULL) == NIMBLE_DSQ_LOCAL_ON &&
	    (uint32_t)id < cpu_count())
		return &cpus[(uint32_t)id];
	return NULL;
}

uint64_t nimble_host_sched_dsq_count(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	uint64_t count = ERROR(-ENOENT);
	struct cpu *cpu;
	struct dsq *q;

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	cpu = local_of(call, a1);
	if (cpu)
		return __atomic_load_n(&cpu->runnable_count, __ATOMIC_RELAXED);
	spin_lock(&call->policy->lock);
	q = dsq_find(call->policy, a1);
	if (q)
		count = q->count;
	spin_unlock(&call->policy->lock);
	return count;
}

static uint64_t view_address(struct policy *p, const struct list *n)
{
	const struct thread *t = list_entry(n, struct thread, policy.in_dsq);

	return (uint64_t)&p->view[t->policy.index];
}

/* Caller holds the lock. 0: none, or the one after which is not in the queue. */
static uint64_t next_in_queue(struct policy *p, uint64_t id, uint64_t after,
			      bool backwards)
{
	struct dsq *q = dsq_find(p, id);
	struct thread *t;
	struct list *n;

	if (!q)
		return 0;
	n = &q->threads;
	if (after) {
		t = policy_member_at(p, after);
		if (!t || t->policy.dsq != q)
			return 0;
		n = &t->policy.in_dsq;
	}
	n = backwards ? n->prev : n->next;
	return n == &q->threads ? 0 : view_address(p, n);
}

uint64_t nimble_host_sched_dsq_next(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	uint64_t next;

	UNUSED_ARGS;
	if (!call)
		return 0;
	spin_lock(&call->policy->lock);
	next = next_in_queue(call->policy, a1, a2, a3 & NIMBLE_NEXT_BACKWARDS);
	spin_unlock(&call->policy->lock);
	return next;
}

/* ---- Inserting -------------------------------------------------------------- */

static uint64_t view_of_subject(const struct policy_call *call)
{
	return call->subject ? (uint64_t)&call->policy
				       ->view[call->subject->policy.index]
			     : 0;
}

/* In select_cpu and enqueue the insertion is done after they have returned. */
static uint64_t say_where(struct policy_call *call, uint64_t task,
			  const struct policy_call *where)
{
	if (task != view_of_subject(call) || call->inserted) {
		policy_fail(
			call->policy, NIMBLE_EXIT_ERROR,
			call->inserted
				? "a task was inserted twice"
				: "only the task itself can be inserted in enqueue");
		return ERROR(-EINVAL);
	}
	call->inserted = true;
	call->by_vtime = where->by_vtime;
	call->dsq = where->dsq;
	call->slice = where->slice;
	call->vtime = where->vtime;
	call->flags = where->flags;
	return 0;
}

static uint64_t dispatch_one(struct policy_call *call, uint64_t task,
			     const struct policy_call *where, bool from_queue)
{
	struct policy *p = call->policy;

	if (!from_queue && call->count >= p->about.dispatch_max)
		return ERROR(-E2BIG);
	/* A task that is no longer there is no error, as on Linux. */
	if (!policy_dispatch(call, where, task, from_queue))
		return from_queue ? 0 : ERROR(-ENOENT);
	call->count++;
	call->last = from_queue ? 0 : task;
	return from_queue;
}

static uint64_t insert(struct nimble_run *run, uint64_t task,
		       struct policy_call *where)
{
	struct policy_call *call = begin_in_queue(run);

	if (!call)
		return ERROR(-EPERM);
	where->policy = call->policy;
	where->cpu = call->cpu;
	if (is_op(call, NIMBLE_HOOK_sched_select_cpu) ||
	    is_op(call, NIMBLE_HOOK_sched_enqueue))
		return say_where(call, task, where);
	if (!may_move(call))
		return ERROR(-EPERM);
	return dispatch_one(call, task, where, false);
}

uint64_t nimble_host_sched_dsq_insert(NIMBLE_HELPER_ARGS)
{
	struct policy_call where = {.dsq = a2, .slice = a3, .flags = a4};

	(void)a5;
	return insert(run, a1, &where);
}

uint64_t nimble_host_sched_dsq_insert_vtime(NIMBLE_HELPER_ARGS)
{
	struct policy_call where = {
		.by_vtime = true,
		.dsq = a2,
		.slice = a3,
		.vtime = a4,
		.flags = a5,
	};

	return insert(run, a1, &where);
}

uint64_t nimble_host_sched_dsq_move_to_local(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin_in_queue(run);
	int moved;

	UNUSED_ARGS;
	if (!call || !is_op(call, NIMBLE_HOOK_sched_dispatch))
		return ERROR(-EPERM);
	moved = policy_consume(call->policy, a1, call->cpu);
	if (moved < 0)
		policy_fail(call->policy, NIMBLE_EXIT_ERROR,
			    "queue %lx: there is no such queue", a1);
	else
		call->count += (uint32_t)moved;
	return ERROR(moved);
}

uint64_t nimble_host_sched_dsq_move(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin_in_queue(run);
	struct policy_call where = {
		.by_vtime = a5 & NIMBLE_MOVE_VTIME,
		.dsq = a2,
		.slice = a5 & NIMBLE_MOVE_SLICE ? a3 : 0,
		.vtime = a4,
		.flags = a5 & ~(NIMBLE_MOVE_VTIME | NIMBLE_MOVE_SLICE),
	};

	if (!call || !may_move(call))
		return ERROR(-EPERM);
	where.policy = call->policy;
	where.cpu = call->cpu;
	return dispatch_one(call, a1, &where, true);
}

uint64_t nimble_host_sched_slots_left(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, 1);
	uint32_t most;

	UNUSED_ARGS;
	if (!call || !is_op(call, NIMBLE_HOOK_sched_dispatch))
		return 0;
	most = call->policy->about.dispatch_max;
	return most > call->count ? most - call->count : 0;
}

uint64_t nimble_host_sched_dispatch_cancel(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	struct thread *t;

	UNUSED_ARGS;
	if (!call || !call->last)
		return 0;
	spin_lock(&call->policy->lock);
	t = policy_member_at(call->policy, call->last);
	if (t && t->policy.dsq) {
		dsq_remove(t);
		call->count--;
	}
	spin_unlock(&call->policy->lock);
	call->last = 0;
	return 0;
}

/* ---- CPUs --------------------------------------------------------------------- */

uint64_t nimble_host_sched_kick(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, KICK_UNITS);

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	if (a1 >= cpu_count())
		return ERROR(-EINVAL);
	policy_kick(call->policy, &cpus[a1], a2);
	return 0;
}

uint64_t nimble_host_sched_select_default(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	struct cpu *cpu;
	bool idle;

	UNUSED_ARGS;
	if (!call || !is_op(call, NIMBLE_HOOK_sched_select_cpu) ||
	    a1 != view_of_subject(call))
		return ERROR(-EPERM);
	cpu = policy_default_cpu(call->subject, &idle);
	return cpu->index | (uint64_t)idle << 32;
}

uint64_t nimble_host_sched_pick_idle(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	struct cpu *cpu;

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	cpu = claim_idle(a1);
	if (!cpu)
		return ERROR(-EBUSY);
	/* The CPU looks for work, and idles as before if there is none. */
	cpu_notify(cpu, CPU_WORK_RESCHED);
	return cpu->index;
}

uint64_t nimble_host_sched_test_idle(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	if (a1 >= cpu_count() || !claim_idle(1ULL << a1))
		return 0;
	cpu_notify(&cpus[a1], CPU_WORK_RESCHED);
	return 1;
}

uint64_t nimble_host_sched_idle_mask(NIMBLE_HELPER_ARGS)
{
	UNUSED_ARGS;
	return begin(run, 1) ? __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED)
			     : 0;
}

/* ---- Tasks --------------------------------------------------------------------- */

uint64_t nimble_host_sched_task_running(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	uint64_t running = 0;
	struct thread *t;

	UNUSED_ARGS;
	if (!call)
		return 0;
	spin_lock(&call->policy->lock);
	t = policy_member_at(call->policy, a1);
	if (t)
		running = t->policy.is_running;
	spin_unlock(&call->policy->lock);
	return running;
}

uint64_t nimble_host_sched_task_cpu(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	uint64_t cpu = ERROR(-ESRCH);
	struct thread *t;

	UNUSED_ARGS;
	if (!call)
		return ERROR(-EPERM);
	spin_lock(&call->policy->lock);
	t = policy_member_at(call->policy, a1);
	if (t)
		cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED)->index;
	spin_unlock(&call->policy->lock);
	return cpu;
}

uint64_t nimble_host_sched_task_on(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	uint64_t view = 0;
	struct cpu *cpu;

	UNUSED_ARGS;
	if (!call || a1 >= cpu_count())
		return 0;
	cpu = &cpus[a1];
	spin_lock(&cpu->lock);
	if (cpu->current->policy.policy == call->policy)
		view = (uint64_t)&call->policy->view[cpu->current->policy.index];
	spin_unlock(&cpu->lock);
	return view;
}

uint64_t nimble_host_sched_task_find(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = begin(run, LOCK_UNITS);
	struct policy *p;
	uint64_t view = 0;
	uint32_t i;

	UNUSED_ARGS;
	if (!call)
		return 0;
	p = call->policy;
	if (!nimble_charge(run, p->about.tasks / 16))
		return 0;
	spin_lock(&p->lock);
	for (i = 0; i < p->about.tasks && !view; i++)
		if (p->member[i] && p->member[i]->id == a1)
			view = (uint64_t)&p->view[i];
	spin_unlock(&p->lock);
	return view;
}

/* ---- Words ----------------------------------------------------------------------- */

static uint64_t end(struct nimble_run *run, uint32_t kind, uint64_t code,
		    const uint64_t text[4])
{
	struct policy_call *call = call_of(run);
	char message[NIMBLE_EXIT_MESSAGE_BYTES];

	if (!call)
		return ERROR(-EPERM);
	nimble_say(run, message, sizeof(message), text[0], text[1], text[2],
		   text[3]);
	if (policy_end(call->policy, kind, code, message))
		policy_failed(call->policy);
	return 0;
}

uint64_t nimble_host_sched_end(NIMBLE_HELPER_ARGS)
{
	const uint64_t text[] = {a2, a3, a4, a5};

	return end(run, NIMBLE_EXIT_UNREG_BPF, a1, text);
}

uint64_t nimble_host_sched_error(NIMBLE_HELPER_ARGS)
{
	const uint64_t text[] = {a1, a2, a3, a4};

	(void)a5;
	return end(run, NIMBLE_EXIT_ERROR_BPF, 0, text);
}

uint64_t nimble_host_sched_dump_text(NIMBLE_HELPER_ARGS)
{
	struct policy_call *call = call_of(run);
	struct policy *p;

	(void)a5;
	if (!call || !is_op(call, NIMBLE_HOOK_sched_dump))
		return ERROR(-EPERM);
	p = call->policy;
	nimble_say(run, p->dump + p->dump_bytes,
		   sizeof(p->dump) - p->dump_bytes, a1, a2, a3, a4);
	p->dump_bytes += (uint32_t)strlen(p->dump + p->dump_bytes);
	return 0;
}

uint64_t nimble_host_log_format(NIMBLE_HELPER_ARGS)
{
	char line[160];

	(void)a5;
	nimble_say(run, line, sizeof(line), a1, a2, a3, a4);
	log_line("extension %u: %s", nimble_id(nimble_run_ext(run)), line);
	return 0;
}
