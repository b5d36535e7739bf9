/* SPDX-License-Identifier: MIT */
/* Threaded code: the bodies by computed goto, one label a family. */
/*
 * The tier that runs everywhere, and the reference for the other: any compiler that has
 * computed goto, the registers in memory. Compiled twice, checked and unchecked, and how
 * memory is reached is the only difference.
 *
 * An access that nothing has proven may raise an exception in the unchecked one. Before it
 * run->ip is set, and registers are in memory, so that core/trap.c can unwind; its section
 * says that it is ours.
 */
#include "nimble/core/priv.h"

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
#define GO() goto *(void *)(uintptr_t)ip[0]
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
#define LEAVE(w)             \
	do {                 \
		ip += (w);   \
		goto L_slow; \
	} while (0)
#define CHARGE(w)                              \
	do {                                   \
		run->budget -= (int64_t)ip[w]; \
		if (unlikely(run->budget < 0)) \
			LEAVE(w);              \
	} while (0)
#define RAW_ADDR(a, w, S, bytes) \
	uint8_t *a = (uint8_t *)(uintptr_t)(ip[w] + (S))
#define CHECKED(a, w, S, at)                                          \
	uint64_t offset_ = ip[w] + (S);                               \
	uint8_t *a;                                                   \
	if (unlikely(offset_ >                                        \
		     *(const uint64_t *)(const void *)(base + (at)))) \
		LEAVE(w);                                             \
	a = base + offset_
#define TRAPPING(a, w, S)    \
	RAW_ADDR(a, w, S, ); \
	run->ip = ip + (w);  \
	__asm__ volatile("" ::: "memory")
#if NIMBLE_CHECKED
#define READ_ADDR(a, w, S, bytes) CHECKED(a, w, S, LIMIT_READ((int)(bytes)))
#define WRITE_ADDR(a, w, S, bytes) CHECKED(a, w, S, LIMIT_WRITE((int)(bytes)))
#define VARIANT(before, after) before##_checked##after
#else
#define READ_ADDR(a, w, S, bytes) TRAPPING(a, w, S)
#define WRITE_ADDR(a, w, S, bytes) TRAPPING(a, w, S)
#define VARIANT(before, after) before##_unchecked##after
#endif
#include "nimble/engine/bodies.h"
#include "nimble/engine/threaded.h"

#define THREADS VARIANT(nimble_threads, )
struct nimble_threads THREADS;

/* The registers of a step. */
#define FIRST(step) run->reg[((const uint8_t *)(ip + 1))[2 * (step)]]
#define SECOND(step) run->reg[((const uint8_t *)(ip + 1))[2 * (step) + 1]]
#define DO(fmt, op, step, w) STEP_##fmt(op, FIRST(step), SECOND(step), w);
#define W1 NIMBLE_CELL_WORDS
#define LABEL(fmt, op, name) \
	L_##name : DO(fmt, op, 0, W1) NEXT(W1 + WORDS_##fmt);

/* The twin of an access that checks nothing is that of the unchecked one, too. */
#if NIMBLE_CHECKED
#define BACKWARD(fmt, op) LABEL(fmt##_C, op, op##_c)
#define ACCESS(fmt, op) LABEL(fmt, op, op) LABEL(fmt##_N, op, op##_n)
#define BACKWARD_AT(op) THREADS.handler[OP_##op##_c] = &&L_##op##_c;
#define ACCESS_AT(op)                        \
	THREADS.handler[OP_##op] = &&L_##op; \
	THREADS.handler[OP_##op##_n] = &&L_##op##_n;
#define TWIN_C(op) OP_##op##_c
#define TWIN(op) OP_##op
#else
#define BACKWARD(fmt, op)
#define ACCESS(fmt, op) LABEL(fmt, op, op##_n)
#define BACKWARD_AT(op)
#define ACCESS_AT(op) THREADS.handler[OP_##op##_n] = &&L_##op##_n;
#define TWIN_C(op) OP_##op
#define TWIN(op) OP_##op##_n
#endif

/* The family of a superoperator's step. */
#define FAMILY_RR(op) OP_##op
#define FAMILY_RI(op) OP_##op
#define FAMILY_R(op) OP_##op
#define FAMILY_JRR(op) OP_##op
#define FAMILY_JRI(op) OP_##op
#define FAMILY_JRR_C(op) TWIN_C(op)
#define FAMILY_JRI_C(op) TWIN_C(op)
#define FAMILY_JA(op) OP_ja
#define FAMILY_JA_C(op) TWIN_C(ja)
#define FAMILY_LOAD(op) TWIN(op)
#define FAMILY_STORE(op) TWIN(op)

/* From and to the handlers' code: the stub that pushes what is popped at the end. */
void VARIANT(nimble_run, _cells)(struct nimble_run *run);

/* run NULL: only fill the table. */
__attribute__((section("nimble_text"))) void
VARIANT(nimble_run, _cells)(struct nimble_run *run)
{
	const uint64_t *ip;
	uint8_t *base;

	if (unlikely(!run)) {
#define HANDLER(op) THREADS.handler[OP_##op] = &&L_##op;
#define AT_RR(op) HANDLER(op)
#define AT_RI(op) HANDLER(op)
#define AT_R(op) HANDLER(op)
#define AT_JRR(op) HANDLER(op) BACKWARD_AT(op)
#define AT_JRI(op) HANDLER(op) BACKWARD_AT(op)
#define AT_LOAD(op) ACCESS_AT(op)
#define AT_STORE(op) ACCESS_AT(op)
#define AT_STOREI(op) ACCESS_AT(op)
#define AT_RMW32(op)
#define AT_RMW64(op)
#define AT_JA(op) HANDLER(op) HANDLER(op##_c)
#define AT_CALL(op) HANDLER(op)
#define AT_HELPER(op) HANDLER(op)
#define AT_RETURN(op) HANDLER(op) HANDLER(op##_c)
#define AT_BARE(op) HANDLER(op)
#define OP(format, op) AT_##format(op)
#include "nimble/engine/ops.def"
		const struct nimble_super supers[] = {
#define SUPER2(f1, o1, f2, o2)               \
	{#o1 "+" #o2,                        \
	 &&S_##f1##_##o1##_##f2##_##o2,      \
	 {FAMILY_##f1(o1), FAMILY_##f2(o2)}, \
	 2,                                  \
	 0},
#define SUPER3(f1, o1, f2, o2, f3, o3)                        \
	{#o1 "+" #o2 "+" #o3,                                 \
	 &&S_##f1##_##o1##_##f2##_##o2##_##f3##_##o3,         \
	 {FAMILY_##f1(o1), FAMILY_##f2(o2), FAMILY_##f3(o3)}, \
	 3,                                                   \
	 0},
#include "nimble/engine/super.def"
		};

		memcpy(THREADS.super, supers, sizeof(supers));
		return;
	}
	ip = run->ip;
	base = run->base;
	(void)base; /* the unchecked one has none */
	GO();

#define CODE_RR(op) LABEL(RR, op, op)
#define CODE_RI(op) LABEL(RI, op, op)
#define CODE_R(op) LABEL(R, op, op)
#define CODE_JRR(op) LABEL(JRR, op, op) BACKWARD(JRR, op)
#define CODE_JRI(op) LABEL(JRI, op, op) BACKWARD(JRI, op)
#define CODE_LOAD(op) ACCESS(LOAD, op)
#define CODE_STORE(op) ACCESS(STORE, op)
#define CODE_STOREI(op) ACCESS(STOREI, op)
#define CODE_RMW32(op) /* the slow path does these */
#define CODE_RMW64(op)
#define CODE_JA(op) /* and these are below */
#define CODE_CALL(op)
#define CODE_HELPER(op)
#define CODE_RETURN(op)
#define CODE_BARE(op)
#define OP(format, op) CODE_##format(op)
#include "nimble/engine/ops.def"

#define SUPER2(f1, o1, f2, o2)                                 \
	S_##f1##_##o1##_##f2##_##o2                            \
	    : DO(f1, o1, 0, W1) DO(f2, o2, 1, W1 + WORDS_##f1) \
		      NEXT(W1 + WORDS_##f1 + WORDS_##f2);
#define SUPER3(f1, o1, f2, o2, f3, o3)                            \
	S_##f1##_##o1##_##f2##_##o2##_##f3##_##o3                 \
	    : DO(f1, o1, 0, W1) DO(f2, o2, 1, W1 + WORDS_##f1)    \
		      DO(f3, o3, 2, W1 + WORDS_##f1 + WORDS_##f2) \
			      NEXT(W1 + WORDS_##f1 + WORDS_##f2 + WORDS_##f3);
#include "nimble/engine/super.def"

L_ja_c:
#if NIMBLE_CHECKED
	CHARGE(W1 + 1);
#endif
L_ja:
	JUMP(W1);
L_call:
#if NIMBLE_CHECKED
	CHARGE(W1 + 1);
#endif
	if (run->top == run->limit)
		goto L_slow;
	memcpy(run->top->saved, run->reg + 6, sizeof(run->top->saved));
	run->top->cell = ip;
	run->top++;
	run->reg[NX_REG_FRAME] += run->frame_bytes;
	JUMP(W1);
L_exit_c:
	run->budget -= (int64_t)ip[W1];
L_exit:
	if (run->top == run->bottom)
		return;
	run->top--;
	memcpy(run->reg + 6, run->top->saved, sizeof(run->top->saved));
	run->reg[NX_REG_FRAME] -= run->frame_bytes;
	ip = run->top->cell;
	NEXT(W1 + WORDS_CALL);
L_helper:
	run->ip = ip;
	run->reg[0] =
		((nimble_helper_fn)(uintptr_t)ip[W1])(run->reg[1], run->reg[2],
						      run->reg[3], run->reg[4],
						      run->reg[5], run);
	if (run->faulted)
		return;
	memset(run->reg + 1, 0, 5 * sizeof(run->reg[0]));
	NEXT(W1 + WORDS_HELPER);
L_slow:
	run->ip = ip;
	if (nimble_slow(run))
		return;
	ip = run->ip;
	GO();
}

void VARIANT(nimble_threaded, _init)(void)
{
	VARIANT(nimble_run, _cells)(NULL);
	nimble_threads_link(&THREADS);
}
