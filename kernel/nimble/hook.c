/* SPDX-License-Identifier: GPL-2.0 */
/* Hooks: core/hook.h on one side, chains of the engine on the other. Firing takes no
 * lock; changing a chain takes that of changes (registry.c). events.c has the contexts
 * of the hooks. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/ring.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/time/timer.h"

uint32_t hook_counts[NIMBLE_HOOKS] __attribute__((aligned(8)));

static struct nimble_chain chains[NIMBLE_HOOKS];
static struct nimble_slots *slots;

/* Places of a chain that are kept for the administrator. */
#define PLACES_KEPT 4

/* hook_poll() has something to do. */
static uint32_t wants_poll;

void hook_init(void)
{
	int error = nimble_init();

	code_pool_init();
	extension_calls_init();
	messages_init();

	slots = error ? NULL : nimble_slots_new();
	if (!slots)
		panic("no memory for extensions (error %d)", -error);
}

/* ---- Attaching ------------------------------------------------------------- */

/* The kernel does not fire services and direct calls; the scheduler fires a policy's
 * operations. */
static bool has_chain(enum nimble_hook hook)
{
	return hook != NIMBLE_HOOK_service && hook != NIMBLE_HOOK_call &&
	       !NIMBLE_HOOK_IS_SCHED(hook);
}

static int attach_to_chain(struct extension *e, enum nimble_hook hook,
			   struct nimble_ctl *ctl)
{
	int error;

	if (!e->owner.admin &&
	    hook_counts[hook] >= NIMBLE_CHAIN_MAX - PLACES_KEPT)
		return -ENOSPC;
	error = nimble_attach(&chains[hook], slots, e->engine, hook,
			      ctl->order);
	if (!error)
		__atomic_add_fetch(&hook_counts[hook], 1, __ATOMIC_RELAXED);
	return error;
}

/* The operations of a policy are one thing: the first one attaches them all. */
static int attach_operation(struct extension *e, struct nimble_ctl *ctl)
{
	return extension_schedules(e) ? 0 : extension_attach_policy(e, ctl);
}

int hook_attach(struct extension *e, uint32_t entry, struct nimble_ctl *ctl)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	int error = 0;

	if (NIMBLE_HOOK_IS_SCHED(hook))
		error = attach_operation(e, ctl);
	else if (hook == NIMBLE_HOOK_service)
		error = nimble_service_add(e->engine);
	else if (has_chain(hook))
		error = attach_to_chain(e, hook, ctl);
	if (error)
		return error;
	e->entry[entry].attached = true;
	e->entry[entry].order = ctl->order;
	return 0;
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
	} else if (has_chain(hook)) {
		__atomic_sub_fetch(&hook_counts[hook], 1, __ATOMIC_RELAXED);
		error = nimble_detach(&chains[hook], slots, e->engine);
	}
	if (error)
		panic("extension %u cannot be detached: error %d", e->id,
		      -error);
	e->entry[entry].attached = false;
	if (hook == NIMBLE_HOOK_call)
		extension_wake_callers(e);
}

/* ---- Firing ------------------------------------------------------------------ */

void extension_count_ignored(struct extension *e, uint32_t entry)
{
	__atomic_add_fetch(&e->entry[entry].ignored, 1, __ATOMIC_RELAXED);
}

static void count_ignored(struct nimble_ext *ext, uint32_t entry)
{
	extension_count_ignored(nimble_owner(ext), entry);
}

/* Whether the extension is the administrator's, or of the current process's
 * job. */
static bool concerns_current(const struct nimble_ext *ext, void *host)
{
	const struct extension *e = nimble_owner(ext);
	const struct process *p = current_process();

	(void)host;
	return e->owner.admin || (p && e->owner.job == p->job->id);
}

uint64_t hook_fire(const struct hook_fire *f)
{
	const struct nimble_hook_info *info = nimble_hook_info(f->hook);
	struct nimble_event event = {
		.level = info->level,
		.ctx = f->ctx,
		.ctx_bytes = info->ctx_bytes,
		.budget = info->level == NIMBLE_LEVEL_TASK
				  ? NIMBLE_BUDGET_TASK
				  : NIMBLE_BUDGET_ATOMIC,
		.host = f->call,
		.all = f->all || !info->most,
		.most = f->most ? f->most : info->most,
		.ignored = count_ignored,
		.concerns = f->concerns		? f->concerns
			    : info->app_allowed ? concerns_current
						: NULL,
		.failed = extension_failed,
	};

	return nimble_fire(&chains[f->hook], slots, &event);
}

int hook_run_alone(struct nimble_call *call)
{
	bool entered = nimble_enter(slots, call->level);
	int error = nimble_run(call);

	if (entered)
		nimble_leave(slots, call->level);
	if (error == -EFAULT)
		extension_failed(call->ext, NULL);
	return error;
}

/* ---- Failing ------------------------------------------------------------------ */

void hook_wants_poll(void)
{
	__atomic_store_n(&wants_poll, 1, __ATOMIC_RELEASE);
	cpu_raise(this_cpu(), CPU_WORK_HOOKS);
}

/* Any context, so this only takes note: the extension runs no more, and
 * hook_poll() takes it off its hooks. */
void extension_failed(struct nimble_ext *ext, void *host)
{
	const struct extension *e = nimble_owner(ext);
	struct nimble_fault f;

	(void)host;
	nimble_fault(ext, &f);
	/* The processor gives an address for page faults only. */
	if (f.kind == NIMBLE_FAULT_TRAP && !f.address)
		extension_log(&e->owner,
			      "extension %u, %s: stopped: %s at instruction %u",
			      nimble_id(ext), nimble_name(ext),
			      nimble_fault_name(f.kind), f.insn);
	else
		extension_log(
			&e->owner,
			"extension %u, %s: stopped: %s at instruction %u, address %lx",
			nimble_id(ext), nimble_name(ext),
			nimble_fault_name(f.kind), f.insn, f.address);
	hook_wants_poll();
}

static struct nimble_trap_regs trap_regs(const struct regs *regs)
{
	return (struct nimble_trap_regs){
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
}

bool hook_kernel_trap(struct regs *regs, uint64_t address)
{
	struct nimble_trap_regs r = trap_regs(regs);

	if (!nimble_trap(&r, address))
		return false;
	regs->rip = r.rip;
	regs->rsp = r.rsp;
	return true;
}

/* ---- Ending runs ---------------------------------------------------------------
 *
 * The result of a run for a thread that is to die is useless. Killing a thread
 * interrupts its CPU, and so does the module when the proxy is gone; the interrupt
 * ends the run where it is, as an exception does. An interrupt in a helper does not
 * end it, and the CPU's timer brings the next one soon. An extension of the
 * administrator's may finish: it gets as long as others may run at all. */

#define AGAIN_NS 20000
#define GRACE_NS 20000000

static bool is_to_die(struct thread *t)
{
	if (thread_must_die(t))
		return true;
	if (!t->proc || !ikc_release_waits(t->proc->handle))
		return false;
	/* The message itself is handled when the thread leaves the kernel. */
	thread_set_work(t, THREAD_WORK_DIE);
	return true;
}

static void interrupt_again(struct cpu *cpu)
{
	uint64_t cycles = ns_to_cycles(AGAIN_NS);

	/* The next to arm the timer finds it armed too early, which does no
	 * harm. */
	cpu->armed_deadline = arch_cycles() + cycles;
	arch_timer_arm(cycles);
}

void hook_end_run(struct regs *regs)
{
	struct thread *t = current_thread();
	struct nimble_trap_regs r;

	if (!nimble_in_chain(slots, NIMBLE_LEVEL_TASK) &&
	    !nimble_in_chain(slots, NIMBLE_LEVEL_CALL))
		return;
	if (!is_to_die(t))
		return;
	if (!t->run_limit)
		t->run_limit = arch_cycles() + ns_to_cycles(GRACE_NS);
	r = trap_regs(regs);
	if (nimble_end_run(&r, arch_cycles() >= t->run_limit)) {
		regs->rip = r.rip;
		regs->rsp = r.rsp;
	}
	interrupt_again(this_cpu()); /* a caller may go on */
}

void hook_poll(void)
{
	if (__atomic_exchange_n(&wants_poll, 0, __ATOMIC_ACQ_REL) &&
	    !extensions_care())
		hook_wants_poll();
}

void hook_process_gone(struct process *proc)
{
	extension_orphan(proc->handle);
	hook_poll();
}
