/* SPDX-License-Identifier: MIT */
/* Writing cells: a handler's word, then operand words. */
#ifndef NIMBLE_CORE_EMIT_H
#define NIMBLE_CORE_EMIT_H

/*
 * A cell grows: an instruction's handler becomes one more step of the cell before
 * it where there is a superinstruction for that (engine/super.h), else it starts
 * a cell. Its operand words follow either way. What may be jumped to starts one.
 */
#include "nimble/core/choose.h"
#include "nimble/engine/super.h"

struct emit {
	struct nimble_ext *ext;
	const struct nimble_facts *facts;
	const nimble_handler *const *tables;
	const struct nimble_supers *supers; /* NULL: join nothing */
	uint64_t *cells;
	struct nimble_word *word;
	uint32_t *insn_cell;
	bool generic; /* see struct nimble_tier */
	uint32_t at; /* next word */
	uint32_t insn; /* being translated */
	uint32_t open; /* the cell that was started last */
	uint32_t node; /* its place among the superinstructions that are longer;
			* 0: there is none, or it may not grow */
	uint32_t *patch; /* words that hold the instruction jumped to */
	uint32_t patches;
};

/* An operand word of the instruction. */
static inline void put(struct emit *e, uint64_t value)
{
	e->cells[e->at] = value;
	e->word[e->at].insn = e->insn;
	e->at++;
}

static inline void put_target(struct emit *e, uint32_t insn)
{
	e->patch[e->patches++] = e->at;
	put(e, insn);
}

/* Make the instruction one more step of the cell before it, if there is a
 * superinstruction for that. Its operands are put behind those of the cell. */
static inline bool join(struct emit *e, uint32_t step)
{
	const struct nimble_super_slot *slot =
		nimble_super_find(e->supers, e->node, step);

	if (!slot)
		return false;
	e->cells[e->open] = (uintptr_t)slot->handler;
	e->word[e->open].super = (uint16_t)(slot->super + 1);
	e->node = nimble_super_node(slot);
	e->insn_cell[e->insn] = NIMBLE_INSIDE;
	return true;
}

/*
 * The handler of the instruction: in the cell before it, or as a new cell.
 * place is that in the family, regs the registers (first | second << 4). False:
 * there is none.
 */
static inline bool put_handler(struct emit *e, unsigned int op,
			       unsigned int place, unsigned int regs)
{
	const nimble_handler *family;
	uint32_t step = NIMBLE_STEP(op, regs);
	nimble_handler handler;

	if (e->node && join(e, step))
		return true;
	family = e->tables[op];
	handler = likely(family) ? family[e->generic ? 0 : place] : NULL;
	if (unlikely(!handler))
		return false;
	e->insn_cell[e->insn] = e->open = e->at;
	e->word[e->at] = (struct nimble_word){
		.insn = e->insn, .op = (uint8_t)op, .regs = (uint8_t)regs};
	e->cells[e->at++] = (uintptr_t)handler;
	e->node = e->supers ? nimble_super_start(e->supers, step) : 0;
	return true;
}

static inline bool put_pair(struct emit *e, unsigned int op, unsigned int first,
			    unsigned int second)
{
	return put_handler(e, op, first * 11 + second, first | second << 4);
}

static inline bool put_one(struct emit *e, unsigned int op, unsigned int reg)
{
	return put_handler(e, op, reg, reg);
}

static inline bool put_imm(struct emit *e, unsigned int op, unsigned int reg,
			   uint64_t imm)
{
	if (unlikely(!put_one(e, op, reg)))
		return false;
	put(e, imm);
	return true;
}

#endif
