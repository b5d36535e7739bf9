// SPDX-License-Identifier: MIT
/* host-module/boot/pagetable.c and layout.c */
#include "host-module/boot/layout.h"
#include "host-module/boot/pagetable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define POOL_PHYS 0x7000000ULL
#define ABSENT (~0ULL)

void *lwk_memory_ptr(const struct lwk_memory *mem, uint64_t phys)
{
	(void)mem;
	(void)phys;
	abort();
}

/* As the processor would: the physical address, or ABSENT. */
static uint64_t translate(const struct lwk_table_pool *pool, uint64_t virt)
{
	uint64_t *table = pool->pages;

	for (unsigned int shift = LWK_SHIFT_PML4;; shift -= 9) {
		uint64_t e = table[lwk_pte_index(virt, shift)];
		uint64_t in = (1ULL << shift) - 1;

		if (!(e & LWK_PTE_PRESENT))
			return ABSENT;
		if (shift == LWK_SHIFT_PT || e & LWK_PTE_LARGE)
			return (e & LWK_PTE_ADDRESS & ~in) | (virt & in);
		table = pool->pages +
			((e & LWK_PTE_ADDRESS) - POOL_PHYS) / sizeof(*table);
	}
}

static void build(struct lwk_table_pool *pool, const struct lwk_memory *mem)
{
	struct lwk_bootstrap what = {3 << 20, 0x8000};

	pool->bytes = lwk_pagetable_bytes_max(mem);
	pool->phys = POOL_PHYS;
	pool->pages = calloc(1, pool->bytes);
	assert_int_equal(lwk_pagetable_build(pool, mem, &what), 0);
	assert_true(pool->used <= pool->bytes);
}

static void maps_all(void **state)
{
	struct lwk_memory mem = {0};
	struct lwk_table_pool pool;

	(void)state;
	/* Across 1 GiB and 512 GiB borders, and above. */
	lwk_memory_add(&mem, (1ULL << 30) - (4 << 20), 8 << 20, 0);
	lwk_memory_add(&mem, (1ULL << 39) - (2 << 20), 4 << 20, 0);
	lwk_memory_add(&mem, 1ULL << 45, 1ULL << 31, 0);
	build(&pool, &mem);
	for (uint32_t i = 0; i < mem.count; i++) {
		const struct lwk_region *r = &mem.region[i];
		uint64_t end = r->base + r->bytes;

		for (uint64_t a = r->base; a < end; a += 1 << 20)
			assert_int_equal(translate(&pool, LWK_PHYS_MAP + a), a);
		assert_int_equal(translate(&pool, LWK_PHYS_MAP + end), ABSENT);
		assert_int_equal(translate(&pool, LWK_PHYS_MAP + r->base - 1),
				 ABSENT);
	}
	assert_int_equal(translate(&pool, 0x8123), 0x8123);
	assert_int_equal(translate(&pool, 0x9000), ABSENT);
	assert_int_equal(translate(&pool, 0), ABSENT);
	assert_int_equal(translate(&pool, LWK_IMAGE_BASE + 0x2fffff),
			 mem.region[0].base + 0x2fffff);
	free(pool.pages);
}

static void many_pieces(void **state)
{
	struct lwk_memory mem = {0};
	struct lwk_table_pool pool;

	(void)state;
	for (uint64_t i = 0; i < LWK_MAX_REGIONS; i++)
		lwk_memory_add(&mem, i * 3 << 30, LWK_CHUNK_SIZE, 0);
	build(&pool, &mem);
	for (uint64_t i = 0; i < LWK_MAX_REGIONS; i++)
		assert_int_equal(translate(&pool, LWK_PHYS_MAP + (i * 3 << 30)),
				 i * 3 << 30);
	free(pool.pages);
}

static void pool_too_small(void **state)
{
	struct lwk_bootstrap what = {1 << 20, 0x8000};
	struct lwk_memory mem = {0};
	struct lwk_table_pool pool = {.phys = POOL_PHYS};
	uint64_t enough;

	(void)state;
	lwk_memory_add(&mem, 1 << 30, 64 << 20, 0);
	enough = lwk_pagetable_bytes_max(&mem);
	pool.pages = malloc(enough);
	for (pool.bytes = 0; pool.bytes < 4 * LWK_PAGE_SIZE;
	     pool.bytes += LWK_PAGE_SIZE) {
		memset(pool.pages, 0, enough);
		assert_int_equal(lwk_pagetable_build(&pool, &mem, &what),
				 -ENOSPC);
	}
	free(pool.pages);
}

static void layout_order(void **state)
{
	struct lwk_memory mem = {0};
	struct lwk_layout l;
	uint64_t last = 0x123456;

	(void)state;
	lwk_memory_add(&mem, 1 << 30, 64 << 20, 0);
	assert_int_equal(lwk_layout_make(&l, &mem, last, 64), 0);
	assert_true(l.boot >= last);
	assert_true(l.time >= l.boot + sizeof(struct lwk_boot));
	assert_true(l.rings >= l.time + sizeof(struct lwk_time));
	for (uint32_t i = 0; i < 64; i++) {
		assert_true(lwk_layout_ring_to_linux(&l, i) >=
			    lwk_layout_ring_to_lwk(&l, i) +
				    sizeof(struct lwk_ring));
		assert_int_equal(lwk_layout_ring_to_linux(&l, i) % 4096, 0);
	}
	assert_true(l.log >=
		    lwk_layout_ring_to_linux(&l, 63) + sizeof(struct lwk_ring));
	assert_true(l.window >= l.log + LWK_LOG_BYTES);
	assert_true(l.tables >= l.window + LWK_WINDOW_BYTES);
	assert_true(l.end >= l.tables + l.tables_bytes);
	assert_int_equal(
		(l.boot | l.time | l.log | l.window | l.tables | l.end) % 4096,
		0);
}

static void layout_too_large(void **state)
{
	struct lwk_memory mem = {0};
	struct lwk_layout l;

	(void)state;
	lwk_memory_add(&mem, 1 << 30, LWK_CHUNK_SIZE, 0);
	assert_int_equal(lwk_layout_make(&l, &mem, 1 << 16, 1), 0);
	assert_int_equal(lwk_layout_make(&l, &mem, 1 << 20, 1), -ENOSPC);
	assert_int_equal(lwk_layout_make(&l, &mem, 1 << 16, 64), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_all),
		cmocka_unit_test(many_pieces),
		cmocka_unit_test(pool_too_small),
		cmocka_unit_test(layout_order),
		cmocka_unit_test(layout_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
