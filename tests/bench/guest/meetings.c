// SPDX-License-Identifier: MIT
/* Threads on two CPUs that meet: by the C library, by extensions; and messages. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "ext/app/active.h"
#include "tests/bench/guest/attached.h"

static pthread_barrier_t barrier;
static pthread_t partner;
static bool ended; /* atomic */
static void (*meet)(void);
static volatile uint64_t
	*memory; /* the peer's piece of ext/app/active.c's arena */

static void meet_in_library(void)
{
	pthread_barrier_wait(&barrier);
}

static void meet_in_kernel(void)
{
	uint64_t args[8] = {0, 2};

	call3(LWK_SYS_NIMBLE_CALL, id, (long)args, 0);
}

static void *meet_again_and_again(void *unused)
{
	pin(peer_cpu);
	for (;;) {
		meet();
		if (__atomic_load_n(&ended, __ATOMIC_RELAXED))
			return unused;
		meet();
	}
}

static int start_partner(void (*how)(void))
{
	int error;

	meet = how;
	ended = false;
	error = pthread_create(&partner, NULL, meet_again_and_again, NULL);
	if (!error)
		sleep_us(2000);
	return -error;
}

static void stop_partner(void)
{
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	meet();
	pthread_join(partner, NULL);
}

/* Two meetings: at the first the partner waits already, at the second either. */
int row_barrier_library_prepare(void)
{
	pthread_barrier_init(&barrier, NULL, 2);
	return start_partner(meet_in_library);
}

void row_barrier_library_sample(int i)
{
	(void)i;
	BEGIN(barrier_library);
	meet_in_library();
	meet_in_library();
	END(barrier_library);
}

void row_barrier_library_finish(void)
{
	stop_partner();
}

int row_barrier_kernel_prepare(void)
{
	int error = attach(EXT_DIR "barrier.nx");

	return error ? error : start_partner(meet_in_kernel);
}

void row_barrier_kernel_sample(int i)
{
	(void)i;
	BEGIN(barrier_kernel);
	meet_in_kernel();
	meet_in_kernel();
	END(barrier_kernel);
}

void row_barrier_kernel_finish(void)
{
	stop_partner();
	detach();
}

int row_message_far_prepare(void)
{
	void *arena;
	size_t bytes;
	uint32_t map;
	int error = attach(EXT_DIR "active.nx");

	if (!error)
		error = libnimble_find_map(lib, id, "memory", &map, NULL);
	if (!error)
		error = libnimble_map_mmap(lib, id, map, &arena, &bytes);
	if (!error)
		memory = (uint64_t *)arena +
			 (unsigned int)peer_cpu * ACTIVE_BYTES / 8;
	return error;
}

void row_message_far_sample(int i)
{
	uint64_t args[8] = {ACTIVE_POST, (uint64_t)peer_cpu, 0,
			    (uint64_t)i + 1};

	sleep_us(100);
	BEGIN(message_far);
	call3(LWK_SYS_NIMBLE_CALL, id, (long)args, 0);
	/* A wait loop, which is in no count. */
	while (*memory != (uint64_t)i + 1)
		__builtin_ia32_pause();
	END(message_far);
}

void row_message_far_finish(void)
{
	detach();
}
