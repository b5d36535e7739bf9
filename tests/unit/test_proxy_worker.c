// SPDX-License-Identifier: MIT
/* toolchain/proxy/worker.c and kick.c: the slot protocol raced, the sleep raced,
 * and calls interrupted at every point. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/fake_device.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/worker.h"

#ifndef SPIN_US
#define SPIN_US 0
#endif
#define CALLS 20000
#define INTERRUPTS 10000
#define THREADS 4

static int64_t call1(uint32_t slot, enum fake_wait wait, uint32_t nr,
		     uint64_t a)
{
	const uint64_t arg[6] = {a};

	return fake_call(slot, wait, nr, arg);
}

static void threads(unsigned int n)
{
	__atomic_store_n(&fake_page.threads, n, __ATOMIC_RELAXED);
}

static void test_one_call(void **state)
{
	(void)state;
	assert_int_equal(call1(0, FAKE_SPIN, SYS_getpgrp, 0), getpgrp());
	assert_int_equal(call1(0, FAKE_BLOCK, SYS_getpgrp, 0), getpgrp());
	assert_int_equal(call1(0, FAKE_SPIN, SYS_fork, 0), -ENOSYS);
	assert_int_equal(workers_count(), 1);
}

/* Every answer is that of its own question, and none is waited for in vain. */
static void test_no_lost_wake_up(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (unsigned int i = 0; i < CALLS; i++) {
		enum fake_wait wait = fake_random(&random) % FAKE_WAITS;

		fake_delay(fake_random(&random) % 512);
		/* -1 at an offset of our own shows which call it was. */
		assert_int_equal(call1(0, wait,
				       i % 2 ? SYS_getpgrp : SYS_getsid, 0),
				 i % 2 ? getpgrp() : getsid(0));
	}
	assert_int_equal(fake_page.sleepers <= 1, 1);
	assert_int_equal(workers_count(), 1);
}

/* A worker that blocks for one slot does not hold up another. */
static void test_blocked_worker(void **state)
{
	char *byte = fake_memory(1);
	int end[2];
	uint64_t arg[6];

	(void)state;
	threads(2);
	assert_int_equal(pipe(end), 0);
	arg[0] = end[0];
	arg[1] = (uintptr_t)byte;
	arg[2] = 1;
	fake_post(0, SYS_read, arg);
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(call1(1, FAKE_EITHER, SYS_getpgrp, 0),
				 getpgrp());
	assert_int_equal(write(end[1], "x", 1), 1);
	assert_int_equal(fake_answer(0, FAKE_EITHER), 1);
	assert_int_equal(*byte, 'x');
	assert_int_equal(workers_count(), 2);
	close(end[0]);
	close(end[1]);
}

static void *many_calls(void *arg)
{
	uint32_t slot = (uintptr_t)arg, random = slot;
	uintptr_t wrong = 0;

	for (unsigned int i = 0; i < CALLS / THREADS; i++) {
		enum fake_wait wait = fake_random(&random) % FAKE_WAITS;
		uint32_t nr = i % 3 ? SYS_getpgrp : SYS_poll;
		int64_t expected = i % 3 ? getpgrp() : 0;

		if (call1(slot, wait, nr, 0) != expected)
			wrong++;
	}
	return (void *)wrong;
}

static void test_many_slots(void **state)
{
	pthread_t thread[THREADS];
	void *wrong;

	(void)state;
	threads(THREADS);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, many_calls, (void *)i);
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &wrong);
		assert_null(wrong);
	}
	assert_true(workers_count() <= THREADS + 1);
	assert_true(fake_page.sleepers <= 1);
}

/* ---- Interrupting ------------------------------------------------------ */

/* One interrupt for each call, at any time after the request: the call ends.
 * Where it lost the race against the answer, the pipe's next byte tells. */
static void test_no_lost_interrupt(void **state)
{
	char *byte = fake_memory(1);
	uint64_t arg[6] = {0, (uintptr_t)byte, 1};
	unsigned int before = 0, during = 0;
	uint32_t random = 1;
	int end[2];

	(void)state;
	threads(1);
	assert_int_equal(pipe(end), 0);
	arg[0] = end[0];
	for (unsigned int i = 0; i < INTERRUPTS; i++) {
		int64_t ret;

		fake_post(0, SYS_read, arg);
		if (i % 8 == 0)
			usleep(100);
		fake_delay(fake_random(&random) % 1024);
		workers_interrupt(0);
		ret = fake_answer(0, FAKE_EITHER);
		before += ret == -LWK_INTERRUPTED;
		during += ret == -EINTR;
		assert_true(ret == -LWK_INTERRUPTED || ret == -EINTR);
	}
	print_message("# interrupted %u before and %u during the call\n",
		      before, during);
	assert_true(before > 0 && during > 0);
	close(end[0]);
	close(end[1]);
}

static atomic_int stop, stop_flood;

static void *interrupt_always(void *arg)
{
	uint32_t slot = (uintptr_t)arg, random = 7;

	while (!stop_flood) {
		workers_interrupt(slot);
		fake_delay(fake_random(&random) % 256);
	}
	return NULL;
}

/* Faster than a worker can handle them. */
static void *interrupt_without_pause(void *arg)
{
	while (!stop_flood)
		workers_interrupt((uintptr_t)arg);
	return NULL;
}

static int64_t drain(int fd)
{
	char buffer[4096];
	int64_t sum = 0, n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		sum += n;
	return sum;
}

/* Under a flood, what a call says is what it did: bytes that write() says it
 * wrote are in the pipe, once, and no others. */
static void test_nothing_twice(void **state)
{
	char *byte = fake_memory(1);
	uint64_t arg[6] = {0, (uintptr_t)byte, 1};
	int64_t wrote = 0, arrived = 0, interrupted = 0, ret;
	pthread_t flood;
	int end[2];

	(void)state;
	assert_int_equal(pipe2(end, O_NONBLOCK), 0);
	arg[0] = end[1];
	stop = stop_flood = 0;
	pthread_create(&flood, NULL, interrupt_always, (void *)0);
	for (unsigned int i = 0; i < CALLS; i++) {
		ret = fake_call(0, FAKE_EITHER, SYS_write, arg);
		assert_true(ret == 1 || ret == -LWK_INTERRUPTED ||
			    ret == -EINTR);
		wrote += ret == 1;
		interrupted += ret != 1;
		if (i % 1024 == 0)
			arrived += drain(end[0]);
	}
	stop_flood = 1;
	pthread_join(flood, NULL);
	arrived += drain(end[0]);
	print_message("# %d written, %d interrupted\n", (int)wrote,
		      (int)interrupted);
	assert_int_equal(wrote, arrived);
	assert_true(wrote > 0);
	close(end[0]);
	close(end[1]);
}

static void *sleep_in_slot_0(void *arg)
{
	const uint64_t forever[6] = {0, 0, (uint64_t)-1};
	uintptr_t interrupted = 0;

	(void)arg;
	while (!stop) {
		int64_t ret = fake_call(0, FAKE_EITHER, SYS_poll, forever);

		interrupted += ret == -EINTR || ret == -LWK_INTERRUPTED;
	}
	return (void *)interrupted;
}

/* Calls that end when they are interrupted as often as not. */
static void *hurry_in_slot_0(void *arg)
{
	uintptr_t interrupted = 0;

	(void)arg;
	while (!stop) {
		int64_t ret = call1(0, FAKE_EITHER, SYS_getpgrp, 0);

		interrupted += ret == -LWK_INTERRUPTED;
	}
	return (void *)interrupted;
}

/* Kicks for slot 0 never hit the call of slot 1, whichever worker had it. */
static void kicks_hit_their_call(void *(*interrupter)(void *),
				 void *(*in_slot_0)(void *))
{
	const uint64_t millisecond[6] = {0, 0, 1};
	pthread_t flood, other;
	void *interrupted;

	threads(2);
	stop = stop_flood = 0;
	pthread_create(&flood, NULL, interrupter, (void *)0);
	pthread_create(&other, NULL, in_slot_0, NULL);
	for (unsigned int i = 0; i < 500; i++)
		assert_int_equal(
			fake_call(1, FAKE_EITHER, SYS_poll, millisecond), 0);
	stop = 1;
	pthread_join(other, &interrupted);
	stop_flood = 1;
	pthread_join(flood, NULL);
	print_message("# interrupted %u times\n",
		      (unsigned int)(uintptr_t)interrupted);
	assert_true((uintptr_t)interrupted > 0);
}

static void test_kicks_hit_their_call(void **state)
{
	(void)state;
	kicks_hit_their_call(interrupt_always, sleep_in_slot_0);
}

static void test_late_kicks_hit_nothing(void **state)
{
	(void)state;
	kicks_hit_their_call(interrupt_always, hurry_in_slot_0);
}

static void test_a_flood_holds_up_no_call(void **state)
{
	(void)state;
	kicks_hit_their_call(interrupt_without_pause, sleep_in_slot_0);
	kicks_hit_their_call(interrupt_without_pause, hurry_in_slot_0);
}

/* A slot that holds no request is left alone, and so is its next one. */
static void test_late_interrupt(void **state)
{
	(void)state;
	workers_interrupt(0);
	workers_interrupt(LWK_SLOTS);
	assert_int_equal(call1(0, FAKE_BLOCK, SYS_getpgrp, 0), getpgrp());
}

/* ---- Signals of the call itself ---------------------------------------- */

static void test_sigpipe_is_forwarded(void **state)
{
	char *byte = fake_memory(1);
	uint64_t arg[6] = {0, (uintptr_t)byte, 1};
	int end[2];

	(void)state;
	assert_int_equal(pipe(end), 0);
	close(end[0]);
	arg[0] = end[1];
	assert_int_equal(fake_call(0, FAKE_BLOCK, SYS_write, arg), -EPIPE);
	assert_int_equal(fake_signals[SIGPIPE], 1);
	close(end[1]);
}

static int start(void **state)
{
	(void)state;
	signals_init();
	signals_manager();
	return workers_start(&fake_page, SPIN_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_call),
		cmocka_unit_test(test_no_lost_wake_up),
		cmocka_unit_test(test_no_lost_interrupt),
		cmocka_unit_test(test_nothing_twice),
		cmocka_unit_test(test_late_interrupt),
		cmocka_unit_test(test_sigpipe_is_forwarded),
		cmocka_unit_test(test_blocked_worker),
		cmocka_unit_test(test_many_slots),
		cmocka_unit_test(test_kicks_hit_their_call),
		cmocka_unit_test(test_late_kicks_hit_nothing),
		cmocka_unit_test(test_a_flood_holds_up_no_call),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
