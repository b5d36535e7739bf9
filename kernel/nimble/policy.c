/* SPDX-License-Identifier: GPL-2.0 */
/* Scheduling policies: an extension on one side, proc/policy.h on the other. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"

#define FIRST NIMBLE_HOOK_sched_select_cpu

bool extension_is_policy(const struct extension *e)
{
	return nimble_sched(e->engine) != NULL;
}

bool extension_schedules(const struct extension *e)
{
	return e->policy != NULL;
}

/* ---- Operations ----------------------------------------------------------- */

/* How it ended, for the record: what the engine has of the fault. */
static void say_fault(struct policy *p, enum nimble_hook op, int error)
{
	const struct extension *e = p->extension;
	const char *name = nimble_hook_info(op)->name;
	struct nimble_fault f = {0};

	/* Of two CPUs that fault at once, one writes the record. */
	while (error == -EFAULT && !nimble_failed(e->engine))
		arch_pause();
	nimble_fault(e->engine, &f);
	/* This operation may only have met with what another has done. */
	if (f.kind != NIMBLE_FAULT_NONE)
		name = nimble_hook_info(nimble_entry_hook(e->engine, f.entry))
			       ->name;
	if (error == -EBUSY)
		policy_fail(p, NIMBLE_EXIT_ERROR, "%s: it is busy", name);
	else if (f.line)
		policy_fail(p, NIMBLE_EXIT_ERROR, "%s: %s, address %lx, %s:%u",
			    name, nimble_fault_name(f.kind), f.address, f.file,
			    f.line);
	else
		policy_fail(p, NIMBLE_EXIT_ERROR,
			    "%s: %s, address %lx, instruction %u", name,
			    nimble_fault_name(f.kind), f.address, f.insn);
}

bool policy_operate(struct policy_call *call, uint64_t *args, uint64_t *result)
{
	struct extension *e = call->policy->extension;
	enum nimble_hook op = (enum nimble_hook)call->op;
	struct nimble_call run = {
		.ext = e->engine,
		.entry = e->operation[op - FIRST],
		.level = NIMBLE_LEVEL_ATOMIC,
		.ctx = args,
		.ctx_bytes = e->operation_bytes[op - FIRST],
		.budget = NIMBLE_BUDGET_ATOMIC,
		.host = call,
		.failed = extension_failed,
	};
	int error;

	call->extension = e;
	error = hook_run_alone(&run);
	*result = run.result;
	if (!error)
		return true;
	say_fault(call->policy, op, error);
	return false;
}

void policy_failed(struct policy *p)
{
	(void)p;
	hook_wants_poll();
}

/* ---- Attaching -------------------------------------------------------------- */

static void find_operations(struct extension *e, struct policy *p)
{
	uint32_t i;

	for (i = 0; i < nimble_entries(e->engine); i++) {
		enum nimble_hook hook = nimble_entry_hook(e->engine, i);

		if (!NIMBLE_HOOK_IS_SCHED(hook))
			continue;
		p->operations |= 1ULL << (hook - FIRST);
		e->operation[hook - FIRST] = i;
		e->operation_bytes[hook - FIRST] =
			nimble_hook_info(hook)->ctx_bytes;
	}
}

static struct policy *new_policy(struct extension *e)
{
	struct policy *p = kzalloc(sizeof(*p));
	struct nimble_sched *sched = nimble_sched(e->engine);

	if (!p)
		return NULL;
	p->extension = e;
	p->about = *nimble_policy(e->engine);
	p->view = sched->task;
	p->record = &sched->record;
	/* The policy's view of a task is written when the task joins. */
	memset(sched, 0, sizeof(*sched));
	find_operations(e, p);
	if (policy_prepare(p)) {
		kfree(p);
		return NULL;
	}
	return p;
}

static void free_policy(struct policy *p)
{
	if (p->job)
		job_put(p->job);
	policy_unprepare(p);
	kfree(p);
}

/* 0, or the -errno that it returned. */
static int run_init(struct policy *p)
{
	uint64_t flags = arch_irq_save();
	struct policy_call call = {
		.policy = p,
		.op = NIMBLE_HOOK_sched_init,
		.cpu = this_cpu(),
	};
	uint64_t args[] = {cpu_count()}, result = 0;
	bool ok = true;

	if (policy_has(p, NIMBLE_HOOK_sched_init))
		ok = policy_operate(&call, args, &result);
	arch_irq_restore(flags);
	if (!ok)
		return -EFAULT;
	return !result ? 0
	       : (int64_t)result < 0 && (int64_t)result > -4096
		       ? (int)(int64_t)result
		       : -EINVAL;
}

/* The extension of the policy that is in the way, or NULL. The lock keeps
 * it. */
static struct policy *present(struct job *job)
{
	return job ? job->policy : policy_for_all();
}

static int refuse(struct extension *e, struct policy *p, struct nimble_ctl *ctl,
		  int error, const char *sentence)
{
	policy_fill_record(p, e->exit);
	if (p->exit_message[0])
		format(ctl->message, sizeof(ctl->message), "%s",
		       p->exit_message);
	else
		format(ctl->message, sizeof(ctl->message), "%s", sentence);
	free_policy(p);
	return error;
}

/* Its job, with a reference; NULL: all jobs. false: the job has gone. */
static bool find_job(const struct extension *e, struct job **job)
{
	*job = e->owner.job ? job_find(e->owner.job) : NULL;
	return *job || !e->owner.job;
}

int extension_attach_policy(struct extension *e, struct nimble_ctl *ctl)
{
	struct policy *p, *old;
	struct extension *before;
	int error;

	if (!e->exit)
		e->exit = kzalloc(sizeof(*e->exit));
	p = e->exit ? new_policy(e) : NULL;
	if (!p)
		return -ENOMEM;
	if (!find_job(e, &p->job))
		return refuse(e, p, ctl, -ESRCH, "its job has ended");
	old = present(p->job);
	if (old && !(ctl->flags & NIMBLE_REPLACE))
		return refuse(
			e, p, ctl, -EBUSY,
			"another policy schedules; detach it, or replace it");
	error = run_init(p);
	if (error)
		return refuse(e, p, ctl, error, "its operation init refused");
	__atomic_store_n(&e->policy, p, __ATOMIC_RELEASE);
	error = policy_start(p, old);
	if (error) {
		__atomic_store_n(&e->policy, NULL, __ATOMIC_SEQ_CST);
		policy_wait(p); /* that hook timer let in */
		return refuse(e, p, ctl, error, "too many policies");
	}
	memset(e->exit, 0, sizeof(*e->exit));
	if (old) {
		before = old->extension;
		extension_policy_stopped(before);
	}
	return 0;
}

void extension_policy_stopped(struct extension *e)
{
	struct policy *p = e->policy;
	uint32_t i;

	__atomic_store_n(&e->policy, NULL, __ATOMIC_SEQ_CST);
	policy_wait(p); /* that hook timer let in */
	policy_fill_record(p, e->exit);
	if (p->exit_kind != NIMBLE_EXIT_UNREG)
		extension_log(&e->owner,
			      "extension %u, %s: its policy has ended: %s: %s",
			      e->id, e->name, policy_exit_reason(p->exit_kind),
			      p->exit_message);
	free_policy(p);
	/* Its other hooks serve the policy, so they go with it. */
	for (i = 0; i < nimble_entries(e->engine); i++)
		if (NIMBLE_HOOK_IS_SCHED(nimble_entry_hook(e->engine, i)))
			e->entry[i].attached = false;
		else if (e->entry[i].attached)
			hook_detach(e, i);
	extension_event(e, NIMBLE_EVENT_POLICY_ENDED);
}

void extension_detach_policy(struct extension *e)
{
	policy_stop(e->policy);
	extension_policy_stopped(e);
}
