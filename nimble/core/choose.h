/* SPDX-License-Identifier: MIT */
/* What an instruction becomes: an operation, its registers and its operands. */
#ifndef NIMBLE_CORE_CHOOSE_H
#define NIMBLE_CORE_CHOOSE_H

#include "nimble/core/facts.h"

/* Operands are those that the operation's format has (engine/ops.def). */
struct nimble_choice {
	uint8_t op; /* enum nimble_op; OP_slow: the slow path does it */
	uint8_t first, second; /* registers */
	uint32_t target; /* the instruction jumped to or called */
	int32_t charge; /* less than 0: it gives back */
	int32_t off;
	uint64_t imm; /* constant, or address of a helper */
};

struct nimble_chooser {
	const struct nimble_ext *ext;
	const struct nimble_facts *facts;
	const struct nx_insn *insns;
	bool checked;
	uint32_t end; /* what all code costs up to the end of this function */
	struct nimble_known_regs known;
};

void nimble_chooser_start(struct nimble_chooser *c,
			  const struct nimble_ext *ext,
			  const struct nimble_facts *facts);

/* May control arrive at instruction i from elsewhere? */
static inline bool nimble_starts_block(const struct nimble_facts *facts,
				       uint32_t i)
{
	return facts->flags[i] & (NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION);
}

/* Of instruction i, no second slot of an lddw. All are asked for once, in order: what
 * is known about registers is carried on. */
void nimble_choose(struct nimble_chooser *c, uint32_t i,
		   struct nimble_choice *choice);

#endif
