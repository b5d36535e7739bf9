/* SPDX-License-Identifier: MIT */
/* Handlers of superinstructions; compiled pure, checked and unchecked. */
/*
 * super.def names each step as fmt, op, first, second: PURE sequences neither
 * access memory nor charge the budget and are the same in both engines; of
 * ACCESS sequences the unchecked engine has its own, with the twins that
 * check and charge nothing.
 */
#include "nimble/engine/stamp.h"
#include "nimble/engine/super.h"

/* In an RK step the second number is the place of the shift count. */
#define COUNT_AT(p) SHIFT_AT_##p
#define SHIFT_AT_0 1
#define SHIFT_AT_1 2
#define SHIFT_AT_2 3
#define SHIFT_AT_3 4
#define SHIFT_AT_4 5
#define SHIFT_AT_5 6
#define SHIFT_AT_6 7
#define SHIFT_AT_7 8
#define SHIFT_AT_8 16
#define SHIFT_AT_9 24
#define SHIFT_AT_10 31
#define SHIFT_AT_11 32
#define SHIFT_AT_12 48
#define SHIFT_AT_13 56
#define SHIFT_AT_14 63

#define SECOND_RR(b) v##b
#define SECOND_RI(b) 0
#define SECOND_RK(b) COUNT_AT(b)
#define SECOND_R(b) 0
#define SECOND_JRR(b) v##b
#define SECOND_JRI(b) 0
#define SECOND_JRR_B(b) v##b
#define SECOND_JRI_B(b) 0
#define SECOND_JA(b) 0
#define SECOND_JA_B(b) 0
#define SECOND_EXIT(b) 0
#define SECOND_LOAD(b) v##b
#define SECOND_STORE(b) v##b
#define SECOND_LOAD_N(b) v##b
#define SECOND_STORE_N(b) v##b
#define SECOND_STOREI(b) 0

#define DO(fmt, op, a, b, W)                      \
	STEP_##fmt(op, v##a, SECOND_##fmt(b), W); \
	STEP_BARRIER()

/* The family of a step in this engine. */
#define FAMILY_RR(op) OP_##op
#define FAMILY_RI(op) OP_##op
#define FAMILY_RK(op) OP_##op
#define FAMILY_R(op) OP_##op
#define FAMILY_JRR(op) OP_##op
#define FAMILY_JRI(op) OP_##op
#define FAMILY_JA(op) OP_ja
#define FAMILY_EXIT(op) OP_exit
#define FAMILY_LOAD_N(op) OP_##op##_n
#define FAMILY_STORE_N(op) OP_##op##_n
#if NIMBLE_CHECKED
#define FAMILY_JRR_B(op) OP_##op##_b
#define FAMILY_JRI_B(op) OP_##op##_b
#define FAMILY_JA_B(op) OP_ja_b
#define FAMILY_LOAD(op) OP_##op
#define FAMILY_STORE(op) OP_##op
#define FAMILY_STOREI(op) OP_##op
#else
#define FAMILY_JRR_B(op) OP_##op
#define FAMILY_JRI_B(op) OP_##op
#define FAMILY_JA_B(op) OP_ja
#define FAMILY_LOAD(op) OP_##op##_n
#define FAMILY_STORE(op) OP_##op##_n
#define FAMILY_STOREI(op) OP_##op##_n
#endif
#define CODE(fmt, op, a, b) NIMBLE_STEP(FAMILY_##fmt(op), (a) | (b) << 4)

#define HANDLER2(id, f1, o1, a1, b1, f2, o2, a2, b2) \
	HANDLER(NAME(super, id))                     \
	{                                            \
		DO(f1, o1, a1, b1, 1);               \
		DO(f2, o2, a2, b2, 1 + WORDS_##f1);  \
		NEXT(1 + WORDS_##f1 + WORDS_##f2);   \
	}
#define HANDLER3(id, f1, o1, a1, b1, f2, o2, a2, b2, f3, o3, a3, b3) \
	HANDLER(NAME(super, id))                                     \
	{                                                            \
		DO(f1, o1, a1, b1, 1);                               \
		DO(f2, o2, a2, b2, 1 + WORDS_##f1);                  \
		DO(f3, o3, a3, b3, 1 + WORDS_##f1 + WORDS_##f2);     \
		NEXT(1 + WORDS_##f1 + WORDS_##f2 + WORDS_##f3);      \
	}
#define HANDLER4(id, f1, o1, a1, b1, f2, o2, a2, b2, f3, o3, a3, b3, f4, o4,  \
		 a4, b4)                                                      \
	HANDLER(NAME(super, id))                                              \
	{                                                                     \
		DO(f1, o1, a1, b1, 1);                                        \
		DO(f2, o2, a2, b2, 1 + WORDS_##f1);                           \
		DO(f3, o3, a3, b3, 1 + WORDS_##f1 + WORDS_##f2);              \
		DO(f4, o4, a4, b4, 1 + WORDS_##f1 + WORDS_##f2 + WORDS_##f3); \
		NEXT(1 + WORDS_##f1 + WORDS_##f2 + WORDS_##f3 + WORDS_##f4);  \
	}
#define ENTRY2(id, f1, o1, a1, b1, f2, o2, a2, b2)     \
	{{CODE(f1, o1, a1, b1), CODE(f2, o2, a2, b2)}, \
	 2,                                            \
	 NAME(super, id),                              \
	 #o1 "+" #o2},
#define ENTRY3(id, f1, o1, a1, b1, f2, o2, a2, b2, f3, o3, a3, b3)           \
	{{CODE(f1, o1, a1, b1), CODE(f2, o2, a2, b2), CODE(f3, o3, a3, b3)}, \
	 3,                                                                  \
	 NAME(super, id),                                                    \
	 #o1 "+" #o2 "+" #o3},
#define ENTRY4(id, f1, o1, a1, b1, f2, o2, a2, b2, f3, o3, a3, b3, f4, o4, a4, \
	       b4)                                                             \
	{{CODE(f1, o1, a1, b1), CODE(f2, o2, a2, b2), CODE(f3, o3, a3, b3),    \
	  CODE(f4, o4, a4, b4)},                                               \
	 4,                                                                    \
	 NAME(super, id),                                                      \
	 #o1 "+" #o2 "+" #o3 "+" #o4},

#if NIMBLE_PURE
#define NIMBLE_STAMP_PREFIX pure
#define SUPERS nimble_supers_pure
#define PURE2 HANDLER2
#define PURE3 HANDLER3
#define PURE4 HANDLER4
#define ACCESS2(...)
#define ACCESS3(...)
#define ACCESS4(...)
#else
#if NIMBLE_CHECKED
#define NIMBLE_STAMP_PREFIX checked
#define SUPERS nimble_supers_checked
#else
#define NIMBLE_STAMP_PREFIX unchecked
#define SUPERS nimble_supers_unchecked
#endif
#define PURE2(...)
#define PURE3(...)
#define PURE4(...)
#define ACCESS2 HANDLER2
#define ACCESS3 HANDLER3
#define ACCESS4 HANDLER4
#endif
#include "nimble/engine/super.def"

#if NIMBLE_PURE
#undef PURE2
#undef PURE3
#undef PURE4
#define PURE2 ENTRY2
#define PURE3 ENTRY3
#define PURE4 ENTRY4
#else
#undef ACCESS2
#undef ACCESS3
#undef ACCESS4
#define ACCESS2 ENTRY2
#define ACCESS3 ENTRY3
#define ACCESS4 ENTRY4
#endif
const struct nimble_super SUPERS[] = {
#include "nimble/engine/super.def"
	{{0}, 0, 0, 0},
};
