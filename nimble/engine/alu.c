/* SPDX-License-Identifier: MIT */
/* Handlers of arithmetic: nothing in them needs a check. */
#define NIMBLE_STAMP_PREFIX alu
#define NIMBLE_CHECKED 0
#include "nimble/engine/stamp.h"
#include "nimble/engine/tables.h"

#define RR(op) STAMP_PAIRS(RR, op, op)
#define RI(op) STAMP_ONE(RI, op, op)
#define RK(op) STAMP_SHIFTS(op)
#define R(op) STAMP_ONE(R, op, op)
#include "nimble/engine/ops.def"

#define RR(op) [OP_##op] = NAME(table, op),
#define RI(op) [OP_##op] = NAME(table, op),
#define RK(op) [OP_##op] = NAME(table, op),
#define R(op) [OP_##op] = NAME(table, op),
const nimble_handler *const nimble_tail_alu[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
};
