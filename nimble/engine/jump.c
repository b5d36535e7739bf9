/* SPDX-License-Identifier: MIT */
/* Handlers of jumps that charge nothing: forwards, and all trusted ones. */
#define NIMBLE_STAMP_PREFIX jump
#define NIMBLE_CHECKED 0
#include "nimble/engine/stamp.h"
#include "nimble/engine/tables.h"

#define JRR(op) STAMP_PAIRS(JRR, op, op)
#define JRI(op) STAMP_ONE(JRI, op, op)
#include "nimble/engine/ops.def"

HANDLER(jump_always)
{
	JUMP(1);
}

static nimble_handler const table_always[1] = {jump_always};

#define JRR(op) [OP_##op] = NAME(table, op),
#define JRI(op) [OP_##op] = NAME(table, op),
const nimble_handler *const nimble_tail_jump[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
	[OP_ja] = table_always,
};
