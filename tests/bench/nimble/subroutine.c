/* SPDX-License-Identifier: MIT */
/* The experiment on subroutine threading: the engine's cells, called. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "nimble/core/priv.h"
#include "nimble/engine/tables.h"
#include "tests/bench/nimble/bench.h"

extern const nimble_handler *const subroutine_alu[];
extern const nimble_handler *const subroutine_jump[];
extern const nimble_handler *const subroutine_checked[];
extern const nimble_handler *const subroutine_unchecked[];

/* The same place in the other tables: NULL where there is none. */
static nimble_handler twin(nimble_handler handler)
{
	const nimble_handler *const *tables[][2] = {
		{nimble_tail_alu, subroutine_alu},
		{nimble_tail_jump, subroutine_jump},
		{nimble_tail_checked, subroutine_checked},
		{nimble_tail_unchecked, subroutine_unchecked},
	};
	unsigned int t, op, i;

	for (t = 0; t < 4; t++)
		for (op = 0; op < NIMBLE_BASE_OPS; op++)
			for (i = 0; tables[t][0][op] && i < 150; i++)
				if (tables[t][0][op][i] == handler)
					return tables[t][1][op][i];
	return NULL;
}

static uint8_t *emit(uint8_t *at, uint8_t opcode, const void *target)
{
	int32_t offset = (int32_t)((const uint8_t *)target - (at + 5));

	*at++ = opcode;
	memcpy(at, &offset, sizeof(offset));
	return at + 4;
}

/*
 * Turn an extension's cells, which have no superinstructions, into calls.
 * Exit and what else is a stub is jumped to: the stack is as it was there.
 */
bool subroutine_make(struct nimble_ext *ext)
{
	struct nimble_code *code = &ext->code;
	/* Near the handlers, so that a call reaches them. */
	static uintptr_t near;
	uint8_t *at;
	uint32_t i;

	if (!near)
		near = ((uintptr_t)nimble_tail_enter & ~0xfffull) - (64 << 20);
	at = mmap((void *)near, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (at == MAP_FAILED)
		return false;
	near += 1 << 20;
	for (i = 0; i < code->count; i++) {
		uint64_t *cell = code->cells + code->insn_cell[i];
		nimble_handler handler, own;

		if (code->insn_cell[i] & NIMBLE_INSIDE)
			continue;
		own = (nimble_handler)(uintptr_t)*cell;
		handler = twin(own);
		*cell = (uintptr_t)at;
		at = handler ? emit(at, 0xe8, handler) : emit(at, 0xe9, own);
	}
	return true;
}
