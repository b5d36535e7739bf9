/* SPDX-License-Identifier: MIT */
/* Backend of gcc on x86-64: VM registers in machine registers, tail jumps. */
#ifndef NIMBLE_ENGINE_TAIL_X86_64_H
#define NIMBLE_ENGINE_TAIL_X86_64_H

/*
 * Every VM register is a global register variable, so that a handler is a
 * function without arguments, locals in memory or a frame; the compiler's
 * only free register is rax. r1-r5 lie where C passes arguments, so a helper
 * call moves nothing. entry.S loads and saves them all: gcc saves no global
 * register variable. At a handler's entry the stack pointer is what the entry
 * stub left, and (%rsp) is the struct nimble_run.
 *
 * Dispatch and checks are assembly of one or two instructions: gcc's own code
 * for them copies ip and base through spare registers that do not exist.
 * Files that include this are compiled with the registers -ffixed and need
 * gcc: clang has no such global registers.
 */
#include <stdint.h>

#include "nimble/engine/run.h"

register uint64_t v0 __asm__("r9");
register uint64_t v1 __asm__("rdi");
register uint64_t v2 __asm__("rsi");
register uint64_t v3 __asm__("rdx");
register uint64_t v4 __asm__("rcx");
register uint64_t v5 __asm__("r8");
register uint64_t v6 __asm__("r12");
register uint64_t v7 __asm__("r13");
register uint64_t v8 __asm__("r14");
register uint64_t v9 __asm__("r15");
register uint64_t v10 __asm__("rbp");
register const uint64_t *ip __asm__("rbx");
register uint64_t budget __asm__("r10");
register uint64_t arena __asm__("r11");

/* Where the run is; an experiment in tests/bench/ has it elsewhere. */
#ifndef RUN_POINTER
#define RUN_POINTER "(%%rsp)"
#endif

#define WORD(w) ip[w]

/*
 * A basic asm counts as a use of every register; memory must be said. ip moves
 * in the same asm as the jump: a load or store that traps still finds its own
 * cell in ip (core/trap.c).
 */
#define GO()                                       \
	do {                                       \
		__asm__ volatile("" ::: "memory"); \
		__asm__ volatile("jmp *(%rbx)");   \
		__builtin_unreachable();           \
	} while (0)
#define NEXT(words)                                  \
	do {                                         \
		__asm__ volatile("" ::: "memory");   \
		__asm__ volatile("add %0, %%rbx\n\t" \
				 "jmp *(%%rbx)"      \
				 :                   \
				 : "i"((words)*8)    \
				 : "memory");        \
		__builtin_unreachable();             \
	} while (0)
#define LEAVE(w)                                        \
	do {                                            \
		__asm__ volatile("add %0, %%rbx\n\t"    \
				 "jmp nimble_stub_slow" \
				 :                      \
				 : "i"((w)*8)           \
				 : "memory");           \
		__builtin_unreachable();                \
	} while (0)

#define EXIT()                                            \
	do {                                              \
		__asm__ volatile("" ::: "memory");        \
		__asm__ volatile("jmp nimble_stub_exit"); \
		__builtin_unreachable();                  \
	} while (0)
#define JUMP(w)                               \
	do {                                  \
		ip = (const uint64_t *)ip[w]; \
		GO();                         \
	} while (0)

#define CHARGE(w)                                              \
	do {                                                   \
		__label__ out, in;                             \
		__asm__ goto("sub %c0(%%rbx), %%r10\n\tjs %l1" \
			     :                                 \
			     : "i"((w)*8)                      \
			     : "cc"                            \
			     : out);                           \
		goto in;                                       \
	out:                                                   \
		__attribute__((cold));                         \
		LEAVE(w);                                      \
	in:;                                                   \
	} while (0)

#define CHECKED(a, w, S, limit)                             \
	uint64_t a = ip[w] + (S);                           \
	do {                                                \
		__label__ out, in;                          \
		__asm__ goto("cmp %c1(%%r11), %0\n\tja %l2" \
			     :                              \
			     : "r"(a), "i"(limit)           \
			     : "cc", "memory"               \
			     : out);                        \
		goto in;                                    \
	out:                                                \
		__attribute__((cold));                      \
		LEAVE(w);                                   \
	in:;                                                \
	} while (0);                                        \
	a += arena

/*
 * Between two steps: the compiler shall take every register from where it is
 * and not from a copy that it made in the step before.
 */
#define STEP_BARRIER()                                                       \
	__asm__ volatile(""                                                  \
			 : "+r"(ip), "+r"(arena), "+r"(v0), "+r"(v1),        \
			   "+r"(v2), "+r"(v3), "+r"(v4), "+r"(v5), "+r"(v6), \
			   "+r"(v7), "+r"(v8), "+r"(v9), "+r"(v10))

#define RAW_ADDR(a, w, S) uint64_t a = ip[w] + (S)
#if NIMBLE_CHECKED
#define READ_ADDR(a, w, S, bytes) CHECKED(a, w, S, LIMIT_READ(bytes))
#define WRITE_ADDR(a, w, S, bytes) CHECKED(a, w, S, LIMIT_WRITE(bytes))
#else
#define READ_ADDR(a, w, S, bytes) RAW_ADDR(a, w, S)
#define WRITE_ADDR(a, w, S, bytes) RAW_ADDR(a, w, S)
#endif

/* By the flags: a value in the spare register would cost the others theirs. */
#define TEST_ASM(D, x, instruction)                                      \
	({                                                               \
		int set_;                                                \
		__asm__(instruction : "=@ccnz"(set_) : "r"(D), "rm"(x)); \
		set_;                                                    \
	})
#define TEST64(D, x) TEST_ASM(D, x, "test %1, %2")
#define TEST32(D, x) TEST_ASM((uint32_t)(D), (uint32_t)(x), "test %1, %2")

/*
 * Store word w at address a. That needs one more register: arena's, which is
 * loaded again afterwards. (A push would move the stack pointer, from which
 * a fault at the store is unwound.)
 */
#define STORE_WORD(a, w, type)                                    \
	__asm__ volatile("mov %c1(%%rbx), %%r11\n\t" STORE_##type \
			 ", (%0)\n\t"                             \
			 "mov " RUN_POINTER ", %%r11\n\t"         \
			 "mov %c2(%%r11), %%r11"                  \
			 :                                        \
			 : "r"(a), "i"((w)*8), "i"(RUN_BASE)      \
			 : "memory");
#define STORE_uint8_t "mov %%r11b"
#define STORE_uint16_t "mov %%r11w"
#define STORE_uint32_t "mov %%r11d"
#define STORE_uint64_t "mov %%r11"

/* A count or dividend may sit in rcx or rdx, so those are kept by a push. */
#define SHIFT_ASM(instruction, width, D, where, count)                     \
	__asm__ volatile("push %%rcx\n\t"                                  \
			 "mov %0, %%rax\n\t"                               \
			 "mov %1, %%rcx\n\t" instruction " %%cl, %%" width \
			 "\n\t"                                            \
			 "pop %%rcx\n\t"                                   \
			 "mov %%rax, %0"                                   \
			 : "+r"(D)                                         \
			 : where(count)                                    \
			 : "rax", "cc");
#define SHIFT_lsh_64(D, at, c) SHIFT_ASM("shl", "rax", D, at, c)
#define SHIFT_rsh_64(D, at, c) SHIFT_ASM("shr", "rax", D, at, c)
#define SHIFT_arsh_64(D, at, c) SHIFT_ASM("sar", "rax", D, at, c)
#define SHIFT_lsh_32(D, at, c) SHIFT_ASM("shl", "eax", D, at, c)
#define SHIFT_rsh_32(D, at, c) SHIFT_ASM("shr", "eax", D, at, c)
#define SHIFT_arsh_32(D, at, c) SHIFT_ASM("sar", "eax", D, at, c)
#define SHIFT(op, bits, D, count) SHIFT_##op##_##bits(D, "r", count)
#define SHIFT_WORD(op, bits, D, w) SHIFT_##op##_##bits(D, "m", ip[w])

#define DIVIDE_ASM(extend, instruction, take, D, where, S)             \
	__asm__ volatile("push %1\n\t"                                 \
			 "push %%rdx\n\t"                              \
			 "mov %0, %%rax\n\t" extend "\n\t" instruction \
			 " 8(%%rsp)\n\t" take "pop %%rdx\n\t"          \
			 "lea 8(%%rsp), %%rsp\n\t"                     \
			 "mov %%rax, %0"                               \
			 : "+r"(D)                                     \
			 : where(S)                                    \
			 : "rax", "cc", "memory");
#define DIVIDE_div_64(D, at, S) \
	DIVIDE_ASM("xor %%edx, %%edx", "divq", "", D, at, S)
#define DIVIDE_mod_64(D, at, S) \
	DIVIDE_ASM("xor %%edx, %%edx", "divq", "mov %%rdx, %%rax\n\t", D, at, S)
#define DIVIDE_div_32(D, at, S) \
	DIVIDE_ASM("xor %%edx, %%edx", "divl", "", D, at, S)
#define DIVIDE_mod_32(D, at, S) \
	DIVIDE_ASM("xor %%edx, %%edx", "divl", "mov %%edx, %%eax\n\t", D, at, S)
#define DIVIDE_sdiv_64(D, at, S) DIVIDE_ASM("cqto", "idivq", "", D, at, S)
#define DIVIDE_smod_64(D, at, S) \
	DIVIDE_ASM("cqto", "idivq", "mov %%rdx, %%rax\n\t", D, at, S)
#define DIVIDE_sdiv_32(D, at, S) DIVIDE_ASM("cltd", "idivl", "", D, at, S)
#define DIVIDE_smod_32(D, at, S) \
	DIVIDE_ASM("cltd", "idivl", "mov %%edx, %%eax\n\t", D, at, S)
#define BY_ZERO_sdiv BY_ZERO_div
#define BY_ZERO_smod BY_ZERO_mod
#define BY_ZERO_div(bits, D) D = 0
#define BY_ZERO_mod(bits, D) D = (uint##bits##_t)(D)
#define DIVIDE(op, bits, D, S)   \
	if ((uint##bits##_t)(S)) \
		DIVIDE_##op##_##bits(D, "r", S) else BY_ZERO_##op(bits, D);
#define DIVIDE_WORD(op, bits, D, w) DIVIDE_##op##_##bits(D, "m", ip[w])

#define HANDLER(name)                                                      \
	__attribute__((section("nimble_text"), visibility("hidden"))) void \
	name(void);                                                        \
	void name(void)

#endif
