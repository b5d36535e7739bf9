/* SPDX-License-Identifier: MIT */
/* A run that never ends by itself is ended by an interrupt, in each engine that runs in
 * the kernel, and the extension is as good as before. */
#include "tests/unit/nimble/image.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>

/* Loops where the context's first word is not 0. */
static const struct nx_insn loop[] = {LDX(BPF_DW, 3, 1, 0), MOV(0, 7),
				      JEQ(3, 0, 1), JA(-2), EXIT};

static int run_with(struct nimble_ext *ext, uint64_t word, uint64_t *result)
{
	uint64_t ctx[8] = {word};
	struct nimble_call call = {
		.ext = ext,
		.entry = 0,
		.level = NIMBLE_LEVEL_TASK,
		.ctx = ctx,
		.ctx_bytes = sizeof(ctx),
		.copy_all = true,
		.budget = INT64_MAX,
	};
	int error = nimble_run(&call);

	*result = call.result;
	return error;
}

static void ends(enum nimble_engine engine)
{
	const struct itimerval often = {{0, 5000}, {0, 5000}}, never = {};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext = load_build(
		&build, loop, sizeof(loop) / sizeof(loop[0]), engine, &diag);
	struct nimble_counters counters;
	uint64_t result;

	if (!ext)
		fail_msg("refused: %s", diag.message);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(run_with(ext, 1, &result), -EINTR);
	assert_int_equal(run_with(ext, 1, &result), -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	assert_false(nimble_failed(ext));
	assert_int_equal(run_with(ext, 0, &result), 0);
	assert_int_equal(result, 7);
	nimble_counters(ext, NIMBLE_ALL_CPUS, &counters);
	assert_int_equal(counters.runs, 3);
	assert_int_equal(counters.faults, 0);
	nimble_unload(ext);
}

static void runs_are_ended(void **state)
{
	(void)state;
	nimble_user_end_runs(SIGALRM);
	ends(NIMBLE_ENGINE_CHECKED);
	ends(NIMBLE_ENGINE_UNCHECKED);
	ends(NIMBLE_ENGINE_THREADED_CHECKED);
	ends(NIMBLE_ENGINE_THREADED_UNCHECKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(runs_are_ended)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	nimble_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
