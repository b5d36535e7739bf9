/* SPDX-License-Identifier: MIT */
/* Backend of stencils: VM registers in machine registers, operands as holes. */
#ifndef NIMBLE_ENGINE_STENCIL_BACKEND_H
#define NIMBLE_ENGINE_STENCIL_BACKEND_H

/*
 * Registers are as in the engine's stubs (engine/copy_x86_64.S): those of the VM, the
 * budget, and minus the arena's start. rax and r11 are free. (%rsp) is the struct
 * nimble_run, and nothing moves the stack pointer.
 *
 * An operand is the address of an undefined symbol, nimble_hole_*, so that the compiler
 * leaves a relocation where its value belongs; the tool (toolchain/nimble/stencil/) knows
 * each by name. A body ends in a jump to nimble_hole_next, which is cut off, or leaves
 * by nimble_hole_out before it has changed anything. Where the compiler would load an
 * operand into a register, or has no register left, there is assembly.
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

extern char nimble_hole_imm[], nimble_hole_off[];
void nimble_hole_next(void);
void nimble_hole_target(void);

/* Sign-extended from 32 bits, as the code model has it. */
#define WORD(w) ((uint64_t)(int64_t)(intptr_t)nimble_hole_imm)
#define OFFSET ((uint64_t)(int64_t)(intptr_t)nimble_hole_off)
#define IMM "i"(nimble_hole_imm)

#define JUMP(w)                       \
	do {                          \
		nimble_hole_target(); \
		return;               \
	} while (0)
#define CHARGE_JUMP(c, w)                                            \
	do {                                                         \
		__asm__ volatile("sub $nimble_hole_charge, %r10\n\t" \
				 "jns nimble_hole_target\n\t"        \
				 "jmp nimble_hole_out");             \
		__builtin_unreachable();                             \
	} while (0)

#define CHECK(S)                                                     \
	__asm__ volatile("lea nimble_hole_off(%0, %%rbx), %%rax\n\t" \
			 "cmp $nimble_hole_limit, %%rax\n\t"         \
			 "ja nimble_hole_out"                        \
			 :                                           \
			 : "r"(S)                                    \
			 : "rax", "cc", "memory")
#define RAW_ADDR(a, w, S, bytes) uint64_t a = (S) + OFFSET
#define READ_ADDR(a, w, S, bytes) \
	CHECK(S);                 \
	RAW_ADDR(a, w, S, bytes)
#define WRITE_ADDR READ_ADDR

#define STORE_WORD(a, w, type)                          \
	__asm__ volatile(STORE_##type " %1, %0"         \
			 : "=m"(*(type MAY_ALIAS *)(a)) \
			 : IMM                          \
			 : "memory");
#define STORE_uint8_t "movb"
#define STORE_uint16_t "movw"
#define STORE_uint32_t "movl"
#define STORE_uint64_t "movq"

#define ALU32_WORD(name, sign, D, w) \
	__asm__(#name " %1, %k0" : "+r"(D) : IMM : "cc");
#define COMPARE32(name, sign, type, D, w)                                  \
	({                                                                 \
		int set_;                                                  \
		__asm__("cmp %2, %k1" : "=@cc" #name(set_) : "r"(D), IMM); \
		set_;                                                      \
	})
#define TEST64(D, x) ((D) & (x))
#define TEST32(D, x)                                                         \
	({                                                                   \
		int set_;                                                    \
		__asm__("test %k2, %k1" : "=@ccnz"(set_) : "r"(D), "ri"(x)); \
		set_;                                                        \
	})

/* The count must be in cl, where v4 is. */
#define SHIFT_BY(instruction, own, rax, D, S)                          \
	__asm__(".ifc %q1, %%rcx\n\t" instruction " %%cl, " own "\n\t" \
		".else\n\t"                                            \
		"mov %%rcx, %%rax\n\t"                                 \
		"mov %q1, %%rcx\n\t"                                   \
		".ifc %q0, %%rcx\n\t" instruction " %%cl, " rax "\n\t" \
		".else\n\t" instruction " %%cl, " own "\n\t"           \
		".endif\n\t"                                           \
		"mov %%rax, %%rcx\n\t"                                 \
		".endif"                                               \
		: "+r"(D)                                              \
		: "r"(S)                                               \
		: "rax", "cc");
#define SHIFT_lsh_64(D, S) SHIFT_BY("shl", "%q0", "%%rax", D, S)
#define SHIFT_lsh_32(D, S) SHIFT_BY("shl", "%k0", "%%eax", D, S)
#define SHIFT_rsh_64(D, S) SHIFT_BY("shr", "%q0", "%%rax", D, S)
#define SHIFT_rsh_32(D, S) SHIFT_BY("shr", "%k0", "%%eax", D, S)
#define SHIFT_arsh_64(D, S) SHIFT_BY("sar", "%q0", "%%rax", D, S)
#define SHIFT_arsh_32(D, S) SHIFT_BY("sar", "%k0", "%%eax", D, S)
#define SHIFT(op, bits, D, S) SHIFT_##op##_##bits(D, S)
#define SHIFT_CONSTANT(instruction, D) \
	__asm__(instruction : "+r"(D) : IMM : "cc");
#define SHIFTI_lsh_64(D) SHIFT_CONSTANT("shl %1, %q0", D)
#define SHIFTI_rsh_64(D) SHIFT_CONSTANT("shr %1, %q0", D)
#define SHIFTI_arsh_64(D) SHIFT_CONSTANT("sar %1, %q0", D)
#define SHIFTI_lsh_32(D) SHIFT_CONSTANT("shl %1, %k0", D)
#define SHIFTI_rsh_32(D) SHIFT_CONSTANT("shr %1, %k0", D)
#define SHIFTI_arsh_32(D) SHIFT_CONSTANT("sar %1, %k0", D)
#define SHIFT_WORD(op, bits, D, w) SHIFTI_##op##_##bits(D)

/* rdx, half of the dividend, is v3: kept in r11, where a divisor in it is found, too; of
 * a constant divisor, which needs a register, in the run. */
#define DIVIDE_BY(extend, divide, own, r11, take, D, S)       \
	__asm__("mov %%rdx, %%r11\n\t"                        \
		"mov %q0, %%rax\n\t" extend "\n\t"            \
		".ifc %q1, %%rdx\n\t" divide " %%" r11 "\n\t" \
		".else\n\t" divide " " own "\n\t"             \
		".endif\n\t" take "mov %%r11, %%rdx\n\t"      \
		"mov %%rax, %q0"                              \
		: "+r"(D)                                     \
		: "r"(S)                                      \
		: "rax", "r11", "cc");
#define DIVIDE_CONSTANT(extend, divide, own, r11, take, D)                     \
	__asm__("mov (%%rsp), %%r11\n\t"                                       \
		"mov %%rdx, 3*8(%%r11)\n\t"                                    \
		"mov %q0, %%rax\n\t"                                           \
		"mov %1, %%r11\n\t" extend "\n\t" divide " %%" r11 "\n\t" take \
		"mov (%%rsp), %%r11\n\t"                                       \
		"mov 3*8(%%r11), %%rdx\n\t"                                    \
		"mov %%rax, %q0"                                               \
		: "+r"(D)                                                      \
		: IMM                                                          \
		: "rax", "r11", "cc", "memory");
#define QUOTIENT ""
#define REMAINDER_64 "mov %%rdx, %%rax\n\t"
#define REMAINDER_32 "mov %%edx, %%eax\n\t"
#define HOW_div_64(M, ...) \
	M("xor %%edx, %%edx", "div", "%q1", "r11", QUOTIENT, __VA_ARGS__)
#define HOW_mod_64(M, ...) \
	M("xor %%edx, %%edx", "div", "%q1", "r11", REMAINDER_64, __VA_ARGS__)
#define HOW_div_32(M, ...) \
	M("xor %%edx, %%edx", "div", "%k1", "r11d", QUOTIENT, __VA_ARGS__)
#define HOW_mod_32(M, ...) \
	M("xor %%edx, %%edx", "div", "%k1", "r11d", REMAINDER_32, __VA_ARGS__)
#define HOW_sdiv_64(M, ...) \
	M("cqto", "idiv", "%q1", "r11", QUOTIENT, __VA_ARGS__)
#define HOW_smod_64(M, ...) \
	M("cqto", "idiv", "%q1", "r11", REMAINDER_64, __VA_ARGS__)
#define HOW_sdiv_32(M, ...) \
	M("cltd", "idiv", "%k1", "r11d", QUOTIENT, __VA_ARGS__)
#define HOW_smod_32(M, ...) \
	M("cltd", "idiv", "%k1", "r11d", REMAINDER_32, __VA_ARGS__)
#define BY_ZERO_div(bits, D) D = 0;
#define BY_ZERO_mod(bits, D) D = (uint##bits##_t)(D);
#define BY_ZERO_sdiv BY_ZERO_div
#define BY_ZERO_smod BY_ZERO_mod
#define DIVIDE(op, bits, D, S)                     \
	if ((uint##bits##_t)(S)) {                 \
		HOW_##op##_##bits(DIVIDE_BY, D, S) \
	} else {                                   \
		BY_ZERO_##op(bits, D)              \
	}
#define DIVIDE_WORD(op, bits, D, w) HOW_##op##_##bits(DIVIDE_CONSTANT, D)

/*
 * Atomic operations by one locked instruction, or by compare and exchange. The start of
 * the arena is aligned, so that the offset that is checked says what the address is.
 */
#define ALIGNED(bytes)                         \
	__asm__ volatile("test %0, %%al\n\t"   \
			 "jne nimble_hole_out" \
			 :                     \
			 : "i"((bytes)-1)      \
			 : "cc", "memory")
#define CHECK_ATOMIC(D, bytes) \
	CHECK(D);              \
	ALIGNED(bytes)
#define CHECK_ATOMIC_N(D, bytes)                                               \
	__asm__ volatile("lea nimble_hole_off(%0), %%rax" : : "r"(D) : "rax"); \
	ALIGNED(bytes)
#define LOCKED(instruction, D, S)                             \
	__asm__ volatile(instruction ", nimble_hole_off(%q0)" \
			 :                                    \
			 : "r"(D), "r"(S)                     \
			 : "cc", "memory");
#define FETCHED(instruction, D, S)                            \
	__asm__ volatile(instruction ", nimble_hole_off(%q1)" \
			 : "+r"(S)                            \
			 : "r"(D)                             \
			 : "cc", "memory");
#define LOOP(instruction, a, b, D, S)                                     \
	__asm__ volatile("mov nimble_hole_off(%q1), %%" a "\n"            \
			 "1:\tmov %%rax, %%r11\n\t" instruction " %q0, "  \
			 "%%r11\n\t"                                      \
			 "lock cmpxchg %%" b ", nimble_hole_off(%q1)\n\t" \
			 "jne 1b\n\t"                                     \
			 "mov %%rax, %q0"                                 \
			 : "+r"(S)                                        \
			 : "r"(D)                                         \
			 : "rax", "r11", "cc", "memory");
#define COMPARED(instruction, a, D, S)                \
	__asm__ volatile("mov %%r9, %%rax\n\t"        \
			 "lock cmpxchg " instruction  \
			 ", nimble_hole_off(%q0)\n\t" \
			 "mov %%" a                   \
			 :                            \
			 : "r"(D), "r"(S)             \
			 : "rax", "cc", "memory");
#define BODY_aadd32(D, S) LOCKED("lock add %k1", D, S)
#define BODY_aor32(D, S) LOCKED("lock or %k1", D, S)
#define BODY_aand32(D, S) LOCKED("lock and %k1", D, S)
#define BODY_axor32(D, S) LOCKED("lock xor %k1", D, S)
#define BODY_fadd32(D, S) FETCHED("lock xadd %k0", D, S)
#define BODY_for32(D, S) LOOP("or", "eax", "r11d", D, S)
#define BODY_fand32(D, S) LOOP("and", "eax", "r11d", D, S)
#define BODY_fxor32(D, S) LOOP("xor", "eax", "r11d", D, S)
#define BODY_xchg32(D, S) FETCHED("xchg %k0", D, S)
#define BODY_cmpxchg32(D, S) COMPARED("%k1", "eax, %%r9d", D, S)
#define BODY_aadd64(D, S) LOCKED("lock add %q1", D, S)
#define BODY_aor64(D, S) LOCKED("lock or %q1", D, S)
#define BODY_aand64(D, S) LOCKED("lock and %q1", D, S)
#define BODY_axor64(D, S) LOCKED("lock xor %q1", D, S)
#define BODY_fadd64(D, S) FETCHED("lock xadd %q0", D, S)
#define BODY_for64(D, S) LOOP("or", "rax", "r11", D, S)
#define BODY_fand64(D, S) LOOP("and", "rax", "r11", D, S)
#define BODY_fxor64(D, S) LOOP("xor", "rax", "r11", D, S)
#define BODY_xchg64(D, S) FETCHED("xchg %q0", D, S)
#define BODY_cmpxchg64(D, S) COMPARED("%q1", "rax, %%r9", D, S)

#endif
