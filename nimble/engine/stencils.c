/* SPDX-License-Identifier: MIT */
/* Every body for every combination of registers, to be taken apart by the tool. */
/*
 * A function is named stencil__FAMILY__FIRST_SECOND, with 0 for a register that the
 * family does not have; it is never called. Families beyond ops.def, for choices that
 * machine code has and cells do not, are listed in engine/stencil.h.
 */
#define NIMBLE_CHECKED 1
#include "nimble/engine/stencil_backend.h"
#include "nimble/engine/bodies.h"

#define STENCIL(op, d, s)                      \
	void stencil__##op##__##d##_##s(void); \
	void stencil__##op##__##d##_##s(void)
#define ENDS                        \
	do {                        \
		nimble_hole_next(); \
		return;             \
	} while (0)

/* M(args..., register) for r0-r9, and for r0-r10. */
#define EACH_TO(M, ...)   \
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
#define EACH_BASE(M, ...)       \
	EACH_TO(M, __VA_ARGS__) \
	M(__VA_ARGS__, 10)
/* The same again: a macro cannot be expanded inside itself. */
#define EACH_FROM(M, ...) \
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

#define STEP_RMW32(op, D, S, W) \
	CHECK_ATOMIC(D, 4);     \
	BODY_##op(D, S)
#define STEP_RMW32_N(op, D, S, W) \
	CHECK_ATOMIC_N(D, 4);     \
	BODY_##op(D, S)
#define STEP_RMW64(op, D, S, W) \
	CHECK_ATOMIC(D, 8);     \
	BODY_##op(D, S)
#define STEP_RMW64_N(op, D, S, W) \
	CHECK_ATOMIC_N(D, 8);     \
	BODY_##op(D, S)

#define PAIR(fmt, op, name, d, s)              \
	STENCIL(name, d, s)                    \
	{                                      \
		STEP_##fmt(op, v##d, v##s, 1); \
		ENDS;                          \
	}
#define ROW(fmt, op, name, d) EACH_FROM(PAIR, fmt, op, name, d)
#define PAIRS(fmt, op, name) EACH_TO(ROW, fmt, op, name)
#define PAIRS_BASE(fmt, op, name) EACH_BASE(ROW, fmt, op, name)
#define ONE(fmt, op, name, d)                  \
	STENCIL(name, d, 0)                    \
	{                                      \
		STEP_##fmt(op, v##d, v##d, 1); \
		ENDS;                          \
	}
#define ONES(fmt, op, name) EACH_TO(ONE, fmt, op, name)
#define ONES_BASE(fmt, op, name) EACH_BASE(ONE, fmt, op, name)

#define ALL_RR(op) PAIRS(RR, op, op)
#define ALL_RI(op) ONES(RI, op, op)
#define ALL_R(op) ONES(R, op, op)
#define ALL_JRR(op) PAIRS_BASE(JRR, op, op) PAIRS_BASE(JRR_C, op, op##_c)
#define ALL_JRI(op) ONES_BASE(JRI, op, op) ONES_BASE(JRI_C, op, op##_c)
#define ALL_LOAD(op) PAIRS(LOAD, op, op) PAIRS(LOAD_N, op, op##_n)
#define ALL_STORE(op) PAIRS_BASE(STORE, op, op) PAIRS_BASE(STORE_N, op, op##_n)
#define ALL_STOREI(op) ONES_BASE(STOREI, op, op) ONES_BASE(STOREI_N, op, op##_n)
#define ALL_RMW32(op) PAIRS_BASE(RMW32, op, op) PAIRS_BASE(RMW32_N, op, op##_n)
#define ALL_RMW64(op) PAIRS_BASE(RMW64, op, op) PAIRS_BASE(RMW64_N, op, op##_n)
#define ALL_JA(op) /* these are below */
#define ALL_CALL(op)
#define ALL_HELPER(op)
#define ALL_RETURN(op)
#define ALL_BARE(op)
#define OP(format, op) ALL_##format(op)
#include "nimble/engine/ops.def"

/* Constants that a mov64i of 32 bits does not have. */
#define BODY_mov_zero(D, S, W) D = 0;
#define BODY_mov_low(D, S, W) __asm__("mov %1, %k0" : "=r"(D) : IMM);
#define BODY_mov_wide(D, S, W) __asm__("movabs %1, %q0" : "=r"(D) : IMM);
ONES(R, mov_zero, mov_zero)
ONES(RI, mov_low, mov_low)
ONES(RI, mov_wide, mov_wide)

/* The rest has no registers of its own: assembly, with the run's fields and those of a
 * suspended caller by their offsets. */
#define S_(x) #x
#define S(x) S_(x)
#define BUDGET S(RUN_BUDGET) "(%r9)"
#define BUDGET_AFTER S(RUN_BUDGET) "(%r11)"
#define NUMBER S(RUN_INSN) "(%r9)"
#define FAULT S(RUN_FAULT) "(%r11)"
#define TOP S(RUN_TOP) "(%r11)"
#define BOTTOM S(RUN_BOTTOM) "(%r11)"
#define LIMIT S(RUN_LIMIT) "(%r11)"
#define SIZE S(CALLER_BYTES)
#define CONTROL(name, text)             \
	STENCIL(name, 0, 0)             \
	{                               \
		__asm__ volatile(text); \
		ENDS;                   \
	}
#define LEAVES(name, text)               \
	STENCIL(name, 0, 0)              \
	{                                \
		__asm__ volatile(text);  \
		__builtin_unreachable(); \
	}

LEAVES(ja, "jmp nimble_hole_target")
LEAVES(ja_c, "sub $nimble_hole_charge, %r10\n\t"
	     "jns nimble_hole_target\n\t"
	     "jmp nimble_hole_out")
LEAVES(slow, "mov $nimble_hole_insn, %eax\n\t"
	     "jmp nimble_hole_slow")

/* Out of the hook's own function; of an image without calls that is every exit. */
LEAVES(leave, "jmp nimble_hole_leave")
LEAVES(leave_c, "sub $nimble_hole_charge, %r10\n\t"
		"jmp nimble_hole_leave")

/* Back to the caller, whose registers lie in the run, outside of the arena. */
#define EXIT_BODY                          \
	"mov (%rsp), %r11\n\t"             \
	"mov " TOP ", %rax\n\t"            \
	"cmp " BOTTOM ", %rax\n\t"         \
	"je nimble_hole_leave\n\t"         \
	"sub $" SIZE ", %rax\n\t"          \
	"mov %rax, " TOP "\n\t"            \
	"sub $nimble_hole_frame, %rbp\n\t" \
	"mov 0(%rax), %r12\n\t"            \
	"mov 8(%rax), %r13\n\t"            \
	"mov 16(%rax), %r14\n\t"           \
	"mov 24(%rax), %r15\n\t"           \
	"jmp *32(%rax)"
LEAVES(exit, EXIT_BODY)
LEAVES(exit_c, "sub $nimble_hole_charge, %r10\n\t" EXIT_BODY)

#define CALL_BODY                              \
	"mov (%rsp), %r11\n\t"                 \
	"mov " TOP ", %rax\n\t"                \
	"cmp " LIMIT ", %rax\n\t"              \
	"jae nimble_hole_out\n\t"              \
	"add $" SIZE ", %rax\n\t"              \
	"mov %rax, " TOP "\n\t"                \
	"mov %r12, 0-" SIZE "(%rax)\n\t"       \
	"mov %r13, 8-" SIZE "(%rax)\n\t"       \
	"mov %r14, 16-" SIZE "(%rax)\n\t"      \
	"mov %r15, 24-" SIZE "(%rax)\n\t"      \
	"lea nimble_hole_next(%rip), %r11\n\t" \
	"mov %r11, 32-" SIZE "(%rax)\n\t"      \
	"add $nimble_hole_frame, %rbp\n\t"     \
	"jmp nimble_hole_target"
LEAVES(call, "sub $nimble_hole_charge, %r10\n\t"
	     "js nimble_hole_out\n\t" CALL_BODY)
LEAVES(call_n, CALL_BODY)

/* A helper gets r1-r5 where they are, and the run; r1-r5 are cleared afterwards: what
 * the host left there is none of the extension's business. */
CONTROL(helper, "mov (%rsp), %r9\n\t"
		"mov %rdi, 8(%r9)\n\t"
		"mov %rsi, 16(%r9)\n\t"
		"mov %rdx, 24(%r9)\n\t"
		"mov %rcx, 32(%r9)\n\t"
		"mov %r8, 40(%r9)\n\t"
		"mov %r10, " BUDGET "\n\t"
		"movl $nimble_hole_insn, " NUMBER "\n\t"
		"call nimble_hole_helper\n\t"
		"mov (%rsp), %r11\n\t"
		"mov %rax, %r9\n\t"
		"mov " BUDGET_AFTER ", %r10\n\t"
		"cmpq $0, " FAULT "\n\t"
		"jne nimble_hole_unwind\n\t"
		"xor %edi, %edi\n\t"
		"xor %esi, %esi\n\t"
		"xor %edx, %edx\n\t"
		"xor %ecx, %ecx\n\t"
		"xor %r8d, %r8d")
