/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks that this kernel fires: core/hook.h on one side, chains of the engine
 * on the other. Firing takes no lock; changing a chain does (registry.c). */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/ring.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "nimble/port.h"

struct hook_counts hook_counts;

/* A hook that is fired: its chain, and the count that the inline test reads, if there is
 * one. */
static struct hook {
	enum nimble_hook hook;
	struct nimble_chain chain;
	uint32_t *count;
} hooks[] = {
	{NIMBLE_HOOK_syscall_entry, {0}, &hook_counts.syscall_entry},
	{NIMBLE_HOOK_task_switch, {0}, &hook_counts.task_switch},
	{NIMBLE_HOOK_timer, {0}, NULL},
};
enum { HOOK_SYSCALL_ENTRY, HOOK_TASK_SWITCH, HOOK_TIMER };

static struct nimble_slots *slots;

/* An extension was unwound and is still on its hooks. */
static uint32_t some_failed;

void hook_init(void)
{
	int error = nimble_init();

	slots = error ? NULL : nimble_slots_new();
	if (!slots)
		panic("no memory for extensions (error %d)", -error);
}

static struct hook *find(enum nimble_hook hook)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (hooks[i].hook == hook)
			return &hooks[i];
	return NULL;
}

/* A service is called by other extensions, a policy's operations by the scheduler. */
bool hook_is_fired(enum nimble_hook hook)
{
	return hook == NIMBLE_HOOK_service || NIMBLE_HOOK_IS_SCHED(hook) ||
	       find(hook);
}

/* The operations of a policy are one thing: the first one attaches them all. */
static int attach_operation(struct extension *e, struct nimble_ctl *ctl)
{
	return extension_schedules(e) ? 0 : extension_attach_policy(e, ctl);
}

static int attach_fired(struct extension *e, enum nimble_hook hook,
			int32_t order)
{
	struct hook *h = find(hook);
	int error;

	ASSERT(h); /* hook_is_fired() was asked */
	error = nimble_attach(&h->chain, slots, e->engine, h->hook, order);
	if (!error && h->count)
		__atomic_add_fetch(h->count, 1, __ATOMIC_RELAXED);
	return error;
}

int hook_attach(struct extension *e, uint32_t entry, struct nimble_ctl *ctl)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	int error = NIMBLE_HOOK_IS_SCHED(hook) ? attach_operation(e, ctl)
		    : hook == NIMBLE_HOOK_service
			    ? nimble_service_add(e->engine)
			    : attach_fired(e, hook, ctl->order);

	if (error)
		return error;
	e->entry[entry].attached = true;
	e->entry[entry].order = ctl->order;
	return 0;
}

static int detach_fired(struct extension *e, enum nimble_hook hook)
{
	struct hook *h = find(hook);
	int error;

	ASSERT(h);
	error = nimble_detach(&h->chain, slots, e->engine);
	if (!error && h->count)
		__atomic_sub_fetch(h->count, 1, __ATOMIC_RELAXED);
	return error;
}

void hook_detach(struct extension *e, uint32_t entry)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	int error = 0;

	if (NIMBLE_HOOK_IS_SCHED(hook)) {
		if (extension_schedules(e))
			extension_detach_policy(e);
	} else if (hook == NIMBLE_HOOK_service) {
		error = nimble_service_remove(slots, e->engine);
	} else {
		error = detach_fired(e, hook);
	}
	if (error)
		panic("extension %u cannot be detached: error %d", e->id,
		      -error);
	e->entry[entry].attached = false;
}

void hook_wants_poll(void)
{
	__atomic_store_n(&some_failed, 1, __ATOMIC_RELEASE);
	cpu_raise(this_cpu(), CPU_WORK_HOOKS);
}

/* Any context, so only take note: it runs no more, and hook_poll() takes it off
 * its hooks. */
void extension_failed(struct nimble_ext *ext, void *host)
{
	struct nimble_fault f;

	(void)host;
	nimble_fault(ext, &f);
	log_line("extension %u, %s: stopped: %s at instruction %u, address %lx",
		 nimble_id(ext), nimble_name(ext), nimble_fault_name(f.kind),
		 f.insn, f.address);
	hook_wants_poll();
}

static int detach_failed(struct extension *e, void *arg)
{
	uint32_t i;

	(void)arg;
	if (extension_schedules(e) && e->policy->off)
		extension_detach_policy(e);
	if (!nimble_failed(e->engine) || e->reported)
		return 0;
	e->reported = true;
	for (i = 0; i < nimble_entries(e->engine); i++)
		if (e->entry[i].attached)
			hook_detach(e, i);
	extension_event(e, NIMBLE_EVENT_FAULT);
	return 0;
}

static uint64_t job_of(const struct nimble_ext *ext)
{
	const struct extension *e = nimble_owner(ext);

	return e->owner.job;
}

static bool concerns_current(const struct nimble_ext *ext, void *host)
{
	uint64_t job = job_of(ext);

	(void)host;
	return !job || job == current_process()->job->id;
}

static void regs_to_ctx(const struct regs *regs,
			struct nimble_ctx_syscall_entry *ctx)
{
	*ctx = (struct nimble_ctx_syscall_entry){
		.task = current_thread()->id,
		.nr = regs->error,
		.args = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8,
			 regs->r9},
	};
}

static void ctx_to_regs(const struct nimble_ctx_syscall_entry *ctx,
			struct regs *regs)
{
	regs->error = ctx->nr;
	regs->rdi = ctx->args[0];
	regs->rsi = ctx->args[1];
	regs->rdx = ctx->args[2];
	regs->r10 = ctx->args[3];
	regs->r8 = ctx->args[4];
	regs->r9 = ctx->args[5];
}

enum hook_verdict hook_run_syscall_entry(struct regs *regs)
{
	struct nimble_ctx_syscall_entry ctx;
	struct nimble_event event = {
		.level = NIMBLE_LEVEL_TASK,
		.ctx = &ctx,
		.ctx_bytes = sizeof(ctx),
		.budget = NIMBLE_BUDGET_TASK,
		.pass = NIMBLE_CONTINUE,
		.concerns = concerns_current,
		.failed = extension_failed,
	};
	uint64_t verdict;

	regs_to_ctx(regs, &ctx);
	verdict = nimble_fire(&hooks[HOOK_SYSCALL_ENTRY].chain, slots, &event);
	switch (verdict) {
	case NIMBLE_ANSWER:
		regs->rax = ctx.ret;
		return HOOK_ANSWERED;
	case NIMBLE_DENY:
		regs->rax = (uint64_t)-EPERM;
		return HOOK_ANSWERED;
	default:
		/* NIMBLE_DELEGATE as well: which calls go to Linux is the
		 * table's to say, as no LOCAL one may run raw in the proxy. */
		ctx_to_regs(&ctx, regs);
		return HOOK_CONTINUE;
	}
}

void hook_run_task_switch(struct thread *previous, struct thread *next)
{
	struct cpu *cpu = this_cpu();
	struct nimble_ctx_task_switch ctx = {
		.previous = previous->proc ? previous->id : 0,
		.next = next->proc ? next->id : 0,
		.now_ns = nimble_port_time_ns(),
		.cpu = cpu->index,
		.runnable = cpu->runnable_count,
	};
	struct nimble_event event = {
		.level = NIMBLE_LEVEL_ATOMIC,
		.ctx = &ctx,
		.ctx_bytes = sizeof(ctx),
		.budget = NIMBLE_BUDGET_ATOMIC,
		.pass = 0,
		.all = true,
		.failed = extension_failed,
	};

	nimble_fire(&hooks[HOOK_TASK_SWITCH].chain, slots, &event);
}

static bool is_the_one(const struct nimble_ext *ext, void *host)
{
	const struct policy_call *call = host;

	return nimble_owner(ext) == call->extension;
}

void hook_run_timer(struct extension *e, uint64_t number)
{
	uint64_t flags = arch_irq_save();
	struct nimble_ctx_timer ctx = {number, nimble_port_time_ns()};
	struct policy_call call = {
		.policy = policy_enter_at(&e->policy),
		.extension = e,
		.op = NIMBLE_HOOK_timer,
		.cpu = this_cpu(),
	};
	struct nimble_event event = {
		.level = NIMBLE_LEVEL_ATOMIC,
		.ctx = &ctx,
		.ctx_bytes = sizeof(ctx),
		.budget = NIMBLE_BUDGET_ATOMIC,
		.host = &call,
		.concerns = is_the_one,
		.failed = extension_failed,
	};

	nimble_fire(&hooks[HOOK_TIMER].chain, slots, &event);
	if (call.policy)
		policy_leave();
	arch_irq_restore(flags);
}

bool hook_kernel_trap(struct regs *regs, uint64_t address)
{
	struct nimble_trap_regs r = {
		.rax = regs->rax,
		.rbx = regs->rbx,
		.rcx = regs->rcx,
		.rdx = regs->rdx,
		.rsi = regs->rsi,
		.rdi = regs->rdi,
		.rbp = regs->rbp,
		.rsp = regs->rsp,
		.r8 = regs->r8,
		.r9 = regs->r9,
		.r10 = regs->r10,
		.r11 = regs->r11,
		.r12 = regs->r12,
		.r13 = regs->r13,
		.r14 = regs->r14,
		.r15 = regs->r15,
		.rip = regs->rip,
	};

	if (!nimble_trap(&r, address))
		return false;
	regs->rip = r.rip;
	regs->rsp = r.rsp;
	return true;
}

void hook_poll(void)
{
	static const struct nimble_caller administrator;

	if (__atomic_exchange_n(&some_failed, 0, __ATOMIC_ACQ_REL))
		extension_for_each(&administrator, detach_failed, NULL);
}

void hook_process_gone(struct process *proc)
{
	extension_remove_owned(proc->handle);
}
