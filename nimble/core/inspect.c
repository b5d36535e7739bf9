/* SPDX-License-Identifier: MIT */
/* Looking at threaded code, for tools and tests. */
#include "nimble/core/priv.h"
#include "nimble/engine/super.h"

/* Words of the cell that starts at a word: up to where the next one starts. */
static uint32_t cell_words(const struct nimble_code *code, uint32_t insn,
			   uint32_t start)
{
	uint32_t next = insn + 1;

	while (next < code->count && code->insn_cell[next] & NIMBLE_INSIDE)
		next++;
	return (next < code->count ? code->insn_cell[next] : code->words) -
	       start;
}

/* By enum nimble_format: how many registers a family's handlers are stamped for, and
 * the names that super.def has, plain and of the twin. */
static const struct {
	uint8_t registers;
	const char *name, *twin;
} formats[] = {
	[NIMBLE_FMT_RR] = {2, "RR", NULL},
	[NIMBLE_FMT_RI] = {1, "RI", NULL},
	[NIMBLE_FMT_RK] = {1, "RK", NULL},
	[NIMBLE_FMT_R] = {1, "R", NULL},
	[NIMBLE_FMT_JRR] = {2, "JRR", "JRR_B"},
	[NIMBLE_FMT_JRI] = {1, "JRI", "JRI_B"},
	[NIMBLE_FMT_LOAD] = {2, "LOAD", "LOAD_N"},
	[NIMBLE_FMT_STORE] = {2, "STORE", "STORE_N"},
	[NIMBLE_FMT_STOREI] = {1, "STOREI", NULL},
	[NIMBLE_FMT_RMW] = {2, NULL, NULL},
	[NIMBLE_FMT_CONTROL] = {0, NULL, NULL},
};

static const char *format_name(unsigned int op)
{
	switch (op) {
	case OP_ja:
		return "JA";
	case OP_ja_b:
		return "JA_B";
	case OP_exit:
		return "EXIT";
	default:
		return nimble_ops[op].twin
			       ? formats[nimble_ops[op].format].twin
			       : formats[nimble_ops[op].format].name;
	}
}

int nimble_cell(const struct nimble_ext *ext, uint32_t insn,
		struct nimble_cell *cell)
{
	const struct nimble_code *code = &ext->code;
	unsigned int op;

	if (insn >= code->count || !ext->tier->tables)
		return -ENOENT;
	memset(cell, 0, sizeof(*cell));
	cell->inside = code->insn_cell[insn] & NIMBLE_INSIDE;
	if (cell->inside)
		return 0;
	cell->at = code->insn_cell[insn];
	cell->words = cell_words(code, insn, cell->at);
	op = code->word[cell->at].op;
	cell->handler = code->word[cell->at].super
				? nimble_super_name(ext->tier->supers,
						    code->word[cell->at].super)
				: nimble_ops[op].name;
	cell->format = format_name(op);
	cell->regs = formats[nimble_ops[op].format].registers;
	cell->reg[0] = code->word[cell->at].regs & 15;
	cell->reg[1] = code->word[cell->at].regs >> 4;
	cell->operands = code->cells + cell->at + 1;
	return 0;
}

const struct nx_insn *nimble_code(const struct nimble_ext *ext, uint32_t *count)
{
	*count = ext->code.count;
	return ext->code.insns;
}

const char *nimble_import_name(const struct nimble_ext *ext, uint32_t index)
{
	if (index >= ext->image.nimports)
		return "?";
	return ext->image.strings + ext->image.imports[index].name;
}

/* The function that starts at an instruction, or NULL. */
const char *nimble_function_at(const struct nimble_ext *ext, uint32_t insn)
{
	uint32_t i;

	for (i = 0; i < ext->image.nfuncs; i++)
		if (ext->image.funcs[i].insn == insn)
			return ext->image.strings + ext->image.funcs[i].name;
	return NULL;
}
