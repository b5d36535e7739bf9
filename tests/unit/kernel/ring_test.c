/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/ikc/ring_policy.c: the indices, alone and between two threads. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "kernel/ikc/ring.h"
#include "tests/unit/kernel/host.h"

static struct lwk_ring ring;

static void messages_come_in_order_and_full_is_refused(void **state)
{
	uint32_t head = 0, tail = 0, i;
	struct lwk_msg m = {0};
	bool bad;

	(void)state;
	memset(&ring, 0, sizeof(ring));
	for (i = 0; i < LWK_RING_SLOTS; i++) {
		m.cookie = i;
		assert_true(ring_put(&ring, &head, &m, &bad));
	}
	assert_false(ring_put(&ring, &head, &m, &bad));
	assert_false(bad);
	assert_false(ring_handled(&ring, 0));
	for (i = 0; i < LWK_RING_SLOTS; i++) {
		assert_true(ring_peek(&ring, tail, &m, &bad));
		assert_int_equal(m.cookie, i);
		ring_done(&ring, &tail);
		assert_true(ring_handled(&ring, i));
		assert_false(ring_handled(&ring, i + 1));
	}
	assert_false(ring_peek(&ring, tail, &m, &bad));
}

static void indices_wrap(void **state)
{
	uint32_t head = 0xfffffff0, tail = 0xfffffff0, i;
	struct lwk_msg m = {0};
	bool bad;

	(void)state;
	memset(&ring, 0, sizeof(ring));
	ring.head = ring.tail = head;
	for (i = 0; i < 40; i++) {
		m.cookie = i;
		assert_true(ring_put(&ring, &head, &m, &bad));
		assert_true(ring_peek(&ring, tail, &m, &bad));
		assert_int_equal(m.cookie, i);
		ring_done(&ring, &tail);
		assert_true(ring_handled(&ring, head - 1));
	}
}

static void impossible_indices_are_told(void **state)
{
	uint32_t head = 10;
	struct lwk_msg m = {0};
	bool bad;

	(void)state;
	memset(&ring, 0, sizeof(ring));
	ring.tail = 11; /* beyond what was written */
	assert_false(ring_put(&ring, &head, &m, &bad));
	assert_true(bad);
	ring.head = LWK_RING_SLOTS + 1;
	assert_false(ring_peek(&ring, 0, &m, &bad));
	assert_true(bad);
}

#define RACE_MESSAGES 300000
static void *produce(void *arg)
{
	uint32_t head = 0, i;
	struct lwk_msg m = {0};
	bool bad;

	(void)arg;
	for (i = 0; i < RACE_MESSAGES; i++) {
		m.cookie = i;
		m.arg[4] = ~(uint64_t)i;
		while (!ring_put(&ring, &head, &m, &bad))
			sched_yield();
	}
	return NULL;
}

static void two_threads_lose_and_tear_nothing(void **state)
{
	uint32_t tail = 0, i;
	struct lwk_msg m;
	pthread_t t;
	bool bad;

	(void)state;
	memset(&ring, 0, sizeof(ring));
	assert_int_equal(pthread_create(&t, NULL, produce, NULL), 0);
	for (i = 0; i < RACE_MESSAGES; i++) {
		while (!ring_peek(&ring, tail, &m, &bad))
			sched_yield();
		assert_int_equal(m.cookie, i);
		assert_int_equal(m.arg[4], ~(uint64_t)i);
		ring_done(&ring, &tail);
	}
	pthread_join(t, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_in_order_and_full_is_refused),
		cmocka_unit_test(indices_wrap),
		cmocka_unit_test(impossible_indices_are_told),
		cmocka_unit_test(two_threads_lose_and_tear_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
