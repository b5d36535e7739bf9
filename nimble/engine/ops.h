/* SPDX-License-Identifier: MIT */
/* Operations by number, and instructions by opcode: what ops.def says of them. */
#ifndef NIMBLE_ENGINE_OPS_H
#define NIMBLE_ENGINE_OPS_H

#include <stdint.h>

/* A word of a cell behind its registers, and a hole in machine code. */
enum nimble_operand {
	NIMBLE_NONE,
	NIMBLE_IMM, /* the constant, or a helper's address */
	NIMBLE_OFFSET, /* of an access; of a checked one less the arena's start */
	NIMBLE_TARGET, /* where to go */
	NIMBLE_CHARGE, /* to the budget */
};

/* F(format, operand, operand); the registers are dst and src, or what is said. A
 * twin that is charged for has one operand more. */
#define NIMBLE_FORMATS(F)                  \
	F(RR, NONE, NONE)                  \
	F(RI, IMM, NONE) /* dst */         \
	F(R, NONE, NONE) /* dst */         \
	F(JRR, TARGET, NONE)               \
	F(JRI, IMM, TARGET) /* dst */      \
	F(LOAD, OFFSET, NONE)              \
	F(STORE, OFFSET, NONE)             \
	F(STOREI, OFFSET, IMM) /* dst */   \
	F(RMW32, OFFSET, NONE)             \
	F(RMW64, OFFSET, NONE)             \
	F(JA, TARGET, NONE) /* none */     \
	F(CALL, TARGET, CHARGE) /* none */ \
	F(HELPER, IMM, NONE) /* none */    \
	F(RETURN, NONE, NONE) /* none */   \
	F(BARE, NONE, NONE) /* none */

/* What a format's operands are, and how many words they take. */
#define NIMBLE_FORMAT(format, a, b)          \
	NIMBLE_FIRST_##format = NIMBLE_##a,  \
	NIMBLE_SECOND_##format = NIMBLE_##b, \
	WORDS_##format =                     \
		(NIMBLE_##a != NIMBLE_NONE) + (NIMBLE_##b != NIMBLE_NONE),
enum { NIMBLE_FORMATS(NIMBLE_FORMAT) };

/* M(format, op, twin, the operand behind the others) for an operation and its twin. */
#define NIMBLE_OP_PLAIN(M, format, op) M(format, op, 0, NONE)
#define NIMBLE_OP_JUMP(M, format, op) \
	M(format, op, 0, NONE) M(format, op##_c, 1, CHARGE)
#define NIMBLE_OP_ACCESS(M, format, op) \
	M(format, op, 0, NONE) M(format, op##_n, 1, NONE)
#define NIMBLE_OP_RR NIMBLE_OP_PLAIN
#define NIMBLE_OP_RI NIMBLE_OP_PLAIN
#define NIMBLE_OP_R NIMBLE_OP_PLAIN
#define NIMBLE_OP_JRR NIMBLE_OP_JUMP
#define NIMBLE_OP_JRI NIMBLE_OP_JUMP
#define NIMBLE_OP_LOAD NIMBLE_OP_ACCESS
#define NIMBLE_OP_STORE NIMBLE_OP_ACCESS
#define NIMBLE_OP_STOREI NIMBLE_OP_ACCESS
#define NIMBLE_OP_RMW32 NIMBLE_OP_ACCESS
#define NIMBLE_OP_RMW64 NIMBLE_OP_ACCESS
#define NIMBLE_OP_JA NIMBLE_OP_JUMP
#define NIMBLE_OP_CALL NIMBLE_OP_PLAIN
#define NIMBLE_OP_HELPER NIMBLE_OP_PLAIN
#define NIMBLE_OP_RETURN NIMBLE_OP_JUMP
#define NIMBLE_OP_BARE NIMBLE_OP_PLAIN

#define NIMBLE_OP_NUMBER(format, op, twin, more) OP_##op,
#define OP(format, op) NIMBLE_OP_##format(NIMBLE_OP_NUMBER, format, op)
enum nimble_op {
#include "nimble/engine/ops.def"
	NIMBLE_BASE_OPS
};

struct nimble_op_info {
	const char *name;
	uint8_t twin; /* a jump that charges, an access that checks nothing */
	uint8_t operand[3]; /* enum nimble_operand; NIMBLE_NONE takes no word */
	uint8_t words;
};

/*
 * F(form, fields that must be 0, how many registers dst may be and src, from r0 on): how an
 * instruction's fields become an operation's operands. WRITE: r0-r9. READ: r10 as well.
 * NONE: it is one of the fields that must be 0. ANY: what it may be depends on others.
 * The order is that of what else the static checks look at (core/check.c): nothing; the
 * base of an access; a jump's target; more.
 */
#define NIMBLE_FORMS(F)                                                        \
	F(PAIR, OFF | IMM, WRITE, READ) /* dst, src */                         \
	F(ONE, OFF | IMM | SRC, WRITE, NONE) /* dst */                         \
	F(IMM, OFF | SRC, WRITE, NONE) /* dst; imm, sign-extended */           \
	F(ADD, OFF | SRC, WRITE, NONE) /* the same: an address stays one */    \
	F(IMM32, OFF | SRC, WRITE, NONE) /* dst; imm, zero-extended */         \
	F(MINUS, OFF | SRC, WRITE,                                             \
	  NONE) /* dst; imm, sign-extended, negated */                         \
	F(SHIFT, OFF | SRC, WRITE, NONE) /* dst; imm, a count */               \
	F(CALLX, OFF | IMM | SRC, WRITE, NONE)                                 \
	F(EXIT, OFF | IMM | DST | SRC, NONE, NONE)                             \
	F(LOAD, IMM, WRITE, READ) /* dst, src; off */                          \
	F(STORE, IMM, READ, READ) /* the same */                               \
	F(STORE_IMM, SRC, READ, NONE) /* dst; off, imm */                      \
	F(JUMP, IMM, READ, READ) /* dst, src; target by off */                 \
	F(MIRROR, IMM, READ, READ) /* src, dst: a > b is b < a */              \
	F(JUMP_IMM, SRC, READ, NONE) /* dst; imm, target by off */             \
	F(ALWAYS, IMM | DST | SRC, NONE, NONE) /* target by off */             \
	F(ALWAYS32, OFF | DST | SRC, NONE, NONE) /* target by imm */           \
	F(MOVE, IMM, WRITE, READ) /* dst, src; off: sign-extended from */      \
	F(DIVIDE, IMM, WRITE, READ) /* dst, src; off: signed */                \
	F(DIVIDE_IMM, SRC, WRITE, NONE) /* dst; imm, perhaps 0; off: signed */ \
	F(SWAP, OFF | SRC, WRITE, NONE) /* dst, by the bits that imm says */   \
	F(WIDE, OFF, WRITE, ANY) /* dst; the value of an lddw */               \
	F(ATOMIC, 0, READ, READ) /* dst, src; off; imm says which */           \
	F(CALL, OFF | DST, NONE, ANY)

#define NIMBLE_FORM_NUMBER(form, zero, dst, src) NIMBLE_FORM_##form,
enum nimble_form {
	NIMBLE_FORM_NO, /* there is no such opcode */
	NIMBLE_FORMS(NIMBLE_FORM_NUMBER)
};

struct nimble_insn_info {
	uint64_t zero; /* bits of the instruction that must be 0 */
	uint8_t dst, src; /* how many registers are allowed */
	uint8_t form; /* enum nimble_form */
	uint8_t op; /* enum nimble_op, as ops.def says */
};

/* core/ops.c */
extern const struct nimble_op_info nimble_ops[NIMBLE_BASE_OPS];
extern const struct nimble_insn_info nimble_opcodes[256];
/* The operation of an atomic instruction of 32 bits, checked; OP_slow: there is none. That
 * of 64 bits is NIMBLE_ATOMIC_WIDE behind it. */
unsigned int nimble_atomic_op(int32_t imm);
#define NIMBLE_ATOMIC_WIDE (OP_aadd64 - OP_aadd32)

/* A handler's word in a cell. */
typedef const void *nimble_handler;

#endif
