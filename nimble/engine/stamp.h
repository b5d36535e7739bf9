/* SPDX-License-Identifier: MIT */
/* Stamping: one handler for each combination of registers, and its table. */
#ifndef NIMBLE_ENGINE_STAMP_H
#define NIMBLE_ENGINE_STAMP_H

#include "nimble/engine/bodies.h"
#include "nimble/engine/ops.h"
#include NIMBLE_BACKEND

/* M(args..., register) for r0-r9; the second also for r10, which is read. */
#define EACH_REG(M, ...)  \
	M(__VA_ARGS__, 0) \
	M(__VA_ARGS__, 1) \
	M(__VA_ARGS__, 2) \
	M(__VA_ARGS__, 3) \
	M(__VA_ARGS__, 4) \
	M(__VA_ARGS__, 5) \
	M(__VA_ARGS__, 6) \
	M(__VA_ARGS__, 7) \
	M(__VA_ARGS__, 8) \
	M(__VA_ARGS__, 9)
#define EACH_SRC(M, ...)  \
	M(__VA_ARGS__, 0) \
	M(__VA_ARGS__, 1) \
	M(__VA_ARGS__, 2) \
	M(__VA_ARGS__, 3) \
	M(__VA_ARGS__, 4) \
	M(__VA_ARGS__, 5) \
	M(__VA_ARGS__, 6) \
	M(__VA_ARGS__, 7) \
	M(__VA_ARGS__, 8) \
	M(__VA_ARGS__, 9) \
	M(__VA_ARGS__, 10)

/* The same again: a macro cannot be expanded inside itself. */
#define EACH_BASE(M, ...) \
	M(__VA_ARGS__, 0) \
	M(__VA_ARGS__, 1) \
	M(__VA_ARGS__, 2) \
	M(__VA_ARGS__, 3) \
	M(__VA_ARGS__, 4) \
	M(__VA_ARGS__, 5) \
	M(__VA_ARGS__, 6) \
	M(__VA_ARGS__, 7) \
	M(__VA_ARGS__, 8) \
	M(__VA_ARGS__, 9) \
	M(__VA_ARGS__, 10)

/* Pairs: handlers, and one row of the table for each first register. */
#define PAIR_HANDLER(fmt, op, name, d, s)      \
	HANDLER(NAME(name, d##_##s))           \
	{                                      \
		STEP_##fmt(op, v##d, v##s, 1); \
		NEXT(1 + WORDS_##fmt);         \
	}
#define PAIR_ROW(fmt, op, name, d) EACH_SRC(PAIR_HANDLER, fmt, op, name, d)
#define PAIR_ENTRY(name, d, s) [(d)*11 + (s)] = NAME(name, d##_##s),
#define PAIR_ENTRIES(name, d) EACH_SRC(PAIR_ENTRY, name, d)

#define STAMP_PAIRS(fmt, op, name)                             \
	EACH_REG(PAIR_ROW, fmt, op, name)                      \
	static nimble_handler const NAME(table, name)[121] = { \
		EACH_REG(PAIR_ENTRIES, name)};

/* The same where the first register, a base address, may be r10. */
#define STAMP_PAIRS_R10(fmt, op, name)                         \
	EACH_BASE(PAIR_ROW, fmt, op, name)                     \
	static nimble_handler const NAME(table, name)[121] = { \
		EACH_BASE(PAIR_ENTRIES, name)};

#define ONE_HANDLER(fmt, op, name, d)          \
	HANDLER(NAME(name, d))                 \
	{                                      \
		STEP_##fmt(op, v##d, v##d, 1); \
		NEXT(1 + WORDS_##fmt);         \
	}
#define ONE_ENTRY(name, d) [d] = NAME(name, d),
#define STAMP_ONE(fmt, op, name)                              \
	EACH_REG(ONE_HANDLER, fmt, op, name)                  \
	static nimble_handler const NAME(table, name)[11] = { \
		EACH_REG(ONE_ENTRY, name)};
#define STAMP_ONE_R10(fmt, op, name)                          \
	EACH_SRC(ONE_HANDLER, fmt, op, name)                  \
	static nimble_handler const NAME(table, name)[11] = { \
		EACH_SRC(ONE_ENTRY, name)};

/* Shifts by the counts of NIMBLE_SHIFTS; an impossible count is left out. */
#define SHIFT_HANDLER(op, d, place, count) \
	HANDLER(NAME(op, d##_##place))     \
	{                                  \
		BODY_##op(v##d, count, 1); \
		NEXT(1);                   \
	}
#define SHIFT_ROW(op, d) NIMBLE_SHIFTS(SHIFT_HANDLER, op, d)
#define SHIFT_ENTRY(op, d, place, count) \
	[(d)*NIMBLE_SHIFT_COUNT + (place)] = NAME(op, d##_##place),
#define SHIFT_ENTRIES(op, d) NIMBLE_SHIFTS(SHIFT_ENTRY, op, d)
#define STAMP_SHIFTS(op)                                                  \
	EACH_REG(SHIFT_ROW, op)                                           \
	static nimble_handler const NAME(table,                           \
					 op)[10 * NIMBLE_SHIFT_COUNT] = { \
		EACH_REG(SHIFT_ENTRIES, op)};

#define PASTE3(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE3(a, b, c)
#define NAME(a, b) PASTE(NIMBLE_STAMP_PREFIX, a, b)

#endif
