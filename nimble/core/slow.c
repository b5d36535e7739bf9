/* SPDX-License-Identifier: MIT */
/* The slow path: one instruction at a time, for all that has no handler. */
/*
 * A handler that cannot go on (an access outside the arena, an exceeded
 * budget) and a cell without a handler come here with the registers in
 * run->reg and run->ip at the cell or at the operand word of the step that
 * stopped. The instruction is found from the word, done here, and so is what
 * remains of its cell, since a cell can only be entered at its start. Then threaded code
 * goes on. Here are also the accesses to application memory.
 */
#include "nimble/core/priv.h"

#define U32(x) ((uint32_t)(x))

static int fault(struct nimble_run *run, enum nimble_fault_kind kind,
		 uint64_t address)
{
	if (!run->faulted) {
		run->faulted = kind;
		run->fault_address = address;
	}
	return -EFAULT;
}

static uint64_t alu64(unsigned int op, uint64_t a, uint64_t b, bool is_signed)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		if (!b)
			return 0;
		if (is_signed)
			return b == -1ull ? -a
					  : (uint64_t)((int64_t)a / (int64_t)b);
		return a / b;
	case BPF_MOD:
		if (!b)
			return a;
		if (is_signed)
			return b == -1ull ? 0
					  : (uint64_t)((int64_t)a % (int64_t)b);
		return a % b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 63);
	case BPF_RSH:
		return a >> (b & 63);
	case BPF_ARSH:
		return (uint64_t)((int64_t)a >> (b & 63));
	case BPF_NEG:
		return -a;
	default:
		return b;
	}
}

static uint64_t alu32(unsigned int op, uint64_t a, uint64_t b, bool is_signed)
{
	switch (op) {
	case BPF_LSH:
		return U32(U32(a) << (b & 31));
	case BPF_RSH:
		return U32(a) >> (b & 31);
	case BPF_ARSH:
		return U32((int32_t)a >> (b & 31));
	case BPF_DIV:
	case BPF_MOD:
		if (is_signed)
			return U32(alu64(op, (uint64_t)(int32_t)a,
					 (uint64_t)(int32_t)b, true));
		return U32(alu64(op, U32(a), U32(b), false));
	default:
		return U32(alu64(op, a, b, false));
	}
}

static uint64_t byte_swap(const struct nx_insn *insn, uint64_t value)
{
	bool swap =
		BPF_CLASS(insn->opcode) == BPF_ALU64 || (insn->opcode & BPF_X);

	switch (insn->imm) {
	case 16:
		return swap ? __builtin_bswap16((uint16_t)value)
			    : (uint16_t)value;
	case 32:
		return swap ? __builtin_bswap32(U32(value)) : U32(value);
	default:
		return swap ? __builtin_bswap64(value) : value;
	}
}

static uint64_t sign_extend(uint64_t value, unsigned int bits)
{
	return (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
}

static void do_alu(struct nimble_run *run, const struct nx_insn *insn)
{
	unsigned int op = BPF_OP(insn->opcode);
	bool wide = BPF_CLASS(insn->opcode) == BPF_ALU64;
	uint64_t a = run->reg[insn->dst];
	uint64_t b = insn->opcode & BPF_X ? run->reg[insn->src]
					  : (uint64_t)(int64_t)insn->imm;

	if (op == BPF_END) {
		run->reg[insn->dst] = byte_swap(insn, a);
		return;
	}
	if (op == BPF_MOV && insn->off)
		b = sign_extend(b, (unsigned int)insn->off);
	run->reg[insn->dst] =
		wide ? alu64(op, a, b, insn->off) : alu32(op, a, b, insn->off);
}

static bool condition(const struct nimble_run *run, const struct nx_insn *insn)
{
	uint64_t a = run->reg[insn->dst];
	uint64_t b = insn->opcode & BPF_X ? run->reg[insn->src]
					  : (uint64_t)(int64_t)insn->imm;
	int64_t sa, sb;

	if (BPF_CLASS(insn->opcode) == BPF_JMP32) {
		a = U32(a);
		b = U32(b);
		sa = (int32_t)a;
		sb = (int32_t)b;
	} else {
		sa = (int64_t)a;
		sb = (int64_t)b;
	}
	switch (BPF_OP(insn->opcode)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JSET:
		return a & b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	case BPF_JSLE:
		return sa <= sb;
	default:
		return true; /* ja */
	}
}

static int do_jump(struct nimble_run *run, const struct nx_insn *insn,
		   uint32_t *i)
{
	const uint32_t *cost = run->code->cost;
	uint32_t next = *i + 1;

	if (condition(run, insn))
		next += (uint32_t)nimble_jump_offset(insn);
	if (run->ext->tier->checked)
		run->budget -= nimble_charge_between(cost[*i + 1], cost[next]);
	if (run->budget < 0)
		return fault(run, NIMBLE_FAULT_BUDGET, 0);
	*i = next;
	return 0;
}

/* callx: the register holds the index of an import that may be called. */
static int do_callx(struct nimble_run *run, const struct nx_insn *insn)
{
	const struct nimble_ext *ext = run->ext;
	uint64_t index = run->reg[insn->dst];
	const struct nimble_helper *helper;

	helper = index < ext->image.nimports ? ext->imports[index] : NULL;
	if (!helper || !(helper->levels >> run->level & 1))
		return fault(run, NIMBLE_FAULT_CALLX, index);
	run->reg[0] = helper->function(run->reg[1], run->reg[2], run->reg[3],
				       run->reg[4], run->reg[5], run);
	if (run->faulted)
		return -EFAULT;
	memset(run->reg + 1, 0, 5 * sizeof(run->reg[0]));
	return 0;
}

static int do_transfer(struct nimble_run *run, const struct nx_insn *insn,
		       uint32_t *i)
{
	if (BPF_OP(insn->opcode) ==
	    BPF_EXIT) /* not done here: nothing goes on */
		return fault(run, NIMBLE_FAULT_TRAP, 0);
	if (BPF_OP(insn->opcode) != BPF_CALL)
		return do_jump(run, insn, i);
	if (insn->opcode != NX_OP_CALLX) /* the call stub had no room */
		return fault(run, NIMBLE_FAULT_DEPTH, NX_MAX_DEPTH);
	++*i;
	return do_callx(run, insn);
}

/* The host's address of extension memory, or NULL where it is not that. */
static uint8_t *in_arena(const struct nimble_run *run, uint64_t address,
			 unsigned int bytes, bool write)
{
	return !run->ext->tier->checked ||
			       nimble_in_arena(run->ext, address, bytes, write)
		       ? (uint8_t *)(uintptr_t)address
		       : NULL;
}

/* Reach it once, for its price: 0, or -EFAULT with the fault. */
static int enter_user(struct nimble_run *run, enum nimble_fault_kind kind,
		      uint64_t address)
{
	if (run->level == NIMBLE_LEVEL_ATOMIC)
		return fault(run, kind, address);
	if (!run->ext->tier->checked)
		return 0;
	run->budget -= NIMBLE_USER_COST;
	return run->budget < 0 ? fault(run, NIMBLE_FAULT_BUDGET, 0) : 0;
}

static int do_load(struct nimble_run *run, const struct nx_insn *insn)
{
	unsigned int bytes = nimble_access_bytes(insn->opcode);
	uint64_t address = run->reg[insn->src] + (uint64_t)(int64_t)insn->off;
	const uint8_t *from = in_arena(run, address, bytes, false);
	uint64_t value = 0;

	if (from)
		memcpy(&value, from, bytes);
	else if (enter_user(run, NIMBLE_FAULT_READ, address) ||
		 nimble_port_user_read(&value, address, bytes))
		return fault(run, NIMBLE_FAULT_READ, address);
	if (BPF_MODE(insn->opcode) == BPF_MEMSX)
		value = sign_extend(value, bytes * 8);
	run->reg[insn->dst] = value;
	return 0;
}

static int store(struct nimble_run *run, const struct nx_insn *insn,
		 uint64_t value)
{
	unsigned int bytes = nimble_access_bytes(insn->opcode);
	uint64_t address = run->reg[insn->dst] + (uint64_t)(int64_t)insn->off;
	uint8_t *to = in_arena(run, address, bytes, true);

	if (to)
		memcpy(to, &value, bytes);
	else if (enter_user(run, NIMBLE_FAULT_WRITE, address) ||
		 nimble_port_user_write(address, &value, bytes))
		return fault(run, NIMBLE_FAULT_WRITE, address);
	return 0;
}

/* What an atomic operation leaves, where it found old; cmpxchg stores what was
 * there again where that is not what r0 wants. */
static uint64_t atomic_result(int32_t op, uint64_t old, uint64_t value,
			      uint64_t wanted)
{
	switch (op & ~BPF_FETCH) {
	case BPF_ADD:
		return old + value;
	case BPF_OR:
		return old | value;
	case BPF_AND:
		return old & value;
	case BPF_XOR:
		return old ^ value;
	case BPF_XCHG & ~BPF_FETCH:
		return value;
	default:
		return old == wanted ? value : old;
	}
}

/* By compare and exchange in functions at which nimble_trap() can unwind; who
 * has to try again was overtaken by somebody who got on. */
static uint64_t atomic(struct nimble_run *run, const struct nx_insn *insn,
		       uint64_t at, bool wide)
{
	uint64_t value = run->reg[insn->src], wanted = run->reg[0];
	uint64_t old, seen, new;

	wanted = wide ? wanted : U32(wanted);
	seen = wide ? nimble_raw_load_8(run, at) : nimble_raw_load_4(run, at);
	do {
		old = seen;
		new = atomic_result(insn->imm, old, value, wanted);
		seen = wide ? nimble_raw_cas_8(run, at, old, new)
			    : nimble_raw_cas_4(run, at, U32(old), U32(new));
	} while (seen != old);
	return old;
}

static int do_atomic(struct nimble_run *run, const struct nx_insn *insn)
{
	unsigned int bytes = nimble_access_bytes(insn->opcode);
	uint64_t address = run->reg[insn->dst] + (uint64_t)(int64_t)insn->off;
	uint64_t old;

	if (!in_arena(run, address, bytes, true))
		return fault(run, NIMBLE_FAULT_WRITE, address);
	if (address % bytes)
		return fault(run, NIMBLE_FAULT_ALIGN, address);
	old = atomic(run, insn, address, bytes == 8);
	if (insn->imm == BPF_CMPXCHG)
		run->reg[0] = old;
	else if (insn->imm & BPF_FETCH)
		run->reg[insn->src] = old;
	return 0;
}

/* Do instruction *i and move *i to the next: 0, or -EFAULT to unwind. */
int nimble_step(struct nimble_run *run, uint32_t *i)
{
	const struct nx_insn *insn = &run->code->insns[*i];

	switch (BPF_CLASS(insn->opcode)) {
	case BPF_JMP:
	case BPF_JMP32:
		return do_transfer(run, insn, i);
	case BPF_ALU:
	case BPF_ALU64:
		++*i;
		do_alu(run, insn);
		return 0;
	case BPF_LDX:
		++*i;
		return do_load(run, insn);
	case BPF_ST:
		++*i;
		return store(run, insn, (uint64_t)(int64_t)insn->imm);
	case BPF_STX:
		++*i;
		return BPF_MODE(insn->opcode) == BPF_ATOMIC
			       ? do_atomic(run, insn)
			       : store(run, insn, run->reg[insn->src]);
	default: /* lddw */
		run->reg[insn->dst] = nimble_wide_constant(run->ext, insn);
		*i += 2;
		return 0;
	}
}

/* Called by the stubs: 0 to go on at run->ip, -EFAULT to unwind. */
int nimble_slow(struct nimble_run *run)
{
	const struct nimble_code *code = run->code;
	uint32_t i = nimble_run_insn(run);

	run->fault_insn = i;
	if (run->ext->tier->checked && run->budget < 0)
		return fault(run, NIMBLE_FAULT_BUDGET, 0);
	do {
		run->fault_insn = i;
		if (nimble_step(run, &i))
			return -EFAULT;
	} while (nimble_is_inside(code, i));
	run->ip = run->ext->tier->start_of(code, i);
	return 0;
}
