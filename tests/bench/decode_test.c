// SPDX-License-Identifier: MIT
/* The plugin's decoder against instructions as the assembler makes them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/abi/mark.h"
#include "tests/bench/plugin/decode.h"

/* The bytes of one instruction, between two labels in another section. */
#define ASSEMBLE(text)                                               \
	({                                                           \
		const uint8_t *from, *to;                            \
		__asm__(".pushsection .rodata\n"                     \
			"771:\t" text "\n"                           \
			"772:\t.popsection\n\t"                      \
			"lea 771b(%%rip), %0\n\tlea 772b(%%rip), %1" \
			: "=r"(from), "=r"(to));                     \
		decoded(from, (size_t)(to - from));                  \
	})

static struct insn decoded(const uint8_t *bytes, size_t length)
{
	struct insn insn;

	decode(bytes, length, &insn);
	return insn;
}

#define IS(expected, text) \
	assert_int_equal(ASSEMBLE(text).kind, INSN_##expected)

static void knows_what_is_counted(void **state)
{
	(void)state;
	IS(CR3, "mov %%rax, %%cr3");
	IS(CR3, "mov %%rdi, %%cr3");
	IS(CR3, "mov %%r9, %%cr3");
	IS(INVLPG, "invlpg (%%rdi)");
	IS(INVLPG, "invlpg 8(%%r9)");
	IS(INVLPG, "invpcid (%%rsi), %%rax");
	IS(WRMSR, "wrmsr");
	IS(LOCKED, "lock addq $1, (%%rax)");
	IS(LOCKED, "lock cmpxchg %%r8, (%%r9)");
	IS(LOCKED, "xchg %%eax, (%%rdi)");
	IS(LOCKED, "lock orl $0, %%gs:4(%%rsp)");
	IS(XSAVE, "xsave (%%rdi)");
	IS(XSAVE, "xsave64 (%%rdi)");
	IS(XSAVE, "xsaveopt64 (%%rdi)");
	IS(XSAVE, "xsavec64 (%%rdi)");
	IS(XSAVE, "xsaves64 (%%rdi)");
	IS(XSAVE, "xrstor64 (%%rdi)");
	IS(XSAVE, "xrstors64 (%%rdi)");
	IS(XSAVE, "fxsave64 (%%rdi)");
	IS(PAUSE, "pause");
}

static void leaves_the_rest_alone(void **state)
{
	(void)state;
	IS(PLAIN, "mov %%cr3, %%rax");
	IS(PLAIN, "mov %%rax, %%cr4");
	IS(PLAIN, "nop");
	IS(PLAIN, "xchg %%rax, %%rdx");
	IS(PLAIN, "swapgs");
	IS(PLAIN, "lfence");
	IS(PLAIN, "mfence");
	IS(PLAIN, "ldmxcsr (%%rdi)");
	IS(PLAIN, "clflush (%%rdi)");
	IS(PLAIN, "rdmsr");
	IS(PLAIN, "cmpxchg %%r8, (%%r9)");
	IS(PLAIN, "nopl 0x4D4C0001(%%rax)");
	IS(PLAIN, "nopl 0x4D4B0001(%%rcx)");
}

static void reads_markers(void **state)
{
	struct insn insn = ASSEMBLE("nopl 0x4D4B1234(%%rax)");

	(void)state;
	assert_int_equal(insn.kind, INSN_MARK);
	assert_int_equal(insn.mark, 0x1234);
	IS(MARK, ".byte 0x0f, 0x1f, 0x80, 0, 0, 0x4b, 0x4d");
}

static void knows_stores_of_32_bits(void **state)
{
	(void)state;
	assert_true(ASSEMBLE("movl %%esi, 0x300(%%rdi)").may_ring);
	assert_true(ASSEMBLE("movl $1, 0x300(%%rdi)").may_ring);
	assert_true(ASSEMBLE("xchgl %%esi, 0x300(%%rdi)").may_ring);
	assert_false(ASSEMBLE("movq %%rsi, 0x300(%%rdi)").may_ring);
	assert_false(ASSEMBLE("movl 0x300(%%rdi), %%esi").may_ring);
	assert_false(ASSEMBLE("movl %%esi, %%edi").may_ring);
}

static void survives_any_length(void **state)
{
	static const uint8_t bytes[] = {0xf3, 0x66, 0x48, 0x0f, 0x01};

	(void)state;
	for (size_t n = 0; n <= sizeof(bytes); n++)
		assert_int_equal(decoded(bytes, n).kind, INSN_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_counted),
		cmocka_unit_test(leaves_the_rest_alone),
		cmocka_unit_test(reads_markers),
		cmocka_unit_test(knows_stores_of_32_bits),
		cmocka_unit_test(survives_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
