/* SPDX-License-Identifier: MIT */
/* The table of operations: names and formats. */
#include "nimble/engine/ops.h"

#define PLAIN(op, fmt) [OP_##op] = {#op, NIMBLE_FMT_##fmt, 0},
#define TWINS(op, fmt, suffix) \
	PLAIN(op, fmt)[OP_##op##suffix] = {#op #suffix, NIMBLE_FMT_##fmt, 1},
#define RR(op) PLAIN(op, RR)
#define RI(op) PLAIN(op, RI)
#define R(op) PLAIN(op, R)
#define JRR(op) TWINS(op, JRR, _b)
#define JRI(op) TWINS(op, JRI, _b)
#define LOAD(op) TWINS(op, LOAD, _n)
#define STORE(op) TWINS(op, STORE, _n)
#define STOREI(op) TWINS(op, STOREI, _n)
#define RMW(op) TWINS(op, RMW, _n)
const struct nimble_op_info nimble_ops[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
	[OP_ja] = {"ja", NIMBLE_FMT_CONTROL, 0},
	[OP_ja_b] = {"ja_b", NIMBLE_FMT_CONTROL, 1},
	[OP_call] = {"call", NIMBLE_FMT_CONTROL, 0},
	[OP_exit] = {"exit", NIMBLE_FMT_CONTROL, 0},
	[OP_helper] = {"helper", NIMBLE_FMT_CONTROL, 0},
	[OP_slow] = {"slow", NIMBLE_FMT_CONTROL, 0},
};

_Static_assert(NIMBLE_BASE_OPS < 256, "an operation's number has 8 bits");
