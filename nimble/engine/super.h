/* SPDX-License-Identifier: MIT */
/* Superinstructions: one handler for a sequence of steps. */
#ifndef NIMBLE_ENGINE_SUPER_H
#define NIMBLE_ENGINE_SUPER_H

/*
 * super.def lists the sequences, with their registers; it is generated from a
 * profile (docs/nimble.md). Every beginning of a sequence that has two steps
 * or more is a sequence itself, so the translator grows a cell step by step:
 * a node is a single step, or a superinstruction, and finding (node, step)
 * gives the superinstruction that is one step longer.
 */
#include <stdint.h>

#include "nimble/engine/ops.h"

#define NIMBLE_SUPER_STEPS 4

/* Family, and the registers (or register and place of the shift) as in struct
 * nimble_word; never 0. */
#define NIMBLE_STEP(op, regs) (((uint32_t)(op) + 1) << 8 | (uint32_t)(regs))

struct nimble_super {
	uint16_t step[NIMBLE_SUPER_STEPS]; /* the first count */
	uint16_t count;
	nimble_handler handler;
	const char *name;
};

/* Ended by one of no steps; in each file, shorter ones come first. */
extern const struct nimble_super nimble_supers_pure[];
extern const struct nimble_super nimble_supers_checked[];
extern const struct nimble_super nimble_supers_unchecked[];

#define NIMBLE_SUPER_SLOTS 16384 /* a power of two, at least twice the supers */
#define NIMBLE_SUPER_MOST (NIMBLE_SUPER_SLOTS / 2)
#define NIMBLE_SUPER_NODE 0x10000u /* the nodes of superinstructions */
#define NIMBLE_SUPER_NONE 0xffffffffu

/* A superinstruction under the node before it and its last step. */
struct nimble_super_slot {
	uint32_t node; /* 0: free */
	uint16_t step;
	uint16_t super : 15; /* its number, from 0 */
	uint16_t longer : 1; /* there are longer ones that begin with it */
	nimble_handler handler; /* super's, to touch one line only */
};

struct nimble_supers {
	uint32_t count;
	uint64_t starts[0x10000 / 64]; /* steps that some begin with */
	const struct nimble_super *super[NIMBLE_SUPER_MOST];
	struct nimble_super_slot slot[NIMBLE_SUPER_SLOTS];
};

void nimble_supers_fill(struct nimble_supers *supers,
			const struct nimble_super *from);
const char *nimble_super_name(const struct nimble_supers *supers,
			      unsigned int number);

static inline uint32_t nimble_super_hash(uint32_t node, uint32_t step)
{
	return (node * 0x9e3779b1u ^ step * 0x85ebca6bu) >> 18;
}

/* The node of a cell of one step; 0: nothing begins with it. */
static inline uint32_t nimble_super_start(const struct nimble_supers *supers,
					  uint32_t step)
{
	return supers->starts[step / 64] >> step % 64 & 1 ? step : 0;
}

/* The node of a superinstruction; 0: nothing is longer. */
static inline uint32_t nimble_super_node(const struct nimble_super_slot *slot)
{
	return slot->longer ? NIMBLE_SUPER_NODE + slot->super : 0;
}

/* What (node, step) makes, or NULL; node is not 0. */
static inline const struct nimble_super_slot *
nimble_super_find(const struct nimble_supers *supers, uint32_t node,
		  uint32_t step)
{
	uint32_t at = nimble_super_hash(node, step);

	for (;; at = (at + 1) & (NIMBLE_SUPER_SLOTS - 1)) {
		const struct nimble_super_slot *slot = &supers->slot[at];

		if (slot->node == node && slot->step == step)
			return slot;
		if (!slot->node)
			return NULL;
	}
}

#endif
