/* SPDX-License-Identifier: MIT */
/* For lab 5: several threads meet at a barrier, again and again. Checks that none is
 * ever ahead. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "nimble/user/user.h"
#include "toolchain/nimble/file.h"

#define THREADS 4
#define MEETINGS 20000
#define LONG_NS 10000000000ull /* a meeting does not take so long */

static struct nimble_ext *barrier;
static uint64_t passed[THREADS]; /* meetings; atomic */

/* One call, as thread `id` on its CPU: false: it faulted. */
static bool ask(unsigned int id, struct nimble_ctx_call *ctx)
{
	struct nimble_call call = {
		.ext = barrier,
		.entry = (uint32_t)nimble_entry(barrier, NIMBLE_HOOK_call),
		.level = NIMBLE_LEVEL_CALL,
		.ctx = ctx,
		.ctx_bytes = sizeof(*ctx),
		.budget = NIMBLE_BUDGET_TASK,
	};

	nimble_user_set_cpu(id);
	return !nimble_run(&call);
}

/* One meeting: NULL, or what was wrong. */
static const char *meet(unsigned int id)
{
	struct nimble_ctx_call ctx = {.args = {THREADS}};
	uint64_t start = nimble_port_time_ns();

	while (!ctx.args[2]) {
		ctx.args[0] = THREADS;
		if (!ask(id, &ctx))
			return "the extension faulted";
		if (nimble_port_time_ns() - start > LONG_NS)
			return "a meeting does not end";
		if (!ctx.args[2])
			sched_yield();
	}
	return NULL;
}

static void *thread(void *arg)
{
	unsigned int id = (unsigned int)(uintptr_t)arg, i;
	const char *wrong;
	uint64_t turn;

	for (turn = 1; turn <= MEETINGS; turn++) {
		__atomic_store_n(&passed[id], turn, __ATOMIC_SEQ_CST);
		wrong = meet(id);
		if (wrong)
			return (void *)wrong;
		for (i = 0; i < THREADS; i++)
			if (__atomic_load_n(&passed[i], __ATOMIC_SEQ_CST) <
			    turn)
				return (void *)"a thread went on before all had come";
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct nimble_load_options options = {.id = 1};
	struct nimble_diag diag;
	pthread_t threads[THREADS];
	size_t bytes;
	uint8_t *image = argc == 2 ? read_file(argv[1], &bytes) : NULL;
	void *wrong, *first = NULL;
	uintptr_t i;

	if (!image) {
		fputs("usage: meet LAB.nx\n", stderr);
		return 2;
	}
	nimble_init();
	if (nimble_load(image, bytes, &options, &barrier, &diag)) {
		fprintf(stderr, "refused: %s\n", diag.message);
		return 1;
	}
	free(image);
	if (nimble_entry(barrier, NIMBLE_HOOK_call) < 0) {
		fputs("it has no hook call\n", stderr);
		return 1;
	}
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread, (void *)i))
			return 2;
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &wrong);
		/* The others wait for one that has given up. */
		if (wrong && !first) {
			first = wrong;
			puts(wrong);
			fflush(stdout);
			_Exit(1);
		}
	}
	nimble_unload(barrier);
	return 0;
}
