/* SPDX-License-Identifier: MIT */
/* An exception inside handlers: unwind the run that raised it. */
/*
 * In the unchecked engine a load or store goes where the extension says; if
 * nothing is there, the processor says so at the handler's instruction. The
 * stack pointer is then what the entry stub left, (%rsp) is the run, and the
 * exception returns into the stub that leaves threaded code. Handlers that
 * touch extension memory never move the stack pointer (a test looks).
 * Atomic operations, which the slow path does, go through functions of their
 * own in entry_x86_64.S, where the run is in a register.
 */
#include "nimble/core/priv.h"

/* Made by the linker around the section that holds all handlers. */
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

/*
 * The instruction of the cell at run->ip that touched the address: the first
 * whose operand, from the registers as they are, has it; otherwise the first
 * that accesses memory at all.
 */
static uint32_t find_insn(const struct nimble_run *run, uint64_t address)
{
	const struct nimble_code *code = run->code;
	uint32_t i = nimble_run_insn(run), first = i;
	bool none = true;

	do {
		const struct nx_insn *insn = &code->insns[i];
		unsigned int class = BPF_CLASS(insn->opcode);
		uint64_t at;

		if (class == BPF_LDX || class == BPF_ST || class == BPF_STX) {
			at = run->reg[class == BPF_LDX ? insn->src : insn->dst];
			at = address - at - (uint64_t)(int64_t)insn->off;
			if (at < nimble_access_bytes(insn->opcode))
				return i;
			first = none ? i : first;
			none = false;
		}
	} while (++i < code->count && nimble_is_inside(code, i));
	return first;
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
	regs->rsp = (uintptr_t)run->sp;
	regs->rip = (uintptr_t)nimble_stub_unwind;
	return true;
}

bool nimble_trap(struct nimble_trap_regs *regs, uint64_t address)
{
	uintptr_t at = regs->rip;
	struct nimble_run *run;
	bool copied;

	if (at >= (uintptr_t)nimble_raw_load_4 &&
	    at < (uintptr_t)nimble_raw_end)
		return trap_in_slow(regs, address);

	copied = nimble_port_is_code(at);
	if (!copied && (at < (uintptr_t)__start_nimble_text ||
			at >= (uintptr_t)__stop_nimble_text))
		return false;
	run = *(struct nimble_run **)regs->rsp;
	/* Not code at an access, but a stub or a push: a kernel bug. */
	if (run->sp != (void *)regs->rsp)
		return false;
	save(run, regs);
	run->faulted = NIMBLE_FAULT_TRAP;
	run->fault_address = address;
	if (!copied)
		run->ip = (const uint64_t *)regs->rbx;
	run->fault_insn = copied ? nimble_copy_insn(run->code, at)
				 : find_insn(run, address);
	regs->rip = (uintptr_t)nimble_stub_unwind;
	return true;
}
