/* SPDX-License-Identifier: MIT */
/* Fork and join: 64 tasks, the last of which is long, again and again; without a
 * policy, and under the policy "longest first". `lwk run ./forkjoin [LONGEST.nx]`; on
 * Linux the first half. The times are those of a round, from the fork to the join; the
 * best that n CPUs can do is the work of all tasks divided by n. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "example.h"

#define TASKS 64
#define ROUNDS 10
#define UNIT 500000ull /* ns of CPU time */
#define LONG_UNITS 20

static pthread_barrier_t fork_, join;
static bool ended;
static uint32_t tid[TASKS];

static uint64_t units(long task)
{
	return task == TASKS - 1 ? LONG_UNITS : 1;
}

static void *work(void *arg)
{
	long me = (long)arg;

	tid[me] = (uint32_t)syscall(SYS_gettid);
	pthread_barrier_wait(&join); /* all have begun */
	for (;;) {
		uint64_t end;

		pthread_barrier_wait(&fork_);
		if (ended)
			return NULL;
		end = example_ns(CLOCK_THREAD_CPUTIME_ID) + units(me) * UNIT;
		while (example_ns(CLOCK_THREAD_CPUTIME_ID) < end)
			;
		pthread_barrier_wait(&join);
	}
}

/* Milliseconds of a round. */
static double measure(void)
{
	uint64_t start = example_now();

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&fork_);
		pthread_barrier_wait(&join);
	}
	return (double)(example_now() - start) / ROUNDS / 1e6;
}

static int tell_lengths(struct libnimble *n, uint32_t id)
{
	uint32_t map;
	int err = libnimble_find_map(n, id, "work", &map, NULL);

	for (long i = 0; i < TASKS && !err; i++) {
		uint64_t length = units(i);

		err = libnimble_map_update(n, id, map, &tid[i], sizeof(tid[i]),
					   &length, sizeof(length));
	}
	return err;
}

static int measure_policy(const char *path)
{
	struct libnimble *n;
	uint32_t id = example_attach(&n, path);

	if (!id || tell_lengths(n, id))
		return 1;
	printf("longest first: %.1f ms\n", measure());
	libnimble_remove(n, id);
	libnimble_close(n);
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t thread[TASKS];
	int err = 0;

	pthread_barrier_init(&fork_, NULL, TASKS + 1);
	pthread_barrier_init(&join, NULL, TASKS + 1);
	for (long i = 0; i < TASKS; i++)
		pthread_create(&thread[i], NULL, work, (void *)i);
	pthread_barrier_wait(&join);
	printf("by default: %.1f ms a round of %d tasks\n", measure(), TASKS);
	if (argc > 1)
		err = measure_policy(argv[1]);
	ended = true;
	pthread_barrier_wait(&fork_);
	for (int i = 0; i < TASKS; i++)
		pthread_join(thread[i], NULL);
	return err;
}
