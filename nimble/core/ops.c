/* SPDX-License-Identifier: MIT */
/* The tables of operations and of instructions. */
#include "nimble/engine/ops.h"
#include "nimble/abi/insn.h"

#define ENTRY(format, op, twin, more)                                \
	[OP_##op] = {#op,                                            \
		     twin,                                           \
		     {NIMBLE_FIRST_##format, NIMBLE_SECOND_##format, \
		      NIMBLE_##more},                                \
		     WORDS_##format + (NIMBLE_##more != NIMBLE_NONE)},
#define OP(format, op) NIMBLE_OP_##format(ENTRY, format, op)
const struct nimble_op_info nimble_ops[NIMBLE_BASE_OPS] = {
#include "nimble/engine/ops.def"
};

_Static_assert(NIMBLE_BASE_OPS < 256, "an operation's number has 8 bits");

enum { OFF = 1, IMM = 2, DST = 4, SRC = 8 };
enum { NONE = 1, WRITE = 10, READ = 11, ANY = 16 };
#define FIELDS(form, zero, dst, src) \
	ZERO_##form = zero, DST_##form = dst, SRC_##form = src,
enum { NIMBLE_FORMS(FIELDS) };
#define BITS(zero)                                  \
	(((zero)&OFF ? 0x00000000ffff0000ull : 0) | \
	 ((zero)&IMM ? 0xffffffff00000000ull : 0) | \
	 ((zero)&DST ? 0x0000000000000f00ull : 0) | \
	 ((zero)&SRC ? 0x000000000000f000ull : 0))
#define INSN(opcode, form, op, sign)                           \
	[opcode] = {BITS(ZERO_##form), DST_##form, SRC_##form, \
		    NIMBLE_FORM_##form, OP_##op},
const struct nimble_insn_info nimble_opcodes[256] = {
#include "nimble/engine/ops.def"
};

/* By the operation and whether it fetches. */
#define INSN_ATOMIC(imm, op) [(imm) >> 3 | ((imm)&BPF_FETCH)] = OP_##op##32,
static const uint8_t atomics[32] = {
#include "nimble/engine/ops.def"
};

unsigned int nimble_atomic_op(int32_t imm)
{
	unsigned int op = atomics[(imm >> 3 & 30) | (imm & BPF_FETCH)];

	return op && !(imm & ~0xf1) ? op : OP_slow;
}
