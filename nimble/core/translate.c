/* SPDX-License-Identifier: MIT */
/* From checked instructions to cells of the threaded code. */
/*
 * Cells are written one after another into code->cells; a jump's target word
 * holds the number of its instruction until all cells have their place. What
 * has no handler becomes a slow cell, done by slow.c; that is always right,
 * only slower, so which handlers exist is a matter of speed alone.
 */
#include "nimble/core/emit.h"

/* Place of a shift count in NIMBLE_SHIFTS, plus 1; 0: it has none. */
#define SHIFT_PLACE(unused, place, count) [count] = (place) + 1,
static const uint8_t shift_place[64] = {NIMBLE_SHIFTS(SHIFT_PLACE, )};

static enum nimble_op constant_shift(unsigned int op)
{
	switch (op) {
	case OP_lsh64i:
		return OP_lsh64k;
	case OP_rsh64i:
		return OP_rsh64k;
	case OP_arsh64i:
		return OP_arsh64k;
	case OP_lsh32i:
		return OP_lsh32k;
	case OP_rsh32i:
		return OP_rsh32k;
	case OP_arsh32i:
		return OP_arsh32k;
	default:
		return NIMBLE_BASE_OPS;
	}
}

/* A shift whose count is stamped has a handler without operands. */
static bool stamped_shift(struct emit *e, const struct nimble_choice *choice)
{
	enum nimble_op op = constant_shift(choice->op);
	unsigned int place;

	if (op == NIMBLE_BASE_OPS || !shift_place[choice->imm])
		return false;
	place = shift_place[choice->imm] - 1u;
	return put_handler(e, op, choice->first * NIMBLE_SHIFT_COUNT + place,
			   choice->first | place << 4);
}

/* Checked accesses add the register to offset - arena, which gives an offset
 * in the arena to compare; unchecked ones add it to the offset itself. */
static inline void put_offset(struct emit *e,
			      const struct nimble_choice *choice)
{
	uint64_t offset = (uint64_t)(int64_t)choice->off;

	put(e, nimble_ops[choice->op].twin ? offset
					   : offset - (uintptr_t)e->ext->arena);
}

static inline void put_jump_words(struct emit *e,
				  const struct nimble_choice *choice)
{
	put_target(e, choice->target);
	if (nimble_ops[choice->op].twin)
		put(e, choice->charge);
}

static bool put_control(struct emit *e, const struct nimble_choice *choice)
{
	if (!put_handler(e, choice->op, 0, 0))
		return false;
	switch (choice->op) {
	case OP_ja:
	case OP_ja_b:
		put_jump_words(e, choice);
		break;
	case OP_call:
		put_target(e, choice->target);
		put(e, choice->charge);
		break;
	case OP_helper:
		put(e, choice->imm);
	}
	return true;
}

/* The cell of a choice; false: it has no handler. */
static bool put_choice(struct emit *e, const struct nimble_choice *choice)
{
	unsigned int op = choice->op, first = choice->first;

	switch (nimble_ops[op].format) {
	case NIMBLE_FMT_RR:
		return put_pair(e, op, first, choice->second);
	case NIMBLE_FMT_RI:
		if (stamped_shift(e, choice))
			return true;
		return put_imm(e, op, first, choice->imm);
	case NIMBLE_FMT_R:
		return put_one(e, op, first);
	case NIMBLE_FMT_JRR:
		if (!put_pair(e, op, first, choice->second))
			return false;
		put_jump_words(e, choice);
		return true;
	case NIMBLE_FMT_JRI:
		if (!put_imm(e, op, first, choice->imm))
			return false;
		put_jump_words(e, choice);
		return true;
	case NIMBLE_FMT_LOAD:
	case NIMBLE_FMT_STORE:
	case NIMBLE_FMT_RMW:
		if (!put_pair(e, op, first, choice->second))
			return false;
		put_offset(e, choice);
		return true;
	case NIMBLE_FMT_STOREI:
		if (!put_one(e, op, first))
			return false;
		put_offset(e, choice);
		put(e, choice->imm);
		return true;
	default:
		return put_control(e, choice);
	}
}

/* For cells that end with an exit and are left before it. */
static void put_exit_cell(struct emit *e, struct nimble_code *code)
{
	code->exit_cell = &e->cells[e->at];
	e->word[e->at] =
		(struct nimble_word){.insn = code->count - 1, .op = OP_exit};
	e->cells[e->at++] = (uintptr_t)e->tables[OP_exit][0];
}

static void translate_all(struct emit *e, struct nimble_code *code)
{
	struct nimble_chooser chooser;
	struct nimble_choice choice;

	nimble_chooser_start(&chooser, e->ext, e->facts);
	for (; e->insn < code->count; e->insn++) {
		if (nimble_starts_block(e->facts, e->insn))
			e->node = 0;
		nimble_choose(&chooser, e->insn, &choice);
		if (unlikely(!put_choice(e, &choice)))
			put_handler(e, OP_slow, 0, 0);
		if (code->insns[e->insn].opcode == NX_OP_LDDW)
			e->insn_cell[++e->insn] = NIMBLE_INSIDE;
	}
	put_exit_cell(e, code);
	code->words = e->at;
}

static void resolve_jumps(const struct emit *e, const struct nimble_code *code)
{
	uint32_t i;

	for (i = 0; i < e->patches; i++) {
		uint64_t *word = &code->cells[e->patch[i]];

		*word = (uintptr_t)&code->cells[code->insn_cell[*word]];
	}
}

/* One allocation: cells, their origins, where instructions start, what they cost. */
int nimble_code_allocate(struct nimble_ext *ext,
			 const struct nimble_facts *facts, uint32_t words,
			 bool origins, struct nimble_diag *diag)
{
	struct nimble_code *code = &ext->code;
	size_t word_bytes = origins ? words * sizeof(*code->word) : 0;
	uint32_t cells = origins ? ext->image.insns : 0;

	code->count = ext->image.insns;
	code->insns = ext->image.code;
	code->bytes = words * sizeof(*code->cells) + word_bytes +
		      cells * sizeof(*code->insn_cell) +
		      (code->count + 1) * sizeof(*code->cost);
	code->memory = nimble_take(ext, code->bytes, "the code", diag);
	if (!code->memory)
		return diag->error;
	code->cells = code->memory;
	if (origins) {
		code->word = (void *)(code->cells + words);
		code->insn_cell = (void *)(code->word + words);
	}
	code->cost = (void *)((uint8_t *)(code->cells + words) + word_bytes +
			      cells * sizeof(*code->insn_cell));
	memcpy(code->cost, facts->cost,
	       (code->count + 1) * sizeof(*code->cost));
	return 0;
}

void nimble_code_free(struct nimble_code *code)
{
	if (code->machine)
		nimble_port_code_free(code->machine, code->machine_bytes);
	if (code->memory)
		nimble_port_free(code->memory, code->bytes);
	memset(code, 0, sizeof(*code));
}

int nimble_translate(struct nimble_ext *ext, struct nimble_facts *facts,
		     struct nimble_diag *diag)
{
	struct nimble_code *code = &ext->code;
	size_t patch_bytes = ext->image.insns * sizeof(uint32_t);
	struct emit e = {.ext = ext, .facts = facts};
	int error = nimble_code_allocate(ext, facts, facts->words, true, diag);

	if (error)
		return error;
	e.patch = nimble_port_alloc(patch_bytes);
	if (!e.patch)
		return nimble_refuse(diag, ENOMEM, "no memory for the code");
	e.tables = ext->tier->tables;
	e.supers = ext->options.no_superinstructions ? NULL : ext->tier->supers;
	e.generic = ext->tier->generic;
	e.insn_cell = code->insn_cell;
	e.cells = code->cells;
	e.word = code->word;
	translate_all(&e, code);
	resolve_jumps(&e, code);
	nimble_port_free(e.patch, patch_bytes);
	return 0;
}
