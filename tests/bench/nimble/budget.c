/* SPDX-License-Identifier: MIT */
/* The time that a unit of the budget takes, in the most and the least expensive kind
 * of program. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nimble/user/user.h"
#include "tests/bench/nimble/bench.h"
#include "tests/unit/nimble/classes.h"

#define UNITS 20000
#define ROUNDS 15

static uint64_t spent_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint8_t *make_image(const struct class *class, size_t *bytes)
{
	struct nx_build build = {0};
	struct nx_hook hook = {0};
	struct nx_insn code[128];

	add_imports(&build);
	hook.hook = nx_string(&build, "call");
	hook.function = nx_string(&build, class->name);
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_CODE, code,
		  write_loop(class, code) * sizeof(code[0]));
	return nx_finish(&build, bytes);
}

/* One that has used up its budget does not run again. */
static double run_once(const struct class *class, enum nimble_engine engine)
{
	struct nimble_load_options options = {
		.engine = engine, .trusted = true, .id = 1};
	struct nimble_ctx_call ctx = {.args = {1, 2, 3, 4}};
	uint64_t start;
	struct nimble_call call = {.level = NIMBLE_LEVEL_CALL,
				   .ctx = &ctx,
				   .ctx_bytes = sizeof(ctx),
				   .budget = UNITS};
	struct nimble_diag diag;
	size_t bytes;
	uint8_t *image = make_image(class, &bytes);

	if (nimble_load(image, bytes, &options, &call.ext, &diag)) {
		fprintf(stderr, "bench: %s: %s\n", class->name, diag.message);
		exit(1);
	}
	start = spent_ns();
	if (nimble_run(&call) != -EFAULT) {
		fprintf(stderr, "bench: %s: it ended\n", class->name);
		exit(1);
	}
	start = spent_ns() - start;
	nimble_unload(call.ext);
	free(image);
	return (double)start / UNITS;
}

double bench_budget(enum nimble_engine engine, bool print)
{
	double best[CLASSES], least = 1e9, most = 0;
	unsigned int i, round;

	for (i = 0; i < CLASSES; i++)
		best[i] = 1e9;
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < CLASSES; i++) {
			double ns = classes[i].user
					    ? 0
					    : run_once(&classes[i], engine);

			best[i] = ns < best[i] ? ns : best[i];
		}
	for (i = 0; i < CLASSES; i++) {
		if (classes[i].user)
			continue;
		if (print)
			printf("%-14s %8.2f ns a unit\n", classes[i].name,
			       best[i]);
		least = best[i] < least ? best[i] : least;
		most = best[i] > most ? best[i] : most;
	}
	return most / least;
}
