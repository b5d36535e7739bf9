/* SPDX-License-Identifier: MIT */
/* Steps of a cell that come after one that has left for the slow path: an access to
 * the application's memory, then whatever can be joined to it. */
#include "tests/unit/nimble/image.h"

#include "nimble/core/priv.h"

#include <errno.h>
#include <sys/mman.h>

#define WIDE 0x9abcdef012345678

static uint64_t *window;

static int begin(void **state)
{
	(void)state;
	window = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	nimble_user_window(window, 4096);
	return window == MAP_FAILED ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	nimble_user_window(NULL, 0);
	return munmap(window, 4096);
}

static uint32_t low(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

static uint32_t high(const void *p)
{
	return (uint32_t)((uintptr_t)p >> 32);
}

/* Every engine that may reach the window gives this result. */
static void gives(const struct nx_insn *code, size_t count, uint64_t expected)
{
	static const enum nimble_engine engines[] = {
		NIMBLE_ENGINE_CHECKED, NIMBLE_ENGINE_THREADED_CHECKED,
		NIMBLE_ENGINE_TRACED, NIMBLE_ENGINE_UNCHECKED,
		NIMBLE_ENGINE_THREADED_UNCHECKED};
	unsigned int i;

	for (i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		struct nx_build build = {0};
		struct nimble_diag diag;
		struct nimble_ext *ext =
			load_build(&build, code, count, engines[i], &diag);
		uint64_t result = 0;

		if (!ext)
			fail_msg("refused: %s", diag.message);
		assert_int_equal(run_ext(ext, 1000, &result), 0);
		if (result != expected)
			fail_msg("engine %u: %#lx, expected %#lx", i, result,
				 expected);
		nimble_unload(ext);
	}
}

#define GIVES(expected, ...) gives(CODE(__VA_ARGS__), expected)
#define WINDOW(reg) LDDW(reg, 0, (int32_t)low(window), (int32_t)high(window))

/* The exit belongs to the cell: what stands behind it is not run, and neither is
 * memory behind the code. */
static void an_exit_after_an_access(void **state)
{
	(void)state;
	GIVES(1, WINDOW(0), MOV(3, 5), STX(BPF_DW, 0, 3, 0), MOV(0, 1), EXIT);
	assert_int_equal(window[0], 5);
	GIVES(1, JA(6), MOV(0, 99), MOV(0, 98), EXIT, MOV(0, 97), MOV(0, 96),
	      EXIT, CALL_LOCAL(1), EXIT, WINDOW(0), MOV(3, 6),
	      STX(BPF_DW, 0, 3, 0), MOV(0, 1), EXIT);
	assert_int_equal(window[0], 6);
	/* in a function that is called, with another behind it */
	GIVES(11, CALL_LOCAL(2), ADD(0, 10), EXIT, WINDOW(0), MOV(3, 7),
	      STX(BPF_DW, 0, 3, 0), MOV(0, 1), EXIT, MOV(0, 99), EXIT);
	assert_int_equal(window[0], 7);
	GIVES(1, WINDOW(0), MOV(3, 5), ADD(3, 3), STX(BPF_DW, 0, 3, 0),
	      MOV(0, 1), EXIT, MOV(0, 99), EXIT);
	assert_int_equal(window[0], 8);
}

static void wide_after(unsigned int size, int base, int other, int dst)
{
	GIVES(WIDE, WINDOW(base), LDX(size, other, base, 0),
	      LDDW(dst, 0, 0x12345678, (int32_t)0x9abcdef0), MOVR(0, dst),
	      EXIT);
	GIVES(WIDE, MOV(other, 1), WINDOW(base), STX(size, base, other, 8),
	      LDDW(dst, 0, 0x12345678, (int32_t)0x9abcdef0), MOVR(0, dst),
	      EXIT);
}

/* For all registers, and each kind of access before it. */
static void a_wide_constant_after_an_access(void **state)
{
	static const uint8_t sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
	int i;

	(void)state;
	for (i = 0; i < 4 * 1000; i++)
		wide_after(sizes[i / 1000], i / 100 % 10, i / 10 % 10, i % 10);
}

/* A step is total: what it does not do, exits and calls, ends the run instead of going
 * on behind it. */
static void what_no_step_does(void **state)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	uint32_t i, insn;

	(void)state;
	nx_import(&build, "this_cpu");
	ext = load_build(&build, CODE(CALL(0), CALL_LOCAL(1), EXIT, EXIT),
			 NIMBLE_ENGINE_CHECKED, &diag);
	assert_non_null(ext);
	for (insn = 0; insn < 3; insn++) {
		struct nimble_run run = {.ext = ext, .code = &ext->code};

		i = insn;
		assert_int_equal(nimble_step(&run, &i), -EFAULT);
		assert_int_equal(i, insn);
		assert_true(run.faulted);
	}
	nimble_unload(ext);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_exit_after_an_access, begin,
						end),
		cmocka_unit_test_setup_teardown(a_wide_constant_after_an_access,
						begin, end),
		cmocka_unit_test(what_no_step_does),
	};

	return cmocka_run_group_tests_name("nimble leave", tests, NULL, NULL);
}
