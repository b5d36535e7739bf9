/* SPDX-License-Identifier: MIT */
/* What each instruction becomes, the same for every tier. */
#include "nimble/core/choose.h"

static bool is_wide(const struct nx_insn *insn)
{
	return BPF_CLASS(insn->opcode) == BPF_ALU64;
}

static inline void one(struct nimble_choice *choice, unsigned int op,
		       unsigned int reg)
{
	choice->op = (uint8_t)op;
	choice->first = choice->second = (uint8_t)reg;
}

static inline void pair(struct nimble_choice *choice, unsigned int op,
			unsigned int first, unsigned int second)
{
	choice->op = (uint8_t)op;
	choice->first = (uint8_t)first;
	choice->second = (uint8_t)second;
}

static inline void constant(struct nimble_choice *choice, unsigned int op,
			    unsigned int reg, uint64_t imm)
{
	one(choice, op, reg);
	choice->imm = imm;
}

/* The signed one comes right after the other, see ops.def. */
static unsigned int division(const struct nx_insn *insn, unsigned int op)
{
	return op + (insn->off != 0);
}

/* By a constant; those that the processor cannot divide by are something else. */
static void divide(const struct nx_insn *insn, unsigned int op,
		   struct nimble_choice *choice)
{
	bool quotient = BPF_OP(insn->opcode) == BPF_DIV;
	bool wide = is_wide(insn);

	if (!insn->imm && !quotient)
		pair(choice, wide ? OP_mov64 : OP_mov32, insn->dst, insn->dst);
	else if (!insn->imm || (insn->off && insn->imm == -1 && !quotient))
		constant(choice, OP_mov64i, insn->dst, 0);
	else if (insn->off && insn->imm == -1)
		one(choice, wide ? OP_neg64 : OP_neg32, insn->dst);
	else
		constant(choice, division(insn, op), insn->dst,
			 (uint64_t)(int64_t)insn->imm);
}

static void sign_extend(const struct nx_insn *insn,
			struct nimble_choice *choice)
{
	static const uint8_t ops[2][4] = {
		{OP_movs8_32, OP_movs16_32},
		{OP_movs8_64, OP_movs16_64, 0, OP_movs32_64},
	};

	pair(choice, ops[is_wide(insn)][insn->off / 8 - 1], insn->dst,
	     insn->src);
}

static void byte_swap(const struct nx_insn *insn, struct nimble_choice *choice)
{
	bool swap = is_wide(insn) || (insn->opcode & BPF_X);

	if (insn->imm == 16)
		one(choice, swap ? OP_swap16 : OP_low16, insn->dst);
	else if (swap)
		one(choice, insn->imm == 32 ? OP_swap32 : OP_swap64, insn->dst);
	else
		one(choice, insn->imm == 32 ? OP_mov32 : OP_mov64, insn->dst);
}

/* The twin that charges comes right after the operation, see enum nimble_op. */
static inline void charge(const struct nimble_chooser *c, unsigned int op,
			  uint32_t at, uint32_t target,
			  struct nimble_choice *choice)
{
	choice->charge = c->checked ? nimble_charge_between(at, target) : 0;
	choice->op = (uint8_t)(op + (choice->charge != 0));
}

static inline void jump(const struct nimble_chooser *c, uint32_t i,
			unsigned int op, struct nimble_choice *choice)
{
	uint32_t target = i + 1 + (uint32_t)nimble_jump_offset(&c->insns[i]);
	const uint32_t *cost = c->facts->cost;

	choice->target = target;
	charge(c, op, cost[i + 1], cost[target], choice);
}

static void call(const struct nimble_chooser *c, const struct nx_insn *insn,
		 struct nimble_choice *choice)
{
	uint32_t target = (uint32_t)(insn - c->insns) + 1 + (uint32_t)insn->imm;

	if (insn->src == NX_CALL_LOCAL) {
		choice->op = OP_call;
		choice->target = target;
		choice->charge = (int32_t)c->facts->charge[target];
	} else {
		choice->op = OP_helper;
		choice->imm = (uintptr_t)c->ext->imports[insn->imm]->function;
	}
}

/* The value that an lddw stands for. */
uint64_t nimble_wide_constant(const struct nimble_ext *ext,
			      const struct nx_insn *insn)
{
	uint32_t imm = (uint32_t)insn->imm;
	uint32_t upper = (uint32_t)insn[1].imm;

	switch (insn->src) {
	case NX_IMM_MAP:
		return NIMBLE_MAP_HANDLE | imm;
	case NX_IMM_VALUE:
		return (uintptr_t)ext->maps[imm].values +
		       (uint64_t)(int64_t)insn[1].imm;
	case NX_IMM_DATA:
		return (uintptr_t)ext->data + (uint64_t)(int64_t)insn->imm;
	case NX_IMM_RODATA:
		return (uintptr_t)ext->rodata + (uint64_t)(int64_t)insn->imm;
	default:
		return imm | (uint64_t)upper << 32;
	}
}

/* The twin of an access that checks nothing comes right after it, see enum nimble_op. */
static inline void access(const struct nimble_chooser *c,
			  const struct nx_insn *insn, unsigned int op,
			  unsigned int base, struct nimble_choice *choice)
{
	bool unchecked = !c->checked ||
			 (c->known.known[base] &&
			  nimble_known_fits(&c->known, c->ext, insn, base));

	pair(choice, op + unchecked, insn->dst, insn->src);
	choice->off = insn->off;
}

static inline void move(struct nimble_chooser *c, const struct nx_insn *insn,
			unsigned int op, struct nimble_choice *choice)
{
	if (unlikely(insn->off)) {
		nimble_forget(&c->known, insn->dst);
		sign_extend(insn, choice);
		return;
	}
	nimble_known_copy(&c->known, insn->dst, insn->src);
	if (unlikely(op != OP_mov64))
		nimble_forget(&c->known, insn->dst);
	pair(choice, op, insn->dst, insn->src);
}

/* Forms that change dst, and nothing is known of it afterwards. */
static void compute(struct nimble_chooser *c, const struct nx_insn *insn,
		    const struct nimble_insn_info *form,
		    struct nimble_choice *choice)
{
	uint64_t imm = (uint64_t)(int64_t)insn->imm;

	nimble_forget(&c->known, insn->dst);
	switch (form->form) {
	case NIMBLE_FORM_ONE:
		one(choice, form->op, insn->dst);
		break;
	case NIMBLE_FORM_IMM32:
		constant(choice, form->op, insn->dst, (uint32_t)imm);
		break;
	case NIMBLE_FORM_MINUS:
		constant(choice, form->op, insn->dst, -imm);
		break;
	case NIMBLE_FORM_SHIFT:
		constant(choice, form->op, insn->dst,
			 imm & (is_wide(insn) ? 63 : 31));
		break;
	case NIMBLE_FORM_DIVIDE:
		pair(choice, division(insn, form->op), insn->dst, insn->src);
		break;
	case NIMBLE_FORM_DIVIDE_IMM:
		divide(insn, form->op, choice);
		break;
	default:
		byte_swap(insn, choice);
	}
}

/* Forms that send control elsewhere, atomic operations, and what has no family. */
static void transfer(struct nimble_chooser *c, uint32_t i,
		     const struct nimble_insn_info *form,
		     struct nimble_choice *choice)
{
	const struct nx_insn *insn = &c->insns[i];

	switch (form->form) {
	case NIMBLE_FORM_ALWAYS:
	case NIMBLE_FORM_ALWAYS32:
		jump(c, i, form->op, choice);
		return;
	case NIMBLE_FORM_EXIT:
		charge(c, OP_exit, c->facts->cost[i + 1], c->end, choice);
		return;
	case NIMBLE_FORM_CALL:
		call(c, insn, choice);
		break;
	case NIMBLE_FORM_ATOMIC:
		access(c, insn,
		       nimble_atomic_op(insn->imm) +
			       (BPF_SIZE(insn->opcode) == BPF_DW
					? NIMBLE_ATOMIC_WIDE
					: 0),
		       insn->dst, choice);
		break;
	default:
		choice->op = OP_slow;
	}
	nimble_known_other(&c->known, insn);
}

void nimble_chooser_start(struct nimble_chooser *c,
			  const struct nimble_ext *ext,
			  const struct nimble_facts *facts)
{
	c->ext = ext;
	c->facts = facts;
	c->insns = ext->image.code;
	c->checked = ext->tier->checked;
	c->end = 0;
	nimble_known_start(&c->known, ext, facts->flags, 0);
}

/* The commonest forms here, for speed. */
void nimble_choose(struct nimble_chooser *c, uint32_t i,
		   struct nimble_choice *choice)
{
	const struct nx_insn *insn = &c->insns[i];
	const struct nimble_insn_info *form = &nimble_opcodes[insn->opcode];
	int64_t imm = insn->imm;

	if (nimble_starts_block(c->facts, i)) {
		nimble_known_start(&c->known, c->ext, c->facts->flags, i);
		if (c->facts->flags[i] & NIMBLE_INSN_FUNCTION)
			c->end = c->facts->cost[i] + c->facts->charge[i];
	}
	switch (form->form) {
	case NIMBLE_FORM_PAIR:
		nimble_forget(&c->known, insn->dst);
		pair(choice, form->op, insn->dst, insn->src);
		break;
	case NIMBLE_FORM_MOVE:
		move(c, insn, form->op, choice);
		break;
	case NIMBLE_FORM_IMM:
		nimble_forget(&c->known, insn->dst);
		constant(choice, form->op, insn->dst, (uint64_t)imm);
		break;
	case NIMBLE_FORM_ADD:
		nimble_known_add(&c->known, insn->dst, imm);
		constant(choice, form->op, insn->dst, (uint64_t)imm);
		break;
	case NIMBLE_FORM_LOAD:
		access(c, insn, form->op, insn->src, choice);
		nimble_forget(&c->known, insn->dst);
		break;
	case NIMBLE_FORM_STORE:
		access(c, insn, form->op, insn->dst, choice);
		break;
	case NIMBLE_FORM_STORE_IMM:
		access(c, insn, form->op, insn->dst, choice);
		choice->imm = (uint64_t)imm;
		break;
	case NIMBLE_FORM_JUMP:
		pair(choice, 0, insn->dst, insn->src);
		jump(c, i, form->op, choice);
		break;
	case NIMBLE_FORM_MIRROR:
		pair(choice, 0, insn->src, insn->dst);
		jump(c, i, form->op, choice);
		break;
	case NIMBLE_FORM_JUMP_IMM:
		constant(choice, 0, insn->dst, (uint64_t)imm);
		jump(c, i, form->op, choice);
		break;
	case NIMBLE_FORM_WIDE:
		constant(choice, form->op, insn->dst,
			 nimble_wide_constant(c->ext, insn));
		nimble_known_wide(&c->known, c->ext, insn, choice->imm);
		break;
	case NIMBLE_FORM_ONE:
	case NIMBLE_FORM_IMM32:
	case NIMBLE_FORM_MINUS:
	case NIMBLE_FORM_SHIFT:
	case NIMBLE_FORM_DIVIDE:
	case NIMBLE_FORM_DIVIDE_IMM:
	case NIMBLE_FORM_SWAP:
		compute(c, insn, form, choice);
		break;
	default:
		transfer(c, i, form, choice);
	}
}
