/* SPDX-License-Identifier: MIT */
/* Threads that set, make and delete the same few timers, for so many milliseconds. What is
 * left then is one line, the same on Linux and on the LWK. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define TIMERS 2

static int ids[TIMERS]; /* atomic */
static uint64_t end_ms;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int make(void)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	int id = -1;

	syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &id);
	return id;
}

static void *race(void *arg)
{
	const struct itimerspec soon = {{0, 50000}, {0, 50000}};
	uintptr_t i = (uintptr_t)arg;

	for (; now_ms() < end_ms; i++) {
		int *id = &ids[i % TIMERS];

		syscall(SYS_timer_settime,
			__atomic_load_n(id, __ATOMIC_RELAXED), 0, &soon, NULL);
		if (i % 8 == 0)
			syscall(SYS_timer_delete,
				__atomic_exchange_n(id, make(),
						    __ATOMIC_RELAXED));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[THREADS];

	end_ms = now_ms() + (argc > 1 ? strtoul(argv[1], NULL, 0) : 1000);
	for (int i = 0; i < TIMERS; i++)
		ids[i] = make();
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, race, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	puts("raced");
	return 0;
}
