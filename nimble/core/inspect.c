/* SPDX-License-Identifier: MIT */
/* Looking at threaded code, for tools and tests. */
#include "nimble/core/priv.h"
#include "nimble/engine/super.h"

#define RR(op) [OP_##op] = #op,
#define RI(op) [OP_##op] = #op,
#define RK(op) [OP_##op] = #op,
#define R(op) [OP_##op] = #op,
#define JRR(op) [OP_##op] = #op, [OP_##op##_b] = #op "_b",
#define JRI(op) [OP_##op] = #op, [OP_##op##_b] = #op "_b",
#define LOAD(op) [OP_##op] = #op, [OP_##op##_n] = #op "_n",
#define STORE(op) [OP_##op] = #op, [OP_##op##_n] = #op "_n",
#define STOREI(op) [OP_##op] = #op, [OP_##op##_n] = #op "_n",
static const char *const names[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
	[OP_ja] = "ja",	    [OP_ja_b] = "ja_b",	    [OP_call] = "call",
	[OP_exit] = "exit", [OP_helper] = "helper", [OP_slow] = "slow",
};

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

/* How many registers a family's handlers are stamped for. */
#define RR(op) [OP_##op] = 2,
#define RI(op) [OP_##op] = 1,
#define RK(op) [OP_##op] = 1,
#define R(op) [OP_##op] = 1,
#define JRR(op) [OP_##op] = 2, [OP_##op##_b] = 2,
#define JRI(op) [OP_##op] = 1, [OP_##op##_b] = 1,
#define LOAD(op) [OP_##op] = 2, [OP_##op##_n] = 2,
#define STORE(op) [OP_##op] = 2, [OP_##op##_n] = 2,
#define STOREI(op) [OP_##op] = 1, [OP_##op##_n] = 1,
static const uint8_t registers[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
};

/* Formats by the names that super.def has for them. */
#define RR(op) [OP_##op] = "RR",
#define RI(op) [OP_##op] = "RI",
#define RK(op) [OP_##op] = "RK",
#define R(op) [OP_##op] = "R",
#define JRR(op) [OP_##op] = "JRR", [OP_##op##_b] = "JRR_B",
#define JRI(op) [OP_##op] = "JRI", [OP_##op##_b] = "JRI_B",
#define LOAD(op) [OP_##op] = "LOAD", [OP_##op##_n] = "LOAD_N",
#define STORE(op) [OP_##op] = "STORE", [OP_##op##_n] = "STORE_N",
#define STOREI(op) [OP_##op] = "STOREI",
static const char *const formats[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
	[OP_ja] = "JA",
	[OP_ja_b] = "JA_B",
	[OP_exit] = "EXIT",
};

int nimble_cell(const struct nimble_ext *ext, uint32_t insn,
		struct nimble_cell *cell)
{
	const struct nimble_code *code = &ext->code;

	if (insn >= code->count || !ext->tier->tables)
		return -ENOENT;
	memset(cell, 0, sizeof(*cell));
	cell->inside = code->insn_cell[insn] & NIMBLE_INSIDE;
	if (cell->inside)
		return 0;
	cell->at = code->insn_cell[insn];
	cell->words = cell_words(code, insn, cell->at);
	cell->handler = code->word[cell->at].super
				? nimble_super_name(ext->tier->supers,
						    code->word[cell->at].super)
				: names[code->word[cell->at].op];
	cell->format = formats[code->word[cell->at].op];
	cell->regs = registers[code->word[cell->at].op];
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
