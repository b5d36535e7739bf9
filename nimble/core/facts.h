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

struct nimble_known_regs {
	uint8_t known[16]; /* enum nimble_known */
	int64_t offset[16]; /* of those that are unknown: anything */
};

/* Before instruction i, where control may arrive from elsewhere, or a hook. */
void nimble_known_start(struct nimble_known_regs *regs,
			const struct nimble_ext *ext, const uint8_t *flags,
			uint32_t i);
/* After an lddw, which loads value. */
void nimble_known_wide(struct nimble_known_regs *regs,
		       const struct nimble_ext *ext, const struct nx_insn *insn,
		       uint64_t value);
/* After what is none of those below: a slow cell, a call. */
void nimble_known_other(struct nimble_known_regs *regs,
			const struct nx_insn *insn);
/* Is the access of a load or store, whose base is known, certain to be inside? */
bool nimble_known_fits(const struct nimble_known_regs *regs,
		       const struct nimble_ext *ext, const struct nx_insn *insn,
		       unsigned int base);

/* After an instruction that changes a register in a way that is not followed. */
static inline void nimble_forget(struct nimble_known_regs *regs,
				 unsigned int reg)
{
	regs->known[reg] = NIMBLE_UNKNOWN;
}

/* After a mov of src to dst. */
static inline void nimble_known_copy(struct nimble_known_regs *regs,
				     unsigned int dst, unsigned int src)
{
	regs->known[dst] = regs->known[src];
	regs->offset[dst] = regs->offset[src];
}

/* After an addition of a constant. Offsets cannot overflow: an image has too few
 * instructions for that. */
static inline void nimble_known_add(struct nimble_known_regs *regs,
				    unsigned int reg, int64_t add)
{
	regs->offset[reg] += add;
}

#endif
