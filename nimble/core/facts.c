/* SPDX-License-Identifier: MIT */
/* What translation knows about registers. */
/*
 * One pass in the order of the code, together with translation. A register
 * is known to hold an address of the context (r1 where a hook enters), of the
 * frame (r10), or of data or map values (lddw), plus a constant. Where control
 * may arrive from elsewhere nothing is known but r10; where a hook enters, and
 * nothing else can, r1 is known, too. That is little, but it covers the fields
 * of a context, buffers on the stack and counters in a map's fixed slots.
 */
#include "nimble/core/facts.h"

#define FAR (1 << 28) /* offsets beyond are not followed */

static void forget(struct nimble_known_regs *regs, unsigned int from,
		   unsigned int to)
{
	while (from <= to)
		regs->reg[from++].known = NIMBLE_UNKNOWN;
}

static bool falls_through(const struct nx_insn *insn)
{
	return insn->opcode != (BPF_JMP | BPF_EXIT) &&
	       insn->opcode != (BPF_JMP | BPF_JA) &&
	       insn->opcode != (BPF_JMP32 | BPF_JA);
}

static bool hook_enters(const struct nimble_ext *ext, uint32_t i)
{
	uint32_t h;

	for (h = 0; h < ext->image.nhooks; h++)
		if (ext->entries[h].insn == i)
			return true;
	return false;
}

void nimble_known_at(struct nimble_known_regs *regs,
		     const struct nimble_ext *ext, const uint8_t *flags,
		     uint32_t i)
{
	const struct nx_insn *code = ext->image.code;
	bool second = i && flags[i - 1] & NIMBLE_INSN_SECOND;

	if (i && !(flags[i] & (NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION)))
		return;
	forget(regs, 0, NX_REGS - 1);
	regs->reg[NX_REG_FRAME] = (struct nimble_known_reg){NIMBLE_FRAME, 0};
	if (!(flags[i] & NIMBLE_INSN_TARGET) && hook_enters(ext, i) &&
	    (!i || (!second && !falls_through(&code[i - 1]))))
		regs->reg[1] = (struct nimble_known_reg){NIMBLE_CONTEXT, 0};
}

static void after_lddw(struct nimble_known_reg *reg,
		       const struct nimble_ext *ext, const struct nx_insn *insn)
{
	reg->known = NIMBLE_UNKNOWN;
	if (insn->src < NX_IMM_VALUE)
		return;
	reg->known = NIMBLE_ADDRESS;
	reg->offset = (int64_t)(nimble_wide_constant(ext, insn) -
				(uintptr_t)ext->arena);
}

static void after_alu(struct nimble_known_regs *regs,
		      const struct nx_insn *insn)
{
	struct nimble_known_reg *dst = &regs->reg[insn->dst];

	if (insn->opcode == (BPF_ALU64 | BPF_MOV | BPF_X) && !insn->off) {
		*dst = regs->reg[insn->src];
	} else if (insn->opcode == (BPF_ALU64 | BPF_ADD | BPF_K)) {
		dst->offset += insn->imm;
		if (dst->offset > FAR || dst->offset < -FAR)
			dst->known = NIMBLE_UNKNOWN;
	} else {
		dst->known = NIMBLE_UNKNOWN;
	}
}

void nimble_known_after(struct nimble_known_regs *regs,
			const struct nimble_ext *ext,
			const struct nx_insn *insn)
{
	switch (BPF_CLASS(insn->opcode)) {
	case BPF_LD:
		after_lddw(&regs->reg[insn->dst], ext, insn);
		break;
	case BPF_ALU:
	case BPF_ALU64:
		after_alu(regs, insn);
		break;
	case BPF_LDX:
		regs->reg[insn->dst].known = NIMBLE_UNKNOWN;
		break;
	case BPF_STX:
		if (BPF_MODE(insn->opcode) == BPF_ATOMIC) {
			regs->reg[0].known = NIMBLE_UNKNOWN;
			if (insn->src != NX_REG_FRAME)
				regs->reg[insn->src].known = NIMBLE_UNKNOWN;
		}
		break;
	case BPF_JMP:
		/* A call gives r6 to r9 back as they were. */
		if (BPF_OP(insn->opcode) == BPF_CALL)
			forget(regs, 0, 5);
		break;
	}
}

static unsigned int access_bytes(uint8_t opcode)
{
	static const uint8_t bytes[4] = {4, 2, 1, 8};

	return bytes[opcode >> 3 & 3];
}

bool nimble_known_inside(const struct nimble_known_regs *regs,
			 const struct nimble_ext *ext,
			 const struct nx_insn *insn)
{
	bool load = BPF_CLASS(insn->opcode) == BPF_LDX;
	const struct nimble_known_reg *base =
		&regs->reg[load ? insn->src : insn->dst];
	int64_t from = base->offset + insn->off;
	int64_t to = from + access_bytes(insn->opcode);
	int64_t frame = ext->image.header->frame_bytes;

	switch (base->known) {
	case NIMBLE_CONTEXT:
		return from >= 0 && to <= (int64_t)ext->ctx_bytes;
	case NIMBLE_FRAME:
		return from >= -frame && to <= 0;
	case NIMBLE_ADDRESS:
		return from >= 0 && to <= (int64_t)(load ? ext->arena_bytes
							 : ext->writable_bytes);
	default:
		return false;
	}
}
