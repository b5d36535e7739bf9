// SPDX-License-Identifier: MIT
/* Threads, futexes, yielding. The partner is always asleep, or about to be, when
 * a region begins. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

/* A binary semaphore on a futex; take() and post() are two instructions and a
 * system call where they need one. */
static int ping, pong;
static bool ended;

static void post(int *f)
{
	__atomic_store_n(f, 1, __ATOMIC_RELEASE);
	call3(SYS_futex, (long)f, FUTEX_WAKE_PRIVATE, 1);
}

static void take(int *f)
{
	const long wait[6] = {(long)f, FUTEX_WAIT_PRIVATE};

	while (!__atomic_exchange_n(f, 0, __ATOMIC_ACQUIRE))
		call6(SYS_futex, wait);
}

static pthread_t partner;

/* Starts a partner on a CPU; it is asleep afterwards. */
static int start_partner(void *(*main_of_partner)(void *), long cpu)
{
	int error;

	ended = false;
	ping = pong = 0;
	error = pthread_create(&partner, NULL, main_of_partner, (void *)cpu);
	if (!error)
		sleep_us(2000);
	return -error;
}

static void stop_partner(void)
{
	ended = true;
	post(&ping);
	pthread_join(partner, NULL);
}

static void *echo(void *cpu)
{
	pin((int)(long)cpu);
	for (;;) {
		take(&ping);
		if (ended)
			return NULL;
		post(&pong);
	}
}

static void *sleeper(void *cpu)
{
	pin((int)(long)cpu);
	for (;;) {
		take(&ping);
		if (ended)
			return NULL;
	}
}

/* Ends the region that the waker has begun, and says so. */
static void *region_ender(void *cpu)
{
	pin((int)(long)cpu);
	for (;;) {
		take(&ping);
		END(futex_wake_far);
		__atomic_store_n(&pong, 1, __ATOMIC_RELEASE);
		if (ended)
			return NULL;
	}
}

static void *nothing(void *unused)
{
	return unused;
}

int row_thread_prepare(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	if (!error)
		pthread_join(thread, NULL);
	return -error;
}

void row_thread_sample(int i)
{
	pthread_t thread;

	(void)i;
	BEGIN(thread);
	pthread_create(&thread, NULL, nothing, NULL);
	pthread_join(thread, NULL);
	END(thread);
}

void row_thread_finish(void)
{
}

int row_yield_prepare(void)
{
	return 0;
}

void row_yield_sample(int i)
{
	(void)i;
	BEGIN(yield);
	call3(SYS_sched_yield, 0, 0, 0);
	END(yield);
}

void row_yield_finish(void)
{
}

/* The other process is `ops yield-peer` on the same CPU. Linux lets the two take
 * turns only once they have had the same share: it may have let one fall back by
 * its scheduling period, 18 ms of four CPUs, and a yield to nobody takes 0.8 us. */
int row_yield_pingpong_prepare(void)
{
	for (int i = 0; i < 40000; i++)
		call3(SYS_sched_yield, 0, 0, 0);
	return 0;
}

void row_yield_pingpong_sample(int i)
{
	(void)i;
	BEGIN(yield_pingpong);
	call3(SYS_sched_yield, 0, 0, 0);
	END(yield_pingpong);
}

void row_yield_pingpong_finish(void)
{
}

int row_futex_wake_prepare(void)
{
	return start_partner(sleeper, peer_cpu);
}

void row_futex_wake_sample(int i)
{
	(void)i;
	sleep_us(1000);
	__atomic_store_n(&ping, 1, __ATOMIC_RELEASE);
	BEGIN(futex_wake);
	call3(SYS_futex, (long)&ping, FUTEX_WAKE_PRIVATE, 1);
	END(futex_wake);
}

void row_futex_wake_finish(void)
{
	stop_partner();
}

int row_futex_pingpong_prepare(void)
{
	return start_partner(echo, own_cpu);
}

void row_futex_pingpong_sample(int i)
{
	(void)i;
	BEGIN(futex_pingpong);
	post(&ping);
	take(&pong);
	END(futex_pingpong);
}

void row_futex_pingpong_finish(void)
{
	stop_partner();
}

int row_futex_pingpong_far_prepare(void)
{
	return start_partner(echo, peer_cpu);
}

void row_futex_pingpong_far_sample(int i)
{
	(void)i;
	BEGIN(futex_pingpong_far);
	post(&ping);
	take(&pong);
	END(futex_pingpong_far);
}

void row_futex_pingpong_far_finish(void)
{
	stop_partner();
}

int row_futex_wake_far_prepare(void)
{
	return start_partner(region_ender, peer_cpu);
}

void row_futex_wake_far_sample(int i)
{
	(void)i;
	pong = 0;
	BEGIN(futex_wake_far);
	post(&ping);
	/* A wait loop, which is in no count; a sleep here would be. */
	while (!__atomic_load_n(&pong, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	sleep_us(1000);
}

void row_futex_wake_far_finish(void)
{
	stop_partner();
}
