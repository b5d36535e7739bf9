/* SPDX-License-Identifier: MIT */
/* The place in cells that stands for an instruction, and the way back. */
/*
 * What runs is named by run->ip, which means a cell to this tier's code and would mean
 * something else to another's: only a tier's own functions may take it apart.
 */
#include "nimble/core/priv.h"

uint32_t nimble_cells_insn(const struct nimble_run *run)
{
	return run->code->word[run->ip - run->code->cells].insn;
}

/* Where the instruction is a later step of a cell there is no place to enter: only an
 * exit may be gone on with, by the cell behind the code. */
const uint64_t *nimble_cells_start(const struct nimble_code *code,
				   uint32_t insn)
{
	if (code->insn_cell[insn] & NIMBLE_INSIDE)
		return code->exit_cell;
	return code->cells + code->insn_cell[insn];
}
