/* SPDX-License-Identifier: MIT */
/* The table of stencils: machine code with holes, for every operation. */
#ifndef NIMBLE_ENGINE_STENCIL_H
#define NIMBLE_ENGINE_STENCIL_H

/*
 * The table is made by toolchain/nimble/stencil/ when the project is built, and compared with what
 * the compiler made. A family of operations has one shape or a few. The code of a
 * shape for registers d and s is
 *	base ^ F[d] ^ G[s]
 * byte by byte. Few bytes depend on a register: each of those is a fix, which names
 * columns of the registers' bits. What is left are holes, filled in at translation.
 */
#include <stdint.h>

#include "nimble/engine/ops.h"

/* Families that machine code has and cells do not. */
#define NIMBLE_STENCIL_EXTRAS(M) \
	M(mov_zero)              \
	M(mov_low)               \
	M(mov_wide)              \
	M(leave)                 \
	M(leave_c)               \
	M(call_n)

#define NIMBLE_STENCIL_NUMBER(name) ST_##name,
enum nimble_stencil_extra {
	NIMBLE_STENCIL_BEFORE = NIMBLE_BASE_OPS - 1,
	NIMBLE_STENCIL_EXTRAS(NIMBLE_STENCIL_NUMBER) NIMBLE_STENCILS
};

/* Holes by what belongs there: H(name, bytes, is the value relative to the hole's end?).
 * Each is nimble_hole_NAME in stencils.c; imm has a hole of each size. */
#define NIMBLE_HOLES(H)                                                     \
	H(imm8, 1, 0) /* the constant */                                    \
	H(imm16, 2, 0)                                                      \
	H(imm32, 4, 0)                                                      \
	H(imm64, 8, 0)                                                      \
	H(off, 4, 0) /* of an access */                                     \
	H(limit, 4, 0) /* the last offset in the arena of such an access */ \
	H(charge, 4, 0) /* to the budget */                                 \
	H(insn, 4, 0) /* the instruction's number */                        \
	H(frame, 4, 0) /* bytes of a function's frame */                    \
	H(target, 4, 1) /* the code of the instruction jumped to */         \
	H(out, 4, 1) /* this instruction's thunk */                         \
	H(next, 4, 1) /* the code behind this one */                        \
	H(helper, 4, 1)                                                     \
	H(slow, 4, 1) /* the engine's stubs */                              \
	H(leave, 4, 1)                                                      \
	H(unwind, 4, 1)

#define NIMBLE_HOLE_NUMBER(name, bytes, relative) HOLE_##name,
enum nimble_hole_kind { NIMBLE_HOLES(NIMBLE_HOLE_NUMBER) NIMBLE_HOLE_KINDS };

#define NIMBLE_STENCIL_MOST 128 /* bytes of code */
#define NIMBLE_SHAPE_STEP 32 /* bytes that are copied at once */
#define NIMBLE_FIX_STEP \
	4 /* fixes; to so many they are filled up with some of column 0 */

/* A byte that depends on registers: what it is but for them, and the columns of the first
 * and of the second. */
struct nimble_fix {
	uint8_t at, byte, first, second;
};

struct nimble_hole {
	uint8_t at, kind;
};

/* Where its bytes, fixes and holes start in the table, and how many there are. */
struct nimble_shape {
	uint16_t base, fix, hole;
	uint8_t bytes, fixes, holes;
	uint8_t leaves; /* there is a hole for its thunk */
};

/* The shape of a family: shape + which[first * 11 + second], where there are many. */
struct nimble_family {
	uint16_t shape;
	uint16_t which; /* in nimble_stencil_which; 0: there is one shape */
};

struct nimble_stencil_table {
	const struct nimble_family *family; /* NIMBLE_STENCILS */
	const struct nimble_shape *shape;
	const struct nimble_fix *fix;
	const struct nimble_hole *hole;
	const uint8_t
		*base; /* longer by NIMBLE_SHAPE_STEP than all shapes' bytes */
	const uint8_t *which;
	const uint8_t (*column)[16]; /* by register; the first has zeros */
};

extern const struct nimble_stencil_table nimble_stencil_table; /* generated */

static inline const struct nimble_shape *
nimble_shape_of(const struct nimble_stencil_table *table, unsigned int family,
		unsigned int first, unsigned int second)
{
	const struct nimble_family *f = &table->family[family];
	unsigned int place = first * 11 + second;

	return &table->shape[f->shape +
			     (f->which ? table->which[f->which + place] : 0)];
}

static inline void nimble_fix(const struct nimble_stencil_table *table,
			      const struct nimble_fix *fix, unsigned int first,
			      unsigned int second, uint8_t *to)
{
	to[fix->at] = fix->byte ^ table->column[fix->first][first] ^
		      table->column[fix->second][second];
}

/* Write the code of a shape, with its holes as they are; up to NIMBLE_SHAPE_STEP - 1
 * bytes too many. Most shapes take each loop once, and nothing is read that was just
 * written: mispredicted branches and such reads are what this would cost. */
static inline void nimble_shape_copy(const struct nimble_stencil_table *table,
				     const struct nimble_shape *shape,
				     unsigned int first, unsigned int second,
				     uint8_t *to)
{
	const uint8_t *from = table->base + shape->base;
	const struct nimble_fix *fix = table->fix + shape->fix;
	unsigned int i = 0;

	do
		__builtin_memcpy(to + i, from + i, NIMBLE_SHAPE_STEP);
	while ((i += NIMBLE_SHAPE_STEP) < shape->bytes);
	i = 0;
	do {
		nimble_fix(table, fix + i, first, second, to);
		nimble_fix(table, fix + i + 1, first, second, to);
		nimble_fix(table, fix + i + 2, first, second, to);
		nimble_fix(table, fix + i + 3, first, second, to);
	} while ((i += NIMBLE_FIX_STEP) < shape->fixes);
}

#endif
