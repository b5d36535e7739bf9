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

struct nimble_known_reg {
	enum nimble_known known;
	int64_t offset;
};

struct nimble_known_regs {
	struct nimble_known_reg reg[NX_REGS];
};

/* Before instruction i: what control that arrives here from elsewhere voids. */
void nimble_known_at(struct nimble_known_regs *regs,
		     const struct nimble_ext *ext, const uint8_t *flags,
		     uint32_t i);
/* After it: what it changes. */
void nimble_known_after(struct nimble_known_regs *regs,
			const struct nimble_ext *ext,
			const struct nx_insn *insn);
/* Is the access of a load or store certain to be inside? */
bool nimble_known_inside(const struct nimble_known_regs *regs,
			 const struct nimble_ext *ext,
			 const struct nx_insn *insn);

#endif
