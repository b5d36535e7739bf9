/* SPDX-License-Identifier: GPL-2.0 */
/* The context of each hook, and the meaning of its result. nimble/abi/hooks.def has
 * the contexts, docs/hooks.md the description. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/regs.h"
#include "kernel/core/hook.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/nimble_call.h"

/* ---- System calls ------------------------------------------------------------ */

static void get_call(const struct regs *regs, struct hook_call *call)
{
	int i;

	call->nr = regs_call(regs);
	for (i = 0; i < 6; i++)
		call->arg[i] = regs_argument(regs, i);
}

static enum hook_verdict change_call(struct regs *regs,
				     const struct hook_call *original,
				     const struct nimble_ctx_syscall_entry *ctx)
{
	bool same = ctx->nr == original->nr &&
		    !memcmp(ctx->args, original->arg, sizeof(original->arg));

	if (same || !syscall_is_plain(original->nr) ||
	    !syscall_is_plain(ctx->nr))
		return HOOK_CONTINUE;
	regs_set_call(regs, ctx->nr, ctx->args);
	return HOOK_CHANGED;
}

/* An errno that the extension has chosen, or EPERM. */
static int64_t denied(int64_t ret)
{
	return ret < 0 && ret >= -4095 ? ret : -EPERM;
}

enum hook_verdict hook_run_syscall_entry(struct regs *regs,
					 struct hook_call *original)
{
	struct nimble_ctx_syscall_entry ctx = {.task = current_thread()->id};

	get_call(regs, original);
	ctx.nr = original->nr;
	memcpy(ctx.args, original->arg, sizeof(ctx.args));
	switch (hook_fire_syscall_entry(&ctx)) {
	case NIMBLE_ANSWER:
		regs_set_result(regs, (int64_t)ctx.ret);
		return HOOK_ANSWERED;
	case NIMBLE_DENY:
		regs_set_result(regs, denied((int64_t)ctx.ret));
		return HOOK_ANSWERED;
	case NIMBLE_DELEGATE:
		if (syscall_may_delegate(original->nr))
			return HOOK_DELEGATE;
		break;
	}
	return change_call(regs, original, &ctx);
}

void hook_run_syscall_exit(struct regs *regs)
{
	struct nimble_ctx_syscall_exit ctx = {
		.task = current_thread()->id,
		.nr = regs_call(regs),
		.ret = (uint64_t)regs_result(regs),
	};

	hook_fire_syscall_exit(&ctx);
	regs_set_result(regs, (int64_t)ctx.ret);
}

/* ---- Faults -------------------------------------------------------------------- */

bool hook_run_page_fault(uint64_t address, uint64_t ip, uint64_t access,
			 uint64_t *bytes)
{
	struct nimble_ctx_page_fault ctx = {
		.task = current_thread()->id,
		.address = address,
		.ip = ip,
		.access = access,
	};
	bool denied = hook_fire_page_fault(&ctx) == NIMBLE_DENY;

	*bytes = ctx.bytes;
	return !denied;
}

bool hook_run_exception(uint64_t ip, uint32_t vector, uint32_t error)
{
	struct nimble_ctx_exception ctx = {
		.task = current_thread()->id,
		.ip = ip,
		.vector = vector,
		.error = error,
	};

	return hook_fire_exception(&ctx) != NIMBLE_ANSWER;
}

/* ---- Threads and interrupts -------------------------------------------------------- */

static uint64_t id_of(const struct thread *t)
{
	return t->proc ? t->id : 0;
}

void hook_run_task_switch(struct thread *previous, struct thread *next)
{
	const struct cpu *cpu = this_cpu();
	struct nimble_ctx_task_switch ctx = {
		.previous = id_of(previous),
		.next = id_of(next),
		.now_ns = nimble_port_time_ns(),
		.cpu = cpu->index,
		.runnable = cpu->runnable_count,
	};

	hook_fire_task_switch(&ctx);
}

/* task_create, task_exec and task_exit have contexts of one shape. */
_Static_assert(sizeof(struct nimble_ctx_task_create) == 16 &&
		       sizeof(struct nimble_ctx_task_exec) == 16 &&
		       sizeof(struct nimble_ctx_task_exit) == 16,
	       "a task, and a value");

void hook_run_task_event(enum nimble_hook hook, uint64_t task, uint64_t value)
{
	uint64_t flags = arch_irq_save();
	struct nimble_ctx_task_create ctx = {task, value};

	hook_fire(&(const struct hook_fire){.hook = hook, .ctx = &ctx});
	arch_irq_restore(flags);
}

/* ---- Timers --------------------------------------------------------------------------- */

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
	const struct hook_fire fire = {
		.hook = NIMBLE_HOOK_timer,
		.ctx = &ctx,
		.concerns = is_the_one,
		.call = &call,
	};

	hook_fire(&fire);
	if (call.policy)
		policy_leave();
	arch_irq_restore(flags);
}
