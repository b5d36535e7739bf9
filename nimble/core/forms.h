/* SPDX-License-Identifier: MIT */
/* What each opcode is translated to: the handlers' family and its operands. */
#ifndef NIMBLE_CORE_FORMS_H
#define NIMBLE_CORE_FORMS_H

#include <stdint.h>

/* How the fields of an instruction become a cell's operands. */
enum nimble_form_kind {
	NIMBLE_FORM_SLOW, /* no handler: a slow cell */
	NIMBLE_FORM_PAIR, /* dst and src; a signed division by the offset */
	NIMBLE_FORM_MOVE, /* the same, or sign-extended by the offset */
	NIMBLE_FORM_ONE, /* dst */
	NIMBLE_FORM_IMM, /* dst; imm, sign-extended */
	NIMBLE_FORM_ADD, /* the same: an address stays one */
	NIMBLE_FORM_IMM32, /* dst; imm, zero-extended */
	NIMBLE_FORM_MINUS, /* dst; imm, sign-extended, negated */
	NIMBLE_FORM_SHIFT, /* dst; imm, a count, which may be stamped */
	NIMBLE_FORM_DIVIDE, /* dst; imm, which may be 0 */
	NIMBLE_FORM_SWAP, /* dst, by the bits that imm says */
	NIMBLE_FORM_WIDE, /* dst; the value of an lddw */
	NIMBLE_FORM_LOAD, /* dst and src; offset */
	NIMBLE_FORM_STORE, /* the same */
	NIMBLE_FORM_STORE_IMM, /* dst; offset, imm */
	NIMBLE_FORM_ATOMIC, /* dst and src; offset; imm says which */
	NIMBLE_FORM_JUMP, /* dst and src; target */
	NIMBLE_FORM_MIRROR, /* src and dst; target: a > b is b < a */
	NIMBLE_FORM_JUMP_IMM, /* dst; imm, target */
	NIMBLE_FORM_ALWAYS, /* target by the offset */
	NIMBLE_FORM_ALWAYS32, /* target by imm */
	NIMBLE_FORM_CALL,
	NIMBLE_FORM_EXIT,
};

struct nimble_form {
	uint8_t kind; /* enum nimble_form_kind */
	uint8_t op; /* enum nimble_op; of jumps and accesses the first twin */
};

extern const struct nimble_form nimble_forms[256]; /* by opcode */

#endif
