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

/* Family, and the two registers (or register and place of the shift). */
#define NIMBLE_STEP(op, first, second) \
	((uint32_t)(op) << 8 | (uint32_t)(first) << 4 | (uint32_t)(second))

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

struct nimble_supers {
	uint32_t count;
	/* Is there anything longer? By step for single ones, by super. */
	uint64_t starts[0x10000 / 64];
	uint8_t longer[NIMBLE_SUPER_MOST];
	const struct nimble_super *super[NIMBLE_SUPER_MOST];
	struct {
		uint32_t node; /* 0: free */
		uint16_t step;
		uint16_t super;
		nimble_handler handler; /* super's, to touch one line only */
	} slot[NIMBLE_SUPER_SLOTS];
};

void nimble_supers_fill(struct nimble_supers *supers,
			const struct nimble_super *from);
const char *nimble_super_name(const struct nimble_supers *supers,
			      unsigned int number);

static inline uint32_t nimble_super_hash(uint32_t node, uint32_t step)
{
	return (node * 0x9e3779b1u ^ step * 0x85ebca6bu) >> 18;
}

/* The node of (node, step) and its handler, or NIMBLE_SUPER_NONE. */
static inline uint32_t nimble_super_find(const struct nimble_supers *supers,
					 uint32_t node, uint32_t step,
					 nimble_handler *handler)
{
	uint32_t at = nimble_super_hash(node, step);

	if (node < NIMBLE_SUPER_NODE
		    ? !(supers->starts[node / 64] >> node % 64 & 1)
		    : !supers->longer[node - NIMBLE_SUPER_NODE])
		return NIMBLE_SUPER_NONE;
	for (;; at = (at + 1) & (NIMBLE_SUPER_SLOTS - 1)) {
		if (!supers->slot[at].node)
			return NIMBLE_SUPER_NONE;
		if (supers->slot[at].node == node &&
		    supers->slot[at].step == step) {
			*handler = supers->slot[at].handler;
			return NIMBLE_SUPER_NODE + supers->slot[at].super;
		}
	}
}

/* 1 and up; 0 is none. */
static inline uint32_t nimble_super_number(uint32_t node)
{
	return node - NIMBLE_SUPER_NODE + 1;
}

struct nimble_word;

#define nimble_super_step(word) \
	NIMBLE_STEP((word)->op, (word)->regs & 15, (word)->regs >> 4)

#endif
