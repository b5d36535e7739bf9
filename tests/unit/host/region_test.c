// SPDX-License-Identifier: MIT
/* host-module/partition/region.c */
#include "host-module/partition/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define CHUNK LWK_CHUNK_SIZE

static void joins_neighbours(void **state)
{
	struct lwk_memory mem = {0};

	(void)state;
	assert_int_equal(lwk_memory_add(&mem, 8 * CHUNK, CHUNK, 0), 0);
	assert_int_equal(lwk_memory_add(&mem, 4 * CHUNK, 2 * CHUNK, 0), 0);
	assert_int_equal(mem.count, 2);
	assert_int_equal(mem.region[0].base, 4 * CHUNK);
	assert_int_equal(lwk_memory_add(&mem, 6 * CHUNK, 2 * CHUNK, 0), 0);
	assert_int_equal(mem.count, 1);
	assert_int_equal(mem.region[0].bytes, 5 * CHUNK);
	assert_int_equal(lwk_memory_add(&mem, 3 * CHUNK, CHUNK, 0), 0);
	assert_int_equal(lwk_memory_add(&mem, 9 * CHUNK, CHUNK, 0), 0);
	assert_int_equal(mem.count, 1);
	assert_int_equal(mem.region[0].base, 3 * CHUNK);
	assert_int_equal(mem.bytes, 7 * CHUNK);
}

static void keeps_nodes_apart(void **state)
{
	struct lwk_memory mem = {0};

	(void)state;
	assert_int_equal(lwk_memory_add(&mem, CHUNK, CHUNK, 0), 0);
	assert_int_equal(lwk_memory_add(&mem, 2 * CHUNK, CHUNK, 1), 0);
	assert_int_equal(mem.count, 2);
}

/* Chunks in random order come out as the same sorted pieces. */
static void random_order(void **state)
{
	enum { CHUNKS = 200 };
	struct lwk_memory mem = {0};
	unsigned int order[CHUNKS], n = 0;

	(void)state;
	srandom(1);
	for (unsigned int i = 0; i < CHUNKS; i++)
		if (i % 10 != 9)
			order[n++] = i;
	for (unsigned int i = n - 1; i > 0; i--) {
		unsigned int j = random() % (i + 1), t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
	/* Those between groups of nine are missing: 20 pieces in the end, and
	 * never more than there is room for. */
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(
			lwk_memory_add(&mem, order[i] * CHUNK, CHUNK, 0), 0);
	assert_int_equal(mem.count, CHUNKS / 10);
	for (uint32_t i = 1; i < mem.count; i++)
		assert_true(mem.region[i - 1].base + mem.region[i - 1].bytes <
			    mem.region[i].base);
}

static void table_is_full(void **state)
{
	struct lwk_memory mem = {0};

	(void)state;
	for (unsigned int i = 0; i < LWK_MAX_REGIONS; i++)
		assert_int_equal(lwk_memory_add(&mem, 2 * i * CHUNK, CHUNK, 0),
				 0);
	assert_int_equal(lwk_memory_add(&mem, 2 * LWK_MAX_REGIONS * CHUNK,
					CHUNK, 0),
			 -ENOSPC);
	assert_int_equal(mem.bytes, LWK_MAX_REGIONS * CHUNK);
	/* One that joins two always fits. */
	assert_int_equal(lwk_memory_add(&mem, CHUNK, CHUNK, 0), 0);
	assert_int_equal(mem.count, LWK_MAX_REGIONS - 1);
}

static void largest_first(void **state)
{
	struct lwk_memory mem = {0};

	(void)state;
	lwk_memory_add(&mem, 0, CHUNK, 0);
	lwk_memory_add(&mem, 4 * CHUNK, 3 * CHUNK, 0);
	lwk_memory_add(&mem, 2 * CHUNK, CHUNK, 0);
	lwk_memory_seal(&mem);
	assert_int_equal(mem.region[0].base, 4 * CHUNK);
	assert_int_equal(mem.region[1].base, 0);
	assert_int_equal(mem.region[2].base, 2 * CHUNK);
	assert_int_equal(lwk_memory_largest(&mem), 3 * CHUNK);
}

static void what_is_free(void **state)
{
	struct lwk_memory mem = {0};

	(void)state;
	lwk_memory_add(&mem, CHUNK, CHUNK, 0);
	lwk_memory_add(&mem, 4 * CHUNK, CHUNK, 0);
	lwk_memory_seal(&mem);
	assert_false(lwk_memory_is_free_range(&mem, CHUNK, 4096));
	mem.free_offset = 8192;
	assert_false(lwk_memory_is_free_range(&mem, CHUNK + 4096, 4096));
	assert_true(lwk_memory_is_free_range(&mem, CHUNK + 8192, 4096));
	assert_true(lwk_memory_is_free_range(&mem, 2 * CHUNK - 4096, 4096));
	assert_false(lwk_memory_is_free_range(&mem, 2 * CHUNK - 4096, 4097));
	assert_false(lwk_memory_is_free_range(&mem, 2 * CHUNK, 1));
	assert_true(lwk_memory_is_free_range(&mem, 4 * CHUNK, CHUNK));
	assert_false(lwk_memory_is_free_range(&mem, 4 * CHUNK, ~0ULL));
	assert_false(lwk_memory_is_free_range(&mem, 0, 4096));
	assert_false(lwk_memory_is_free_range(&mem, ~0ULL, 4096));
	assert_true(lwk_memory_overlaps(&mem, 0, CHUNK + 1));
	assert_false(lwk_memory_overlaps(&mem, 2 * CHUNK, 2 * CHUNK));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_neighbours),
		cmocka_unit_test(keeps_nodes_apart),
		cmocka_unit_test(random_order),
		cmocka_unit_test(table_is_full),
		cmocka_unit_test(largest_first),
		cmocka_unit_test(what_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
