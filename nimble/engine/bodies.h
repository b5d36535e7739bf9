/* SPDX-License-Identifier: MIT */
/* What each handler does: the one source of every engine variant. */
#ifndef NIMBLE_ENGINE_BODIES_H
#define NIMBLE_ENGINE_BODIES_H

/*
 * BODY_op(D, S, W): D and S are the registers, lvalues of type uint64_t; W is
 * the index of the first operand word. The backend (threaded.c, stencil_backend.h) says
 * how registers, operand words, memory and control flow are reached:
 *	WORD(w)			operand word w of this cell
 *	JUMP(w)			go on at the cell that word w addresses
 *	CHARGE(w)		take word w from the budget, or leave
 *	READ_ADDR(a, w, S, bytes), WRITE_ADDR(a, w, S, bytes)
 *				declare a, the host address of word w plus S;
 *				in the checked engine compared with the arena's
 *				limit first, or leave
 *	RAW_ADDR(a, w, S, bytes)	the same, never compared
 *	TEST64(D, x), TEST32(D, x)	do they have a bit in common
 *	STORE_WORD(a, w, type)	store word w at a
 *	SHIFT(op, bits, D, count)	lsh, rsh or arsh by count modulo bits
 *	DIVIDE(op, bits, D, S)		div or mod by any S, sdiv or smod by any
 *					but -1
 *	SHIFT_WORD(op, bits, D, w), DIVIDE_WORD(op, bits, D, w)
 *					by operand word w, which is not 0
 *					(nor -1 where that is signed)
 *	CHARGE_JUMP(c, w)	CHARGE(c), then JUMP(w)
 *	ALU32_WORD(name, sign, D, w)	D = D sign word w, in 32 bits; where a
 *	COMPARE32(name, sign, type, D, w)	backend has better than C for it
 * A body that leaves has changed nothing, so that the slow path can start the
 * instruction again.
 *
 * RFC 9669: 32-bit operations clear the upper half; a quotient by 0 is 0, a
 * remainder by 0 leaves the register (its lower half in 32 bits); shift counts
 * are taken modulo the width.
 */
#ifndef CHARGE_JUMP
#define CHARGE_JUMP(c, w)  \
	do {               \
		CHARGE(c); \
		JUMP(w);   \
	} while (0)
#endif
#ifndef ALU32_WORD
#define ALU32_WORD(name, sign, D, w) D = U32(U32(D) sign U32(WORD(w)));
#endif
#ifndef COMPARE32
#define COMPARE32(name, sign, type, D, w) ((type)U32(D) sign(type) U32(WORD(w)))
#endif

#define U32(x) ((uint32_t)(x))
#define S32(x) ((int32_t)(uint32_t)(x))
#define S64(x) ((int64_t)(x))

#define BODY_add64(D, S, W) D += S;
#define BODY_sub64(D, S, W) D -= S;
#define BODY_mul64(D, S, W) D *= S;
#define BODY_or64(D, S, W) D |= S;
#define BODY_and64(D, S, W) D &= S;
#define BODY_xor64(D, S, W) D ^= S;
#define BODY_mov64(D, S, W) D = S;
#define BODY_lsh64(D, S, W) SHIFT(lsh, 64, D, S)
#define BODY_rsh64(D, S, W) SHIFT(rsh, 64, D, S)
#define BODY_arsh64(D, S, W) SHIFT(arsh, 64, D, S)
#define BODY_div64(D, S, W) DIVIDE(div, 64, D, S)
#define BODY_mod64(D, S, W) DIVIDE(mod, 64, D, S)

#define BODY_add32(D, S, W) D = U32(U32(D) + U32(S));
#define BODY_sub32(D, S, W) D = U32(U32(D) - U32(S));
#define BODY_mul32(D, S, W) D = U32(U32(D) * U32(S));
#define BODY_or32(D, S, W) D = U32(D) | U32(S);
#define BODY_and32(D, S, W) D = U32(D) & U32(S);
#define BODY_xor32(D, S, W) D = U32(D) ^ U32(S);
#define BODY_mov32(D, S, W) D = U32(S);
#define BODY_lsh32(D, S, W) SHIFT(lsh, 32, D, S)
#define BODY_rsh32(D, S, W) SHIFT(rsh, 32, D, S)
#define BODY_arsh32(D, S, W) SHIFT(arsh, 32, D, S)
#define BODY_div32(D, S, W) DIVIDE(div, 32, D, S)
#define BODY_mod32(D, S, W) DIVIDE(mod, 32, D, S)

/* The processor cannot divide the smallest number by -1. */
#define SIGNED(op, bits, D, S)        \
	if ((int##bits##_t)(S) == -1) \
	MINUS_ONE_##op(bits, D) else DIVIDE(op, bits, D, S)
#define MINUS_ONE_sdiv(bits, D) D = (uint##bits##_t)(-(uint##bits##_t)(D));
#define MINUS_ONE_smod(bits, D) D = 0;
#define BODY_sdiv64(D, S, W) SIGNED(sdiv, 64, D, S)
#define BODY_smod64(D, S, W) SIGNED(smod, 64, D, S)
#define BODY_sdiv32(D, S, W) SIGNED(sdiv, 32, D, S)
#define BODY_smod32(D, S, W) SIGNED(smod, 32, D, S)
#define BODY_sdiv64i(D, S, W) DIVIDE_WORD(sdiv, 64, D, W)
#define BODY_smod64i(D, S, W) DIVIDE_WORD(smod, 64, D, W)
#define BODY_sdiv32i(D, S, W) DIVIDE_WORD(sdiv, 32, D, W)
#define BODY_smod32i(D, S, W) DIVIDE_WORD(smod, 32, D, W)

#define BODY_movs8_64(D, S, W) D = (uint64_t)(int64_t)(int8_t)S;
#define BODY_movs16_64(D, S, W) D = (uint64_t)(int64_t)(int16_t)S;
#define BODY_movs32_64(D, S, W) D = (uint64_t)(int64_t)S32(S);
#define BODY_movs8_32(D, S, W) D = U32((int32_t)(int8_t)S);
#define BODY_movs16_32(D, S, W) D = U32((int32_t)(int16_t)S);

#define BODY_add64i(D, S, W) D += WORD(W);
#define BODY_mul64i(D, S, W) D *= WORD(W);
#define BODY_or64i(D, S, W) D |= WORD(W);
#define BODY_and64i(D, S, W) D &= WORD(W);
#define BODY_xor64i(D, S, W) D ^= WORD(W);
#define BODY_mov64i(D, S, W) D = WORD(W);
#define BODY_lsh64i(D, S, W) SHIFT_WORD(lsh, 64, D, W)
#define BODY_rsh64i(D, S, W) SHIFT_WORD(rsh, 64, D, W)
#define BODY_arsh64i(D, S, W) SHIFT_WORD(arsh, 64, D, W)
#define BODY_div64i(D, S, W) DIVIDE_WORD(div, 64, D, W)
#define BODY_mod64i(D, S, W) DIVIDE_WORD(mod, 64, D, W)

#define BODY_add32i(D, S, W) ALU32_WORD(add, +, D, W)
#define BODY_mul32i(D, S, W) ALU32_WORD(imul, *, D, W)
#define BODY_or32i(D, S, W) ALU32_WORD(or, |, D, W)
#define BODY_and32i(D, S, W) ALU32_WORD(and, &, D, W)
#define BODY_xor32i(D, S, W) ALU32_WORD(xor, ^, D, W)
#define BODY_lsh32i(D, S, W) SHIFT_WORD(lsh, 32, D, W)
#define BODY_rsh32i(D, S, W) SHIFT_WORD(rsh, 32, D, W)
#define BODY_arsh32i(D, S, W) SHIFT_WORD(arsh, 32, D, W)
#define BODY_div32i(D, S, W) DIVIDE_WORD(div, 32, D, W)
#define BODY_mod32i(D, S, W) DIVIDE_WORD(mod, 32, D, W)

#define BODY_neg64(D, S, W) D = -D;
#define BODY_neg32(D, S, W) D = U32(-U32(D));
#define BODY_swap16(D, S, W) D = __builtin_bswap16((uint16_t)D);
#define BODY_swap32(D, S, W) D = __builtin_bswap32(U32(D));
#define BODY_swap64(D, S, W) D = __builtin_bswap64(D);
#define BODY_low16(D, S, W) D = (uint16_t)D;

/* A jump forwards, and its twin backwards. */
#define FORTH(condition, W) \
	if (condition)      \
		JUMP(W);
#define BACK(condition, W)               \
	if (condition) {                 \
		CHARGE_JUMP((W) + 1, W); \
	}

#define IF_jeq64(D, S, W) (D == S)
#define IF_jne64(D, S, W) (D != S)
#define IF_jset64(D, S, W) TEST64(D, S)
#define IF_jlt64(D, S, W) (D < S)
#define IF_jle64(D, S, W) (D <= S)
#define IF_jslt64(D, S, W) (S64(D) < S64(S))
#define IF_jsle64(D, S, W) (S64(D) <= S64(S))
#define IF_jeq32(D, S, W) (U32(D) == U32(S))
#define IF_jne32(D, S, W) (U32(D) != U32(S))
#define IF_jset32(D, S, W) TEST32(D, S)
#define IF_jlt32(D, S, W) (U32(D) < U32(S))
#define IF_jle32(D, S, W) (U32(D) <= U32(S))
#define IF_jslt32(D, S, W) (S32(D) < S32(S))
#define IF_jsle32(D, S, W) (S32(D) <= S32(S))

#define IF_jeq64i(D, S, W) (D == WORD(W))
#define IF_jne64i(D, S, W) (D != WORD(W))
#define IF_jset64i(D, S, W) TEST64(D, WORD(W))
#define IF_jlt64i(D, S, W) (D < WORD(W))
#define IF_jle64i(D, S, W) (D <= WORD(W))
#define IF_jgt64i(D, S, W) (D > WORD(W))
#define IF_jge64i(D, S, W) (D >= WORD(W))
#define IF_jslt64i(D, S, W) (S64(D) < S64(WORD(W)))
#define IF_jsle64i(D, S, W) (S64(D) <= S64(WORD(W)))
#define IF_jsgt64i(D, S, W) (S64(D) > S64(WORD(W)))
#define IF_jsge64i(D, S, W) (S64(D) >= S64(WORD(W)))
#define IF_jeq32i(D, S, W) COMPARE32(e, ==, uint32_t, D, W)
#define IF_jne32i(D, S, W) COMPARE32(ne, !=, uint32_t, D, W)
#define IF_jset32i(D, S, W) TEST32(D, WORD(W))
#define IF_jlt32i(D, S, W) COMPARE32(b, <, uint32_t, D, W)
#define IF_jle32i(D, S, W) COMPARE32(be, <=, uint32_t, D, W)
#define IF_jgt32i(D, S, W) COMPARE32(a, >, uint32_t, D, W)
#define IF_jge32i(D, S, W) COMPARE32(ae, >=, uint32_t, D, W)
#define IF_jslt32i(D, S, W) COMPARE32(l, <, int32_t, D, W)
#define IF_jsle32i(D, S, W) COMPARE32(le, <=, int32_t, D, W)
#define IF_jsgt32i(D, S, W) COMPARE32(g, >, int32_t, D, W)
#define IF_jsge32i(D, S, W) COMPARE32(ge, >=, int32_t, D, W)

/* Each load and store: the type in memory and the type it is widened to. */
#define MAY_ALIAS __attribute__((may_alias, aligned(1)))
#define TYPES_ldx8 uint8_t, uint64_t
#define TYPES_ldx16 uint16_t, uint64_t
#define TYPES_ldx32 uint32_t, uint64_t
#define TYPES_ldx64 uint64_t, uint64_t
#define TYPES_lds8 int8_t, int64_t
#define TYPES_lds16 int16_t, int64_t
#define TYPES_lds32 int32_t, int64_t
#define TYPES_stx8 uint8_t
#define TYPES_stx16 uint16_t
#define TYPES_stx32 uint32_t
#define TYPES_stx64 uint64_t
#define TYPES_st8 uint8_t
#define TYPES_st16 uint16_t
#define TYPES_st32 uint32_t
#define TYPES_st64 uint64_t

#define LOAD_AS(ADDR, D, S, W, type, wide)           \
	{                                            \
		ADDR(a, W, S, sizeof(type));         \
		typedef type MAY_ALIAS aliased;      \
		D = (uint64_t)(wide) * (aliased *)a; \
	}
#define STORE_AS(ADDR, value, S, W, type)       \
	{                                       \
		ADDR(a, W, S, sizeof(type));    \
		typedef type MAY_ALIAS aliased; \
		*(aliased *)a = (type)(value);  \
	}
#define STORE_WORD_AS(ADDR, S, W, type)      \
	{                                    \
		ADDR(a, W, S, sizeof(type)); \
		STORE_WORD(a, (W) + 1, type) \
	}
#define APPLY(macro, ...) macro(__VA_ARGS__)

/*
 * One step of a cell by its format, so that a superoperator is a list of
 * steps. W is where the step's operand words begin; WORDS_fmt how many it has.
 */
#define STEP_RR(op, D, S, W) BODY_##op(D, S, W)
#define STEP_RI(op, D, S, W) BODY_##op(D, S, W)
#define STEP_R(op, D, S, W) BODY_##op(D, S, W)
#define STEP_JRR(op, D, S, W) FORTH(IF_##op(D, S, W), W)
#define STEP_JRI(op, D, S, W) FORTH(IF_##op(D, S, W), (W) + 1)
#define STEP_JA(op, D, S, W) JUMP(W);
#if NIMBLE_CHECKED
#define STEP_JRR_C(op, D, S, W) BACK(IF_##op(D, S, W), W)
#define STEP_JRI_C(op, D, S, W) BACK(IF_##op(D, S, W), (W) + 1)
#define STEP_JA_C(op, D, S, W) BACK(1, W)
#else
#define STEP_JRR_C STEP_JRR
#define STEP_JRI_C STEP_JRI
#define STEP_JA_C STEP_JA
#endif
#define STEP_LOAD(op, D, S, W) APPLY(LOAD_AS, READ_ADDR, D, S, W, TYPES_##op)
#define STEP_STORE(op, D, S, W) APPLY(STORE_AS, WRITE_ADDR, S, D, W, TYPES_##op)
#define STEP_STOREI(op, D, S, W) \
	APPLY(STORE_WORD_AS, WRITE_ADDR, D, W, TYPES_##op)

/* Accesses that are not checked in either engine: the stack's. */
#define STEP_LOAD_N(op, D, S, W) APPLY(LOAD_AS, RAW_ADDR, D, S, W, TYPES_##op)
#define STEP_STORE_N(op, D, S, W) APPLY(STORE_AS, RAW_ADDR, S, D, W, TYPES_##op)
#define STEP_STOREI_N(op, D, S, W) \
	APPLY(STORE_WORD_AS, RAW_ADDR, D, W, TYPES_##op)

/* Of formats in ops.h; here of their twins. */
#define WORDS_JRR_C (WORDS_JRR + NIMBLE_CHECKED)
#define WORDS_JRI_C (WORDS_JRI + NIMBLE_CHECKED)
#define WORDS_JA_C (WORDS_JA + NIMBLE_CHECKED)
#define WORDS_LOAD_N WORDS_LOAD
#define WORDS_STORE_N WORDS_STORE
#define WORDS_STOREI_N WORDS_STOREI

#endif
