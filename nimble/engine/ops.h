/* SPDX-License-Identifier: MIT */
/* Numbers of the handler families, and the table in which they are found. */
#ifndef NIMBLE_ENGINE_OPS_H
#define NIMBLE_ENGINE_OPS_H

#include <stdint.h>

enum nimble_format {
	NIMBLE_FMT_RR,
	NIMBLE_FMT_RI,
	NIMBLE_FMT_R,
	NIMBLE_FMT_JRR,
	NIMBLE_FMT_JRI,
	NIMBLE_FMT_LOAD,
	NIMBLE_FMT_STORE,
	NIMBLE_FMT_STOREI,
	NIMBLE_FMT_RMW,
	NIMBLE_FMT_CONTROL, /* one handler: ja, call, exit, helper, slow */
};

#define RR(op) OP_##op,
#define RI(op) OP_##op,
#define R(op) OP_##op,
#define JRR(op) OP_##op, OP_##op##_b,
#define JRI(op) OP_##op, OP_##op##_b,
#define LOAD(op) OP_##op, OP_##op##_n,
#define STORE(op) OP_##op, OP_##op##_n,
#define STOREI(op) OP_##op, OP_##op##_n,
#define RMW(op) OP_##op, OP_##op##_n,
enum nimble_op {
#include "nimble/engine/ops.def"
	OP_ja,
	OP_ja_b,
	OP_call,
	OP_exit,
	OP_helper,
	OP_slow,
	NIMBLE_BASE_OPS
};

/* What an operation is, by its number; core/ops.c. */
struct nimble_op_info {
	const char *name;
	uint8_t format; /* enum nimble_format */
	uint8_t twin; /* a jump that charges, an access that checks nothing */
};

extern const struct nimble_op_info nimble_ops[NIMBLE_BASE_OPS];

/* A handler's word in a cell. */
typedef const void *nimble_handler;

#endif
