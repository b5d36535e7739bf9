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
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "nimble/port.h"

struct hook_counts hook_counts;

/* A hook that is fired: its chain, and the count that the inline test reads. */
static struct hook {
	enum nimble_hook hook;
	struct nimble_chain chain;
	uint32_t *count;
} hooks[] = {
	{NIMBLE_HOOK_syscall_entry, {0}, &hook_counts.syscall_entry},
	{NIMBLE_HOOK_sched_pick_next, {0}, &hook_counts.sched_pick_next},
};
enum { HOOK_SYSCALL_ENTRY, HOOK_PICK_NEXT };

static struct nimble_slots *slots;

/* An extension was unwound and is still on its hooks. */
static uint32_t some_failed;

void hook_init(void)
{
	int error = nimble_init();

	code_pool_init();

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

/* A service is not fired by the kernel but called by other extensions. */
bool hook_is_fired(enum nimble_hook hook)
{
	return hook == NIMBLE_HOOK_service || find(hook);
}

static int attach_fired(struct extension *e, enum nimble_hook hook,
			int32_t order)
{
	struct hook *h = find(hook);
	int error;

	ASSERT(h); /* hook_is_fired() was asked */
	error = nimble_attach(&h->chain, slots, e->engine, h->hook, order);
	if (!error)
		__atomic_add_fetch(h->count, 1, __ATOMIC_RELAXED);
	return error;
}

int hook_attach(struct extension *e, uint32_t entry, int32_t order)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	int error = hook == NIMBLE_HOOK_service ? nimble_service_add(e->engine)
						: attach_fired(e, hook, order);

	if (error)
		return error;
	e->entry[entry].attached = true;
	e->entry[entry].order = order;
	return 0;
}

static int detach_fired(struct extension *e, enum nimble_hook hook)
{
	struct hook *h = find(hook);
	int error;

	ASSERT(h);
	error = nimble_detach(&h->chain, slots, e->engine);
	if (!error)
		__atomic_sub_fetch(h->count, 1, __ATOMIC_RELAXED);
	return error;
}

void hook_detach(struct extension *e, uint32_t entry)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	int error = hook == NIMBLE_HOOK_service
			    ? nimble_service_remove(slots, e->engine)
			    : detach_fired(e, hook);

	if (error)
		panic("extension %u cannot be detached: error %d", e->id,
		      -error);
	e->entry[entry].attached = false;
}

/* Any context, so only take note: it runs no more, and hook_poll() takes it off
 * its hooks. */
static void on_failed(struct nimble_ext *ext, void *host)
{
	struct nimble_fault f;

	(void)host;
	nimble_fault(ext, &f);
	log_line("extension %u, %s: stopped: %s at instruction %u, address %lx",
		 nimble_id(ext), nimble_name(ext), nimble_fault_name(f.kind),
		 f.insn, f.address);
	__atomic_store_n(&some_failed, 1, __ATOMIC_RELEASE);
	cpu_raise(this_cpu(), CPU_WORK_HOOKS);
}

static int detach_failed(struct extension *e, void *arg)
{
	uint32_t i;

	(void)arg;
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
	return !job || job == current_process()->job;
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
		.failed = on_failed,
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

static bool is_candidate(const struct pick *pick, const struct thread *t)
{
	return !pick->job || t->proc->job == pick->job;
}

struct thread *pick_candidate(const struct pick *pick, uint64_t i)
{
	struct list *n;

	list_for_each(n, &pick->cpu->runnable) {
		struct thread *t = list_entry(n, struct thread, queue);

		if (is_candidate(pick, t) && !i--)
			return t;
	}
	return NULL;
}

static bool concerns_pick(const struct nimble_ext *ext, void *host)
{
	const struct pick *pick = host;

	return job_of(ext) == pick->job;
}

static uint32_t count_candidates(const struct pick *pick)
{
	uint32_t count = 0;
	struct list *n;

	if (!pick->job)
		return pick->cpu->runnable_count;
	list_for_each(n, &pick->cpu->runnable)
		count +=
			is_candidate(pick, list_entry(n, struct thread, queue));
	return count;
}

/* Ask the policies of `job` (0: the administrator's); NULL: no opinion. */
static struct thread *ask_policies(struct cpu *cpu, uint64_t job)
{
	struct pick pick = {.cpu = cpu, .job = job};
	struct nimble_ctx_sched_pick_next ctx = {
		.cpu = cpu->index,
		.current = cpu->current->id,
		.now_ns = nimble_port_time_ns(),
	};
	struct nimble_event event = {
		.level = NIMBLE_LEVEL_ATOMIC,
		.ctx = &ctx,
		.ctx_bytes = sizeof(ctx),
		.budget = NIMBLE_BUDGET_ATOMIC,
		.host = &pick,
		.pass = NIMBLE_NO_OPINION,
		.concerns = concerns_pick,
		.failed = on_failed,
	};
	uint64_t choice;

	ctx.count = pick.count = count_candidates(&pick);
	choice = nimble_fire(&hooks[HOOK_PICK_NEXT].chain, slots, &event);
	return choice < pick.count ? pick_candidate(&pick, choice) : NULL;
}

/* The administrator's policies choose among all. An application's chooses among
 * the threads of its job, where the turn is its job's anyway. */
struct thread *hook_run_pick_next(struct cpu *cpu, struct thread *fallback)
{
	struct thread *t = ask_policies(cpu, 0);

	if (!t)
		t = ask_policies(cpu, fallback->proc->job);
	return t ? t : fallback;
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
