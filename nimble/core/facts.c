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

static void forget(struct nimble_known_regs *regs, unsigned int from,
		   unsigned int to)
{
	memset(regs->known + from, NIMBLE_UNKNOWN, to + 1 - from);
}

static bool hook_enters(const struct nimble_ext *ext, uint32_t i)
{
	uint32_t h;

	for (h = 0; h < ext->image.nhooks; h++)
		if (ext->entries[h].insn == i)
			return true;
	return false;
}

void nimble_known_start(struct nimble_known_regs *regs,
			const struct nimble_ext *ext, const uint8_t *flags,
			uint32_t i)
{
	bool second = i && flags[i - 1] & NIMBLE_INSN_SECOND;

	forget(regs, 0, 15);
	regs->known[NX_REG_FRAME] = NIMBLE_FRAME;
	regs->offset[NX_REG_FRAME] = 0;
	if (!ext->options.no_context && !(flags[i] & NIMBLE_INSN_TARGET) &&
	    hook_enters(ext, i) &&
	    (!i ||
	     (!second && !nimble_falls_through(&ext->image.code[i - 1])))) {
		regs->known[1] = NIMBLE_CONTEXT;
		regs->offset[1] = 0;
	}
}

void nimble_known_wide(struct nimble_known_regs *regs,
		       const struct nimble_ext *ext, const struct nx_insn *insn,
		       uint64_t value)
{
	regs->known[insn->dst] =
		insn->src < NX_IMM_VALUE ? NIMBLE_UNKNOWN : NIMBLE_ADDRESS;
	regs->offset[insn->dst] = (int64_t)(value - (uintptr_t)ext->arena);
}

void nimble_known_other(struct nimble_known_regs *regs,
			const struct nx_insn *insn)
{
	switch (BPF_CLASS(insn->opcode)) {
	case BPF_ALU:
	case BPF_ALU64:
		forget(regs, insn->dst, insn->dst);
		break;
	case BPF_STX: /* an atomic operation; the old value goes to src or r0 */
		forget(regs, 0, 0);
		if (insn->src != NX_REG_FRAME)
			forget(regs, insn->src, insn->src);
		break;
	default: /* a call gives r6 to r9 back as they were */
		forget(regs, 0, 5);
	}
}

bool nimble_known_fits(const struct nimble_known_regs *regs,
		       const struct nimble_ext *ext, const struct nx_insn *insn,
		       unsigned int base)
{
	bool load = BPF_CLASS(insn->opcode) == BPF_LDX;
	int64_t from = regs->offset[base] + insn->off;
	int64_t to = from + nimble_access_bytes(insn->opcode);
	int64_t frame = ext->image.header->frame_bytes;

	switch (regs->known[base]) {
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
