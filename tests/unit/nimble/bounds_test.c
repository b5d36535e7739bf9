/* SPDX-License-Identifier: MIT */
/* Ways out of an extension's time and depth, each tried on each engine. */
#include "tests/unit/nimble/faults.h"

static void test_budget(void **state)
{
	(void)state;
	FAULTS(NIMBLE_FAULT_BUDGET, 0, JA(-1), EXIT);
	FAULTS(NIMBLE_FAULT_BUDGET, 0, I(BPF_JMP32 | BPF_JA, 0, 0, 0, -1),
	       EXIT);
	FAULTS(NIMBLE_FAULT_BUDGET, 0, JEQ(0, 0, -1), EXIT);
	FAULTS(NIMBLE_FAULT_BUDGET, 0,
	       I(BPF_JMP | BPF_JEQ | BPF_X, 3, 4, -1, 0), EXIT);
	FAULTS(NIMBLE_FAULT_BUDGET, 0,
	       I(BPF_JMP32 | BPF_JGE | BPF_X, 3, 4, -1, 0), EXIT);
	FAULTS(NIMBLE_FAULT_BUDGET, 0, I(BPF_JMP32 | BPF_JSET, 2, 0, -1, 64),
	       EXIT);
	FAULTS(NIMBLE_FAULT_BUDGET, 2, ADD(0, 1), JEQ(1, 0, -2), JA(-3), EXIT,
	       JA(-2));
	/* Back over many instructions costs as many. */
	FAULTS(NIMBLE_FAULT_BUDGET, 1, JA(0), JA(-1));
}

/* How many instructions, all additions to r0, the budget buys at most. */
static uint64_t additions(const struct nx_insn *code, size_t count,
			  enum nimble_engine engine, int64_t budget)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_fault fault;
	struct nimble_ext *ext = load_build(&build, code, count, engine, &diag);
	uint64_t result;

	if (!ext)
		fail_msg("refused: %s", diag.message);
	assert_int_equal(run_ext(ext, budget, &result), -EFAULT);
	nimble_fault(ext, &fault);
	assert_int_equal(fault.kind, NIMBLE_FAULT_BUDGET);
	nimble_unload(ext);
	return fault.reg[0];
}

/*
 * A function that is called again and again, and is short up to the next one
 * but does not end there: it runs on into that, or jumps behind it. What
 * follows is LONG additions; one unit shall buy 64 of them, and a run once
 * through the code comes free.
 */
#define LONG 6400u
static void test_long_callee(void **state)
{
	static struct nx_insn code[LONG + 16];
	unsigned int i, e, far;

	(void)state;
	for (far = 0; far < 2; far++) {
		unsigned int n = 0;

		code[n++] = CALL_LOCAL(2); /* the first function */
		code[n++] = JA(-2);
		code[n++] = CALL_LOCAL(far ? 1 : 2); /* makes the second one */
		code[n++] = far ? JA(1) : MOV(1, 0);
		if (far)
			code[n++] = EXIT;
		else
			code[n++] = MOV(1, 0);
		for (i = 0; i < LONG; i++)
			code[n++] = ADD(0, 1);
		code[n++] = EXIT;
		for (e = 0; e < CHECKED_ENGINES; e++)
			assert_in_range(additions(code, n, checked_engines[e],
						  10 * LONG / 64),
					1, 12 * LONG);
	}
}

static void test_recursion(void **state)
{
	(void)state;
	FAULTS(NIMBLE_FAULT_DEPTH, 0, CALL_LOCAL(-1), EXIT);
	FAULTS(NIMBLE_FAULT_DEPTH, 2, CALL_LOCAL(1), EXIT, CALL_LOCAL(1), EXIT,
	       CALL_LOCAL(-3), EXIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_long_callee),
		cmocka_unit_test(test_recursion),
	};

	return cmocka_run_group_tests_name("nimble bounds", tests, NULL, NULL);
}
