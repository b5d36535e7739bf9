/* SPDX-License-Identifier: MIT */
/* What translation knows about registers: addresses that need no check. */
#ifndef NIMBLE_CORE_FACTS_H
#define NIMBLE_CORE_FACTS_H

#include "nimble/core/priv.h"

enum nimble_known {
	NIMBLE_UNKNOWN,
	NIMBLE_CONTEXT, /* offset from the context's start */
	NIMBLE_FRAME, /* offset from r10 */
	NIMBLE_ADDRESS, /* an address in the arena: the offset from its start */
};

/* Nobody is register 15: always unknown, and written where nothing is. */
#define NIMBLE_NOBODY 15

struct nimble_known_regs {
	uint8_t known[16]; /* enum nimble_known */
	int64_t offset[16];
};

/* What an instruction does to what is known, by its opcode. */
enum nimble_effect {
	NIMBLE_EFFECT_NONE,
	NIMBLE_EFFECT_FORGET, /* dst */
	NIMBLE_EFFECT_COPY, /* dst from src */
	NIMBLE_EFFECT_ADD, /* dst by imm */
	NIMBLE_EFFECT_OTHER, /* see nimble_known_other() */
};
extern const uint8_t nimble_effects[256];

void nimble_known_start(struct nimble_known_regs *regs,
			const struct nimble_ext *ext, const uint8_t *flags,
			uint32_t i);
void nimble_known_other(struct nimble_known_regs *regs,
			const struct nimble_ext *ext,
			const struct nx_insn *insn);
bool nimble_known_fits(const struct nimble_known_regs *regs,
		       const struct nimble_ext *ext, const struct nx_insn *insn,
		       unsigned int base);

/* Before instruction i: what control that arrives here from elsewhere voids. */
static inline void nimble_known_at(struct nimble_known_regs *regs,
				   const struct nimble_ext *ext,
				   const uint8_t *flags, uint32_t i)
{
	if (unlikely(!i ||
		     flags[i] & (NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION)))
		nimble_known_start(regs, ext, flags, i);
}

/* After it: what it changes. Without branches but one: it is done for every
 * instruction, and which one that is cannot be predicted. */
static inline void nimble_known_after(struct nimble_known_regs *regs,
				      const struct nimble_ext *ext,
				      const struct nx_insn *insn)
{
	unsigned int effect = nimble_effects[insn->opcode];
	unsigned int dst = effect ? insn->dst : NIMBLE_NOBODY;
	unsigned int src = NIMBLE_NOBODY;
	int64_t add = effect == NIMBLE_EFFECT_ADD ? insn->imm : 0;

	if (unlikely(effect == NIMBLE_EFFECT_OTHER)) {
		nimble_known_other(regs, ext, insn);
		return;
	}
	src = effect == NIMBLE_EFFECT_COPY && !insn->off ? insn->src : src;
	src = effect == NIMBLE_EFFECT_ADD ? insn->dst : src;
	regs->known[dst] = regs->known[src];
	regs->offset[dst] = regs->offset[src] + add;
}

/* Is the access of a load or store certain to be inside? */
static inline bool nimble_known_inside(const struct nimble_known_regs *regs,
				       const struct nimble_ext *ext,
				       const struct nx_insn *insn)
{
	bool load = BPF_CLASS(insn->opcode) == BPF_LDX;
	unsigned int base = load ? insn->src : insn->dst;

	return regs->known[base] && nimble_known_fits(regs, ext, insn, base);
}

#endif
