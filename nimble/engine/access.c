/* SPDX-License-Identifier: MIT */
/* Handlers of what is checked; compiled checked and, without, unchecked. */
#if NIMBLE_CHECKED
#define NIMBLE_STAMP_PREFIX checked
#define TWIN(op) op
#else
#define NIMBLE_STAMP_PREFIX unchecked
#define TWIN(op) op##_n
#endif
#include "nimble/engine/stamp.h"
#include "nimble/engine/tables.h"

#define LOAD(op) STAMP_PAIRS(LOAD, op, op)
#define STORE(op) STAMP_PAIRS_R10(STORE, op, op)
#define STOREI(op) STAMP_ONE_R10(STOREI, op, op)
#include "nimble/engine/ops.def"

#define OP_OF(op) OP_OF_(TWIN(op))
#define OP_OF_(op) OP_OF__(op)
#define OP_OF__(op) OP_##op

#if NIMBLE_CHECKED
#define JRR(op) STAMP_PAIRS(JRR_B, op, op)
#define JRI(op) STAMP_ONE(JRI_B, op, op)
#include "nimble/engine/ops.def"

HANDLER(checked_back)
{
	CHARGE(2);
	JUMP(1);
}

static nimble_handler const table_back[1] = {checked_back};

#define JRR(op) [OP_##op##_b] = NAME(table, op),
#define JRI(op) [OP_##op##_b] = NAME(table, op),
#endif

#define LOAD(op) [OP_OF(op)] = NAME(table, op),
#define STORE(op) [OP_OF(op)] = NAME(table, op),
#define STOREI(op) [OP_OF(op)] = NAME(table, op),
#if NIMBLE_CHECKED
const nimble_handler *const nimble_tail_checked[NIMBLE_BASE_OPS] = {
#else
const nimble_handler *const nimble_tail_unchecked[NIMBLE_BASE_OPS] = {
#endif
#include "nimble/engine/ops.def"
#if NIMBLE_CHECKED
	[OP_ja_b] = table_back,
#endif
};
