/* SPDX-License-Identifier: MIT */
/* Looking at translated code, for tools and tests. */
#include "nimble/core/priv.h"
#include "nimble/engine/threaded.h"

/* Words of the cell that starts at a word: up to where the next one starts. */
static uint32_t cell_words(const struct nimble_code *code, uint32_t insn,
			   uint32_t start)
{
	uint32_t next = insn + 1;

	while (next < code->count && nimble_is_inside(code, next))
		next++;
	return (next < code->count ? code->insn_cell[next] : code->words) -
	       start;
}

static const char *handler_name(const struct nimble_threads *threads,
				uint64_t handler)
{
	unsigned int i;

	for (i = 0; i < NIMBLE_BASE_OPS; i++)
		if ((uintptr_t)threads->handler[i] == handler)
			return nimble_ops[i].name;
	for (i = 0; i < NIMBLE_SUPERS; i++)
		if ((uintptr_t)threads->super[i].handler == handler)
			return threads->super[i].name;
	return "?";
}

int nimble_cell(const struct nimble_ext *ext, uint32_t insn,
		struct nimble_cell *cell)
{
	const struct nimble_code *code = &ext->code;

	if (insn >= code->count || !ext->tier->threads)
		return -ENOENT;
	memset(cell, 0, sizeof(*cell));
	cell->inside = nimble_is_inside(code, insn);
	if (cell->inside)
		return 0;
	cell->at = code->insn_cell[insn];
	cell->words = cell_words(code, insn, cell->at);
	cell->handler = handler_name(ext->tier->threads, code->cells[cell->at]);
	cell->operands = code->cells + cell->at + 1;
	return 0;
}

int nimble_machine(const struct nimble_ext *ext, uint32_t insn,
		   struct nimble_machine *machine)
{
	const struct nimble_code *code = &ext->code;

	if (insn >= code->count || !code->machine)
		return -ENOENT;
	machine->code = (const uint8_t *)(uintptr_t)code->cells[insn];
	machine->bytes = (uint32_t)(code->cells[insn + 1] - code->cells[insn]);
	return 0;
}

const struct nx_insn *nimble_code(const struct nimble_ext *ext, uint32_t *count)
{
	*count = ext->code.count;
	return ext->code.insns;
}

uint32_t nimble_imports(const struct nimble_ext *ext)
{
	return ext->image.nimports;
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
