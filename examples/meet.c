/* SPDX-License-Identifier: MIT */
/* Threads meet again and again: by the C library's barrier, and by the one in the
 * kernel. `lwk run ./meet [BARRIER.nx [THREADS]]`; on Linux the first half. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "example.h"

#define MEETINGS 2000
#define THREADS_MOST 64

static unsigned int threads = 2;
static pthread_barrier_t barrier;
static uint32_t id; /* 0: the library's */

static void meet(void)
{
	uint64_t args[8] = {0, threads};

	if (!id)
		pthread_barrier_wait(&barrier);
	else
		while (libnimble_call(id, args) == -EINTR)
			;
}

static void *meet_often(void *arg)
{
	for (int i = 0; i < MEETINGS; i++)
		meet();
	return arg;
}

/* Nanoseconds for a meeting. */
static double measure(void)
{
	pthread_t thread[THREADS_MOST];
	uint64_t start;

	for (unsigned int i = 1; i < threads; i++)
		pthread_create(&thread[i], NULL, meet_often, NULL);
	start = example_now();
	meet_often(NULL);
	start = example_now() - start;
	for (unsigned int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	return (double)start / MEETINGS;
}

int main(int argc, char **argv)
{
	struct libnimble *n;

	if (argc > 2)
		threads = (unsigned int)atoi(argv[2]);
	if (!threads || threads > THREADS_MOST) {
		fprintf(stderr, "between 1 and %d threads\n", THREADS_MOST);
		return 2;
	}
	pthread_barrier_init(&barrier, NULL, threads);
	printf("the library's barrier: %.0f ns a meeting of %u\n", measure(),
	       threads);
	if (argc < 2)
		return 0;
	id = example_attach(&n, argv[1]);
	if (!id)
		return 1;
	printf("the kernel's: %.0f ns\n", measure());
	libnimble_remove(n, id);
	libnimble_close(n);
	return 0;
}
