// SPDX-License-Identifier: MIT
/* host-module/ikc/ringidx.h and cookie.h */
#include "host-module/ikc/cookie.h"
#include "host-module/ikc/ringidx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SLOTS LWK_RING_SLOTS

/* Each property at the start, and where indices wrap. */
static const uint32_t starts[] = {0,	      1,	  255,	     256,
				  0x7fffff00, 0xffffff00, 0xffffffff};

static void fills_up(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		uint32_t tail = starts[i];

		for (uint32_t n = 0; n < SLOTS; n++) {
			assert_int_equal(lwk_ring_used(tail + n, tail), n);
			assert_false(lwk_ring_full(tail + n, tail));
		}
		assert_true(lwk_ring_full(tail + SLOTS, tail));
	}
}

static void heads(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		uint32_t tail = starts[i];

		assert_true(lwk_ring_head_ok(tail, tail));
		assert_true(lwk_ring_head_ok(tail + SLOTS, tail));
		assert_false(lwk_ring_head_ok(tail + SLOTS + 1, tail));
		assert_false(lwk_ring_head_ok(tail - 1, tail));
	}
}

static void tails(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		uint32_t last = starts[i], head = last + 10;

		for (uint32_t n = 0; n <= 10; n++)
			assert_true(lwk_ring_tail_ok(head, last + n, last));
		assert_false(lwk_ring_tail_ok(head, head + 1, last));
		assert_false(lwk_ring_tail_ok(head, last - 1, last));
		assert_false(lwk_ring_tail_ok(head, head + SLOTS, last));
	}
}

static void indices(void **state)
{
	(void)state;
	assert_int_equal(lwk_ring_index(0xffffffff), SLOTS - 1);
	assert_int_equal(lwk_ring_index(0), 0);
}

static void cookies(void **state)
{
	(void)state;
	for (unsigned int slot = 0; slot < LWK_REPLY_SLOTS; slot++)
		assert_int_equal(lwk_cookie_slot(lwk_cookie(77, slot)), slot);
	assert_int_not_equal(lwk_cookie(1, 5), lwk_cookie(2, 5));
	assert_true(lwk_cookie_slot(~0ULL) < LWK_REPLY_SLOTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_up), cmocka_unit_test(heads),
		cmocka_unit_test(tails),    cmocka_unit_test(indices),
		cmocka_unit_test(cookies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
