/* SPDX-License-Identifier: MIT */
/* The portable engine: the same bodies by computed goto; for sanitizers. */
/*
 * One label for each family; which registers a cell means stands in the
 * words' origins, so nothing is stamped and there are no superinstructions.
 * It is compiled twice, like the handlers of the kernel's engine, by clang
 * with sanitizers or by any compiler.
 */
#include "nimble/core/priv.h"
#include "nimble/engine/extra.h"

#define SHIFT(op, bits, D, count) SHIFT_##op(bits, D, count)
#define SHIFT_lsh(bits, D, c) \
	D = (uint##bits##_t)((uint##bits##_t)D << ((c) & (bits - 1)));
#define SHIFT_rsh(bits, D, c) D = (uint##bits##_t)D >> ((c) & (bits - 1));
#define SHIFT_arsh(bits, D, c) \
	D = (uint##bits##_t)((int##bits##_t)D >> ((c) & (bits - 1)));
#define SHIFT_WORD(op, bits, D, w) SHIFT(op, bits, D, WORD(w))
#define DIVIDE(op, bits, D, S) DIVIDE_##op(bits, D, S)
#define QUOTIENT(type, bits, D, S) \
	D = (type)(S) ? (uint##bits##_t)((type)D / (type)(S)) : 0;
#define REMAINDER(type, bits, D, S)                           \
	D = (type)(S) ? (uint##bits##_t)((type)D % (type)(S)) \
		      : (uint##bits##_t)D;
#define DIVIDE_div(bits, D, S) QUOTIENT(uint##bits##_t, bits, D, S)
#define DIVIDE_mod(bits, D, S) REMAINDER(uint##bits##_t, bits, D, S)
#define DIVIDE_sdiv(bits, D, S) QUOTIENT(int##bits##_t, bits, D, S)
#define DIVIDE_smod(bits, D, S) REMAINDER(int##bits##_t, bits, D, S)
#define DIVIDE_WORD(op, bits, D, w) DIVIDE(op, bits, D, WORD(w))
#define TEST64(D, x) (D & (x))
#define TEST32(D, x) ((uint32_t)(D) & (uint32_t)(x))
#define STORE_WORD(a, w, type)                 \
	{                                      \
		typedef type MAY_ALIAS stored; \
		*(stored *)a = (type)WORD(w);  \
	}

#define WORD(w) ip[w]
#define GO() goto dispatch
#define NEXT(words)            \
	do {                   \
		ip += (words); \
		GO();          \
	} while (0)
#define JUMP(w)                                          \
	do {                                             \
		ip = (const uint64_t *)(uintptr_t)ip[w]; \
		GO();                                    \
	} while (0)
#define EXIT() goto leave_function
#define LEAVE(w)           \
	do {               \
		ip += (w); \
		goto slow; \
	} while (0)
#define CHARGE(w)                              \
	do {                                   \
		run->budget -= (int64_t)ip[w]; \
		if (run->budget < 0)           \
			LEAVE(w);              \
	} while (0)
#define RAW_ADDR(a, w, S) uint8_t *a = (uint8_t *)(uintptr_t)(ip[w] + (S))
#define CHECKED(a, w, S, at)                                               \
	uint64_t offset_ = ip[w] + (S);                                    \
	uint8_t *a;                                                        \
	if (offset_ > *(const uint64_t *)(const void *)(run->base + (at))) \
		LEAVE(w);                                                  \
	a = run->base + offset_
#if NIMBLE_CHECKED
#define READ_ADDR(a, w, S, bytes) CHECKED(a, w, S, LIMIT_READ((int)(bytes)))
#define WRITE_ADDR(a, w, S, bytes) CHECKED(a, w, S, LIMIT_WRITE((int)(bytes)))
#else
#define READ_ADDR(a, w, S, bytes) RAW_ADDR(a, w, S)
#define WRITE_ADDR(a, w, S, bytes) RAW_ADDR(a, w, S)
#endif
#include "nimble/engine/bodies.h"

#define FIRST run->reg[regs & 15]
#define SECOND run->reg[regs >> 4]
#define LABEL(fmt, op, name)                     \
	L_##name : regs = word[ip - cells].regs; \
	STEP_##fmt(op, FIRST, SECOND, 1);        \
	NEXT(1 + WORDS_##fmt);

#if NIMBLE_CHECKED
#define TIER nimble_goto_checked_tier
#define BACKWARD(fmt, op) LABEL(fmt##_B, op, op##_b)
#define ACCESS(fmt, op) LABEL(fmt, op, op)
#define BACKWARD_AT(op) [OP_##op##_b] = {&&L_##op##_b},
#define ACCESS_AT(op) [OP_##op] = {&&L_##op},
#else
#define TIER nimble_goto_unchecked_tier
#define BACKWARD(fmt, op)
#define ACCESS(fmt, op)
#define BACKWARD_AT(op)
#define ACCESS_AT(op)
#endif
#define STEP_STOREI_N(op, D, S, W) APPLY(STORE_WORD_RAW, D, W, TYPES_##op)
#define WORDS_STOREI_N 2
#define STORE_WORD_RAW(S, W, type)           \
	{                                    \
		RAW_ADDR(a, W, S);           \
		STORE_WORD(a, (W) + 1, type) \
	}

static const nimble_handler *tables[NIMBLE_BASE_OPS];

/* run NULL: only fill tables. */
static void enter(struct nimble_run *run)
{
#define RR(op) [OP_##op] = {&&L_##op},
#define RI(op) [OP_##op] = {&&L_##op},
#define R(op) [OP_##op] = {&&L_##op},
#define JRR(op) [OP_##op] = {&&L_##op}, BACKWARD_AT(op)
#define JRI(op) [OP_##op] = {&&L_##op}, BACKWARD_AT(op)
#define LOAD(op) [OP_##op##_n] = {&&L_##op##_n}, ACCESS_AT(op)
#define STORE(op) [OP_##op##_n] = {&&L_##op##_n}, ACCESS_AT(op)
#define STOREI(op) [OP_##op##_n] = {&&L_##op##_n}, ACCESS_AT(op)
	static const nimble_handler labels[NIMBLE_BASE_OPS][1] = {
#include "nimble/engine/ops.def"
		[OP_ja] = {&&L_ja},	    [OP_ja_b] = {&&L_ja_b},
		[OP_call] = {&&L_call},	    [OP_exit] = {&&leave_function},
		[OP_helper] = {&&L_helper}, [OP_slow] = {&&slow},
	};
	const struct nimble_word *word;
	const uint64_t *ip, *cells;
	unsigned int regs, i;

	if (!run) {
		for (i = 0; i < NIMBLE_BASE_OPS; i++)
			tables[i] = labels[i][0] ? labels[i] : NULL;
		return;
	}
	run->reg[0] = 0;
	memset(run->reg + 3, 0, 7 * sizeof(run->reg[0]));
	word = run->code->word;
	cells = run->code->cells;
	ip = run->ip;
dispatch:
	goto *(void *)(uintptr_t)ip[0];

#define RR(op) LABEL(RR, op, op)
#define RI(op) LABEL(RI, op, op)
#define R(op) LABEL(R, op, op)
#define JRR(op) LABEL(JRR, op, op) BACKWARD(JRR, op)
#define JRI(op) LABEL(JRI, op, op) BACKWARD(JRI, op)
#define LOAD(op) LABEL(LOAD_N, op, op##_n) ACCESS(LOAD, op)
#define STORE(op) LABEL(STORE_N, op, op##_n) ACCESS(STORE, op)
#define STOREI(op) LABEL(STOREI_N, op, op##_n) ACCESS(STOREI, op)
#include "nimble/engine/ops.def"
L_ja_b:
#if NIMBLE_CHECKED
	CHARGE(2);
#endif
L_ja:
	JUMP(1);
L_call:
#if NIMBLE_CHECKED
	CHARGE(2);
#endif
	if (run->top == run->limit)
		goto slow;
	memcpy(run->top->saved, run->reg + 6, sizeof(run->top->saved));
	run->top->cell = ip;
	run->top++;
	run->reg[NX_REG_FRAME] += run->frame_bytes;
	JUMP(1);
leave_function:
	if (run->top == run->bottom)
		return;
	run->top--;
	memcpy(run->reg + 6, run->top->saved, sizeof(run->top->saved));
	run->reg[NX_REG_FRAME] -= run->frame_bytes;
	ip = run->top->cell;
	NEXT(3);
L_helper:
	run->ip = ip;
	run->reg[0] =
		((nimble_helper_fn)(uintptr_t)ip[1])(run->reg[1], run->reg[2],
						     run->reg[3], run->reg[4],
						     run->reg[5], run);
	if (run->faulted)
		return;
	memset(run->reg + 1, 0, 5 * sizeof(run->reg[0]));
	NEXT(2);
slow:
	run->ip = ip;
	if (nimble_slow(run))
		return;
	ip = run->ip;
	GO();
}

static int translate(struct nimble_ext *ext, struct nimble_facts *facts,
		     struct nimble_diag *diag)
{
	if (!tables[OP_exit])
		enter(NULL);
	return nimble_translate(ext, facts, diag);
}

const struct nimble_tier TIER = {
	.name = NIMBLE_CHECKED ? "goto-checked" : "goto-unchecked",
	.checked = NIMBLE_CHECKED,
	.generic = true,
	.translate = translate,
	.enter = enter,
	.insn_at = nimble_cells_insn,
	.start_of = nimble_cells_start,
	.tables = tables,
};
