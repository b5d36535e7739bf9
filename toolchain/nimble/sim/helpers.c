/* SPDX-License-Identifier: MIT */
/* Helpers of scheduling policies in user space: by the simulated machine. */
/*
 * They answer as kernel/nimble/sched_helpers.c and timers.c do. Outside of a simulation
 * they answer -EPERM, or 0.
 */
#include <string.h>

#include "toolchain/nimble/sim/sim_priv.h"

#define LOCK_UNITS 4
#define KICK_UNITS 8
#define ESRCH_ 3
#define TIMERS_MOST 16
#define TIMER_NS_LEAST 10000
#define TIMER_NS_MOST (1ull << 62)
#define ERROR(e) ((uint64_t)(int64_t)(e))
#define HOST_HELPER(name) uint64_t nimble_host_##name(NIMBLE_HELPER_ARGS)
#define UNUSED ((void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)run)

/* The policy call of this run; NULL: the run is of no policy. */
static struct sim_call *call_of(struct nimble_run *run)
{
	const struct nimble_user_host *host = nimble_run_host(run);

	return sim && host && nimble_run_ext(run) == sim->policy.ext ? host->sim
								     : NULL;
}

/* The same, charged to the budget. */
static struct sim_call *begin(struct nimble_run *run, uint64_t units)
{
	return nimble_charge(run, units) ? call_of(run) : NULL;
}

static bool may_move(const struct sim_call *call)
{
	return call->op == NIMBLE_HOOK_sched_dispatch ||
	       call->op == NIMBLE_HOOK_timer;
}

/* ---- Queues -------------------------------------------------------------------- */

HOST_HELPER(sched_dsq_create)
{
	UNUSED;
	if (!begin(run, LOCK_UNITS))
		return ERROR(-EPERM);
	return a1 < 1ull << 62 ? ERROR(sim_dsq_create(a1)) : ERROR(-EINVAL);
}

HOST_HELPER(sched_dsq_destroy)
{
	UNUSED;
	return begin(run, LOCK_UNITS) ? ERROR(sim_dsq_destroy(a1))
				      : ERROR(-EPERM);
}

HOST_HELPER(sched_dsq_count)
{
	struct sim_call *call = begin(run, LOCK_UNITS);
	struct sim_dsq *q;

	UNUSED;
	if (!call)
		return ERROR(-EPERM);
	if (a1 == NIMBLE_DSQ_LOCAL)
		return call->cpu->count;
	if ((a1 & ~0xffffffffull) == NIMBLE_DSQ_LOCAL_ON &&
	    (uint32_t)a1 < sim->load->cpus)
		return sim->cpu[(uint32_t)a1].count;
	q = sim_dsq_find(a1);
	return q ? q->count : ERROR(-ENOENT);
}

HOST_HELPER(sched_dsq_next)
{
	bool there = begin(run, LOCK_UNITS);
	struct sim_dsq *q = there ? sim_dsq_find(a1) : NULL;
	struct sim_thread *t;
	struct sim_list *n;

	UNUSED;
	if (!q)
		return 0;
	n = &q->threads;
	if (a2) {
		t = sim_member_at(a2);
		if (!t || t->dsq != q)
			return 0;
		n = &t->in_dsq;
	}
	n = a3 & NIMBLE_NEXT_BACKWARDS ? n->prev : n->next;
	return n == &q->threads
		       ? 0
		       : sim_view(sim_entry(n, struct sim_thread, in_dsq));
}

/* ---- Inserting -------------------------------------------------------------------- */

static uint64_t say_where(struct sim_call *call, uint64_t task,
			  const struct sim_call *where)
{
	if (task != sim_view(call->subject) || call->inserted) {
		sim_policy_fail("%s", call->inserted
					      ? "a task was inserted twice"
					      : "only the task itself can be "
						"inserted in enqueue");
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

static uint64_t dispatch_one(struct sim_call *call, uint64_t task,
			     struct sim_call *where, bool from_queue)
{
	where->cpu = call->cpu;
	if (!from_queue && call->count >= sim->policy.about.dispatch_max)
		return ERROR(-E2BIG);
	if (!sim_dispatch(where, task, from_queue))
		return from_queue ? 0 : ERROR(-ENOENT);
	call->count++;
	call->last = from_queue ? NULL : sim_member_at(task);
	return from_queue;
}

static uint64_t insert(struct nimble_run *run, uint64_t task,
		       struct sim_call *where)
{
	struct sim_call *call = begin(run, LOCK_UNITS);

	if (!call)
		return ERROR(-EPERM);
	if (call->op == NIMBLE_HOOK_sched_select_cpu ||
	    call->op == NIMBLE_HOOK_sched_enqueue)
		return say_where(call, task, where);
	return may_move(call) ? dispatch_one(call, task, where, false)
			      : ERROR(-EPERM);
}

HOST_HELPER(sched_dsq_insert)
{
	struct sim_call where = {.dsq = a2, .slice = a3, .flags = a4};

	(void)a5;
	return insert(run, a1, &where);
}

HOST_HELPER(sched_dsq_insert_vtime)
{
	struct sim_call where = {.by_vtime = true,
				 .dsq = a2,
				 .slice = a3,
				 .vtime = a4,
				 .flags = a5};

	return insert(run, a1, &where);
}

HOST_HELPER(sched_dsq_move_to_local)
{
	struct sim_call *call = begin(run, LOCK_UNITS);
	struct sim_dsq *q;

	UNUSED;
	if (!call || call->op != NIMBLE_HOOK_sched_dispatch)
		return ERROR(-EPERM);
	q = sim_dsq_find(a1);
	if (!q) {
		sim_policy_fail("queue %llx: there is no such queue",
				(unsigned long long)a1);
		return ERROR(-ENOENT);
	}
	if (!sim_consume(q, call->cpu))
		return 0;
	call->count++;
	return 1;
}

HOST_HELPER(sched_dsq_move)
{
	struct sim_call *call = begin(run, LOCK_UNITS);
	struct sim_call where = {
		.by_vtime = a5 & NIMBLE_MOVE_VTIME,
		.dsq = a2,
		.slice = a5 & NIMBLE_MOVE_SLICE ? a3 : 0,
		.vtime = a4,
		.flags = a5 & ~(NIMBLE_MOVE_VTIME | NIMBLE_MOVE_SLICE),
	};

	return call && may_move(call) ? dispatch_one(call, a1, &where, true)
				      : ERROR(-EPERM);
}

HOST_HELPER(sched_slots_left)
{
	struct sim_call *call = begin(run, 1);
	uint32_t most = call ? sim->policy.about.dispatch_max : 0;

	UNUSED;
	if (!call || call->op != NIMBLE_HOOK_sched_dispatch)
		return 0;
	return most > call->count ? most - call->count : 0;
}

HOST_HELPER(sched_dispatch_cancel)
{
	struct sim_call *call = begin(run, LOCK_UNITS);

	UNUSED;
	if (!call || !call->last)
		return 0;
	if (call->last->dsq) {
		sim_dsq_remove(call->last);
		call->count--;
	}
	call->last = NULL;
	return 0;
}

/* ---- CPUs --------------------------------------------------------------------------- */

HOST_HELPER(sched_kick)
{
	UNUSED;
	if (!begin(run, KICK_UNITS))
		return ERROR(-EPERM);
	if (a1 >= sim->load->cpus)
		return ERROR(-EINVAL);
	sim_kick(&sim->cpu[a1], a2);
	return 0;
}

HOST_HELPER(sched_select_default)
{
	struct sim_call *call = begin(run, LOCK_UNITS);
	struct sim_cpu *cpu;
	bool idle;

	UNUSED;
	if (!call || call->op != NIMBLE_HOOK_sched_select_cpu ||
	    a1 != sim_view(call->subject))
		return ERROR(-EPERM);
	cpu = sim_default_cpu(call->subject, &idle);
	return cpu->index | (uint64_t)idle << 32;
}

HOST_HELPER(sched_pick_idle)
{
	struct sim_cpu *cpu;

	UNUSED;
	if (!begin(run, LOCK_UNITS))
		return ERROR(-EPERM);
	cpu = sim_claim_idle(a1);
	return cpu ? cpu->index : ERROR(-EBUSY);
}

HOST_HELPER(sched_test_idle)
{
	UNUSED;
	if (!begin(run, LOCK_UNITS))
		return ERROR(-EPERM);
	return a1 < sim->load->cpus && sim_claim_idle(1ull << a1);
}

HOST_HELPER(sched_idle_mask)
{
	UNUSED;
	return begin(run, 1) ? sim->idle : 0;
}

/* ---- Tasks --------------------------------------------------------------------------- */

HOST_HELPER(sched_task_running)
{
	const struct sim_thread *t =
		begin(run, LOCK_UNITS) ? sim_member_at(a1) : NULL;

	UNUSED;
	return t && t->is_running;
}

HOST_HELPER(sched_task_cpu)
{
	const struct sim_thread *t;

	UNUSED;
	if (!begin(run, LOCK_UNITS))
		return ERROR(-EPERM);
	t = sim_member_at(a1);
	return t ? t->cpu->index : ERROR(-ESRCH_);
}

HOST_HELPER(sched_task_on)
{
	const struct sim_thread *t;

	UNUSED;
	if (!begin(run, LOCK_UNITS) || a1 >= sim->load->cpus)
		return 0;
	t = sim->cpu[a1].current;
	return t && t->joined ? sim_view(t) : 0;
}

HOST_HELPER(sched_task_find)
{
	const struct sim_thread *t;

	UNUSED;
	if (!begin(run, LOCK_UNITS) ||
	    !nimble_charge(run, sim->policy.about.tasks / 64))
		return 0;
	t = a1 && a1 <= sim->load->tasks ? &sim->thread[a1 - 1] : NULL;
	return t && t->joined ? sim_view(t) : 0;
}

/* ---- Words ------------------------------------------------------------------------------ */

static uint64_t end_with(struct nimble_run *run, uint32_t kind, uint64_t code,
			 const uint64_t text[4])
{
	char message[NIMBLE_EXIT_MESSAGE_BYTES];

	if (!call_of(run))
		return ERROR(-EPERM);
	nimble_say(run, message, sizeof(message), text[0], text[1], text[2],
		   text[3]);
	sim_policy_end(kind, code, message);
	return 0;
}

HOST_HELPER(sched_end)
{
	const uint64_t text[] = {a2, a3, a4, a5};

	return end_with(run, NIMBLE_EXIT_UNREG_BPF, a1, text);
}

HOST_HELPER(sched_error)
{
	const uint64_t text[] = {a1, a2, a3, a4};

	(void)a5;
	return end_with(run, NIMBLE_EXIT_ERROR_BPF, 0, text);
}

HOST_HELPER(sched_dump_text)
{
	struct sim_call *call = call_of(run);
	struct sim_policy *p;

	(void)a5;
	if (!call || call->op != NIMBLE_HOOK_sched_dump)
		return ERROR(-EPERM);
	p = &sim->policy;
	nimble_say(run, p->dump + p->dump_bytes,
		   sizeof(p->dump) - p->dump_bytes, a1, a2, a3, a4);
	p->dump_bytes += (uint32_t)strlen(p->dump + p->dump_bytes);
	return 0;
}

/* ---- Timers ------------------------------------------------------------------------------- */

static uint32_t timers(void)
{
	uint32_t i, count = 0;

	for (i = 0; i < sim->events; i++)
		count += sim->event[i].kind == SIM_EVENT_TIMER;
	return count;
}

HOST_HELPER(timer_arm)
{
	struct sim_call *call = begin(run, 8);
	struct sim_event *event;
	uint64_t ns = a2;

	UNUSED;
	if (!call)
		return ERROR(-EPERM);
	if (sim->policy.entry[NIMBLE_HOOK_timer] < 0)
		return ERROR(-ENOSYS);
	if (a3 & NIMBLE_TIMER_ABSOLUTE)
		ns = ns < sim->now_ns ? 0 : ns - sim->now_ns;
	ns = ns < TIMER_NS_LEAST  ? TIMER_NS_LEAST
	     : ns > TIMER_NS_MOST ? TIMER_NS_MOST
				  : ns;
	event = sim_find_timer(a1);
	if (event)
		sim_remove_event(event);
	else if (timers() == TIMERS_MOST)
		return ERROR(-ENOSPC);
	sim_add_event(sim->now_ns + ns, SIM_EVENT_TIMER, call->cpu->index, NULL,
		      a1);
	return 0;
}

HOST_HELPER(timer_cancel)
{
	struct sim_event *event = begin(run, 8) ? sim_find_timer(a1) : NULL;

	UNUSED;
	if (event)
		sim_remove_event(event);
	return event != NULL;
}
