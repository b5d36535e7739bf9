/* SPDX-License-Identifier: MIT */
/* An exception or interrupt inside an extension's code: unwind the run that it came in. */
/*
 * In the unchecked engine a load or store goes where the extension says; if
 * nothing is there, the processor says so at that instruction. The exception returns
 * into the stub that leaves the run, with the stack pointer that the run began with.
 * Atomic operations that the slow path does go through functions of their own in
 * entry_x86_64.S, where the run is in a register.
 */
#include "nimble/core/priv.h"

/* Made by the linker around the section of threaded.c's functions. */
extern const uint8_t __start_nimble_text[], __stop_nimble_text[];

static void save(struct nimble_run *run, const struct nimble_trap_regs *regs)
{
	run->reg[0] = regs->r9;
	run->reg[1] = regs->rdi;
	run->reg[2] = regs->rsi;
	run->reg[3] = regs->rdx;
	run->reg[4] = regs->rcx;
	run->reg[5] = regs->r8;
	run->reg[6] = regs->r12;
	run->reg[7] = regs->r13;
	run->reg[8] = regs->r14;
	run->reg[9] = regs->r15;
	run->reg[10] = regs->rbp;
}

static void leave(struct nimble_run *run, struct nimble_trap_regs *regs)
{
	regs->rsp = (uintptr_t)run->sp;
	regs->rip = (uintptr_t)nimble_stub_unwind;
}

/* At an access of the slow path: its registers and instruction are in the run,
 * and the frames of C above the stub's hold nothing. */
static bool trap_in_slow(struct nimble_trap_regs *regs, uint64_t address)
{
	struct nimble_run *run = (struct nimble_run *)(uintptr_t)regs->rdi;

	if (!run->ext->tier->stubs)
		return false;
	run->faulted = NIMBLE_FAULT_TRAP;
	run->fault_address = address;
	leave(run, regs);
	return true;
}

/* In copied code the stack pointer is what the entry stub left, (%rsp) is the run, and
 * the registers are those of the VM. */
static struct nimble_run *in_copied(const struct nimble_trap_regs *regs)
{
	struct nimble_run *run = *(struct nimble_run **)regs->rsp;

	if (run->sp != (void *)regs->rsp)
		return NULL;
	save(run, regs);
	run->fault_insn = nimble_copy_insn(run->code, regs->rip);
	return run;
}

/* In threaded code the registers are in the run, and run->ip is at the access. */
static struct nimble_run *in_threaded(void)
{
	struct nimble_run *run = nimble_threaded_run();

	if (run)
		run->fault_insn = nimble_run_insn(run);
	return run;
}

/* The run whose code lies at regs->rip, or NULL. */
static struct nimble_run *run_at(const struct nimble_trap_regs *regs)
{
	uintptr_t at = regs->rip;

	if (nimble_port_is_code(at))
		return in_copied(regs);
	if (at >= (uintptr_t)__start_nimble_text &&
	    at < (uintptr_t)__stop_nimble_text)
		return in_threaded();
	return NULL;
}

bool nimble_end_run(struct nimble_trap_regs *regs, bool unchecked)
{
	struct nimble_run *run = run_at(regs);

	if (!run || (!run->ext->tier->checked && !unchecked))
		return false;
	run->faulted = NIMBLE_FAULT_ENDED;
	leave(run, regs);
	return true;
}

bool nimble_trap(struct nimble_trap_regs *regs, uint64_t address)
{
	uintptr_t at = regs->rip;
	struct nimble_run *run;

	if (at >= (uintptr_t)nimble_raw_load_4 &&
	    at < (uintptr_t)nimble_raw_end)
		return trap_in_slow(regs, address);
	run = run_at(regs);
	if (!run)
		return false;
	run->faulted = NIMBLE_FAULT_TRAP;
	run->fault_address = address;
	leave(run, regs);
	return true;
}
