/* SPDX-License-Identifier: MIT */
/* The budget in time: a loop of the most expensive instructions and helpers of each
 * class uses up a default budget within the time that its level may take. */
#include "tests/unit/nimble/classes.h"
#include "tests/unit/nimble/image.h"

#include <time.h>

#define ATOMIC_MOST_NS 1000000u
#define TASK_MOST_NS 20000000u

/* CPU time of this thread, so that others on the CPU do not count. */
static uint64_t spent_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The shortest of three runs, since the machine has other things to do as well. */
static uint64_t run_ns(const struct class *class, enum nimble_engine engine,
		       int64_t budget)
{
	uint64_t best = UINT64_MAX, start, now, result;
	struct nx_insn code[128];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct nx_build build = {0};
		struct nimble_diag diag;
		struct nimble_ext *ext;

		add_imports(&build);
		ext = load_build(&build, code, write_loop(class, code), engine,
				 &diag);
		if (!ext)
			fail_msg("%s: refused: %s", class->name, diag.message);
		start = spent_ns();
		assert_int_equal(run_ext(ext, budget, &result), -EFAULT);
		now = spent_ns() - start;
		best = now < best ? now : best;
		nimble_unload(ext);
	}
	return best;
}

static void within(enum nimble_engine engine, int64_t budget, uint64_t most)
{
	uint64_t least = UINT64_MAX, longest = 0, took;
	unsigned int i, failed = 0;

	nimble_user_window(window, sizeof(window));
	for (i = 0; i < CLASSES; i++) {
		if (classes[i].user)
			continue;
		took = run_ns(&classes[i], engine, budget);
		print_message("# %s: %.1f ns a unit\n", classes[i].name,
			      (double)took / (double)budget);
		least = took < least ? took : least;
		longest = took > longest ? took : longest;
		failed += took > most;
	}
	print_message("# %lld units: %.2f to %.2f ms\n", (long long)budget,
		      (double)least / 1e6, (double)longest / 1e6);
	nimble_user_window(NULL, 0);
	assert_int_equal(failed, 0);
}

static void test_atomic_level(void **state)
{
	(void)state;
	within(NIMBLE_ENGINE_CHECKED, NIMBLE_BUDGET_ATOMIC, ATOMIC_MOST_NS);
	within(NIMBLE_ENGINE_THREADED_CHECKED, NIMBLE_BUDGET_ATOMIC,
	       ATOMIC_MOST_NS);
}

static void test_task_level(void **state)
{
	(void)state;
	within(NIMBLE_ENGINE_CHECKED, NIMBLE_BUDGET_TASK, TASK_MOST_NS);
	within(NIMBLE_ENGINE_THREADED_CHECKED, NIMBLE_BUDGET_TASK,
	       TASK_MOST_NS);
}

/* Each access to the application's memory has its price, on each engine: there it may
 * be as far away as a page fault. */
static void test_user_accesses(void **state)
{
	static const enum nimble_engine engines[] = {
		NIMBLE_ENGINE_CHECKED, NIMBLE_ENGINE_THREADED_CHECKED,
		NIMBLE_ENGINE_TRACED};
	struct nx_insn code[128];
	unsigned int i, e;
	uint64_t result;

	(void)state;
	nimble_user_window(window, sizeof(window));
	for (e = 0; e < 3; e++)
		for (i = 0; i < CLASSES; i++) {
			struct nx_build build = {0};
			struct nimble_diag diag;
			struct nimble_ext *ext;
			unsigned int n = write_loop(&classes[i], code);

			if (!classes[i].user)
				continue;
			code[n - 2] = EXIT; /* once through the loop */
			add_imports(&build);
			ext = load_build(&build, code, n, engines[e], &diag);
			assert_non_null(ext);
			/* 60 loads, or 15 calls of four instructions */
			assert_int_equal(run_ext(ext, 59, &result), -EFAULT);
			nimble_unload(ext);
		}
	nimble_user_window(NULL, 0);
}

/* Of a run with enough of a budget. */
static int64_t cost_of(const struct nx_insn *code, size_t count,
		       enum nimble_engine engine)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext = load_build(&build, code, count, engine, &diag);
	uint64_t result;
	int64_t cost;

	assert_non_null(ext);
	assert_int_equal(run_ext(ext, 10000, &result), 0);
	cost = 10000 * 128 - nimble_spare(ext);
	nimble_unload(ext);
	return cost;
}

/* Code pays for what is run: straight, jumped over, in loops and functions; a jump that
 * leaves out little gives nothing back. */
static void test_what_is_run(void **state)
{
	static const enum nimble_engine engines[] = {
		NIMBLE_ENGINE_CHECKED, NIMBLE_ENGINE_THREADED_CHECKED,
		NIMBLE_ENGINE_TRACED};
	static struct nx_insn code[6403];
	unsigned int e, i;

	(void)state;
	for (e = 0; e < 3; e++) {
		for (i = 0; i < 6400; i++)
			code[i] = ADD(0, 1);
		code[6400] = EXIT;
		assert_int_equal(cost_of(code, 6401, engines[e]), 6401 * 4);
		code[5] = JA(6000);
		assert_int_equal(cost_of(code, 6401, engines[e]), 401 * 4);
		code[5] = JEQ(0, 5, 6000);
		assert_int_equal(cost_of(code, 6401, engines[e]), 401 * 4);
		code[5] = JEQ(0, 6, 6000);
		assert_int_equal(cost_of(code, 6401, engines[e]), 6401 * 4);
		code[5] = JA(7);
		assert_int_equal(cost_of(code, 6401, engines[e]), 6401 * 4);
		code[5] = JA(8);
		assert_int_equal(cost_of(code, 6401, engines[e]), 6393 * 4);
		code[5] = EXIT;
		assert_int_equal(cost_of(code, 6401, engines[e]), 6 * 4);
		code[6401] = EXIT;
		/* A call costs 65, and the exit of the function 4. */
		code[5] = CALL_LOCAL(6400 - 5);
		code[6400] = EXIT;
		assert_int_equal(cost_of(code, 6402, engines[e]),
				 6400 * 4 + 65 + 4);
		/* 100 turns of three instructions. */
		assert_int_equal(cost_of(CODE(MOV(1, 100), ADD(1, -1),
					      JEQ(1, 0, 1), JA(-3), EXIT),
					 engines[e]),
				 2 + 100 * 12 - 4 + 4 + 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_atomic_level),
		cmocka_unit_test(test_task_level),
		cmocka_unit_test(test_user_accesses),
		cmocka_unit_test(test_what_is_run),
	};

	return cmocka_run_group_tests_name("nimble time", tests, NULL, NULL);
}
