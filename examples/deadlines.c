/* SPDX-License-Identifier: MIT */
/* A thread wakes every 20 ms and must be done 15 ms later, beside three that compute,
 * on one CPU. Prints how many deadlines are met without a policy, and how many under
 * the policy edf. `lwk run ./deadlines [EDF.nx [CPU]]`; on Linux the first half. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "example.h"

#define PERIODS 25
#define PERIOD 20000000ull
#define DEADLINE 15000000ull
#define WORK 3000000ull /* of CPU time, each period */
#define OTHERS 3

static bool ended; /* atomic */

static void *compute(void *arg)
{
	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
		;
	return arg;
}

static void compute_for(uint64_t ns)
{
	uint64_t end = example_ns(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (example_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

/* Deadlines that this thread meets. */
static int run(void)
{
	uint64_t start = example_now(), wakes;
	int met = 0;

	for (int i = 1; i <= PERIODS; i++) {
		wakes = start + (uint64_t)i * PERIOD;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
				&(struct timespec){wakes / 1000000000,
						   wakes % 1000000000},
				NULL);
		compute_for(WORK);
		met += example_now() <= wakes + DEADLINE;
	}
	return met;
}

static int run_by_policy(const char *path)
{
	uint32_t map, tid = (uint32_t)syscall(SYS_gettid);
	uint64_t deadline = DEADLINE;
	struct libnimble *n;
	uint32_t id = example_attach(&n, path);
	int met;

	if (!id)
		return -1;
	if (libnimble_find_map(n, id, "deadline", &map, NULL) ||
	    libnimble_map_update(n, id, map, &tid, sizeof(tid), &deadline,
				 sizeof(deadline)))
		return -1;
	met = run();
	libnimble_remove(n, id);
	libnimble_close(n);
	return met;
}

int main(int argc, char **argv)
{
	pthread_t other[OTHERS];
	cpu_set_t set;
	int met = 0;

	CPU_ZERO(&set);
	CPU_SET(argc > 2 ? atoi(argv[2]) : 0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("sched_setaffinity");
	for (int i = 0; i < OTHERS; i++)
		pthread_create(&other[i], NULL, compute, NULL);
	printf("by default: %d of %d deadlines met\n", run(), PERIODS);
	if (argc > 1) {
		met = run_by_policy(argv[1]);
		if (met >= 0)
			printf("earliest deadline first: %d of %d\n", met,
			       PERIODS);
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	for (int i = 0; i < OTHERS; i++)
		pthread_join(other[i], NULL);
	return met < 0;
}
