/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/mm/page_alloc.c and kmalloc.c. */
#include <stdlib.h>
#include <string.h>

#include "kernel/arch/mmu.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "tests/unit/kernel/host.h"

#define MEMORY (64UL << 20)
#define RESERVE (4UL << 20)
#define BLOCKS 512

static uint64_t free_at_start;

static void alloc_is_aligned_and_zeroed(void **state)
{
	unsigned int order;

	(void)state;
	for (order = 0; order <= 11; order++) {
		paddr_t pa = page_alloc_zeroed(order);
		char *p = phys_to_virt(pa);

		assert_true(pa && IS_ALIGNED(pa, PAGE_SIZE << order));
		assert_int_equal(p[0] | p[(PAGE_SIZE << order) - 1], 0);
		memset(p, 0xff, PAGE_SIZE << order);
		page_free(pa, order);
	}
	assert_int_equal(page_free_bytes(), free_at_start);
}

static void all_memory_can_be_had_and_comes_back(void **state)
{
	uint64_t pages = 0;
	paddr_t list = 0, pa;

	(void)state;
	while ((pa = page_alloc(0))) {
		*(paddr_t *)phys_to_virt(pa) = list;
		list = pa;
		pages++;
	}
	assert_int_equal(pages * PAGE_SIZE, free_at_start);
	assert_int_equal(page_alloc(0), 0);
	while (list) {
		pa = list;
		list = *(paddr_t *)phys_to_virt(pa);
		page_free(pa, 0);
	}
	assert_int_equal(page_free_bytes(), free_at_start);
	/* merged again: a large block exists */
	pa = page_alloc(LARGE_ORDER);
	assert_true(pa);
	page_free(pa, LARGE_ORDER);
}

static void random_blocks_never_overlap(void **state)
{
	struct {
		paddr_t pa;
		unsigned int order;
	} block[BLOCKS] = {0};
	unsigned int i;

	(void)state;
	srand(1);
	for (i = 0; i < 200000; i++) {
		unsigned int at = (unsigned int)rand() % BLOCKS;
		uint64_t *first, *last;

		if (block[at].pa) {
			uint64_t bytes = PAGE_SIZE << block[at].order;

			first = phys_to_virt(block[at].pa);
			last = first + bytes / 8 - 1;
			/* no other user's marks have come between */
			assert_int_equal(*first, block[at].pa);
			assert_int_equal(*last, block[at].pa);
			page_free(block[at].pa, block[at].order);
			block[at].pa = 0;
			continue;
		}
		block[at].order = (unsigned int)rand() % 6;
		block[at].pa = page_alloc(block[at].order);
		if (!block[at].pa)
			continue;
		first = phys_to_virt(block[at].pa);
		last = first + (PAGE_SIZE << block[at].order) / 8 - 1;
		*first = *last = block[at].pa;
	}
	for (i = 0; i < BLOCKS; i++)
		if (block[i].pa)
			page_free(block[i].pa, block[i].order);
	assert_int_equal(page_free_bytes(), free_at_start);
}

static void split_block_is_freed_page_by_page(void **state)
{
	paddr_t pa = page_alloc(LARGE_ORDER);
	uint64_t i;

	(void)state;
	assert_true(page_is_allocated(pa + 5 * PAGE_SIZE));
	page_split(pa, LARGE_ORDER);
	for (i = 0; i < 512; i++)
		page_free(pa + (i * 37 % 512) * PAGE_SIZE, 0);
	assert_false(page_is_allocated(pa));
	assert_int_equal(page_free_bytes(), free_at_start);
}

static void misuse_is_caught(void **state)
{
	paddr_t pa = page_alloc(1);

	(void)state;
	page_free(pa, 1);
	assert_false(page_is_allocated(0x1000));
	expect_panic(page_free(0x1000, 0));
}

static void objects_are_aligned_to_their_class(void **state)
{
	size_t bytes;

	(void)state;
	for (bytes = 1; bytes <= 16384; bytes = bytes * 3 / 2 + 1) {
		char *p = kmalloc(bytes);
		size_t class = 32;

		while (class < bytes)
			class *= 2;
		assert_true(IS_ALIGNED((uint64_t)(p - host_memory),
				       MIN(class, PAGE_SIZE)));
		memset(p, 0x5a, bytes);
		kfree(p);
	}
	assert_null(kmalloc(0));
	assert_null(kmalloc(1UL << 40));
	kfree(NULL);
	assert_int_equal(kmalloc_live_objects(), 0);
}

static void objects_do_not_overlap(void **state)
{
	unsigned char *object[2000];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 2000; i++) {
		object[i] = kmalloc(24 + i % 200);
		assert_non_null(object[i]);
		memset(object[i], (int)(i & 0xff), 24 + i % 200);
	}
	for (i = 0; i < 2000; i++)
		for (j = 0; j < 24 + i % 200; j++)
			assert_int_equal(object[i][j], i & 0xff);
	for (i = 0; i < 2000; i++)
		kfree(object[(i * 7) % 2000]);
	assert_int_equal(kmalloc_live_objects(), 0);
}

static void objects_freed_twice_are_caught(void **state)
{
	void *p = kmalloc(3000);

	(void)state;
	kfree(p);
	expect_panic(kfree(p));
}

/* One of those that the allocator never gave away: its own. */
static void a_page_that_was_never_free_can_be_held(void **state)
{
	(void)state;
	assert_false(page_is_allocated(HOST_MEMORY_BASE));
	page_adopt(HOST_MEMORY_BASE);
	assert_int_equal(page_hold(HOST_MEMORY_BASE), 0);
	assert_false(page_is_sole(HOST_MEMORY_BASE));
	page_free(HOST_MEMORY_BASE, 0);
	assert_true(page_is_allocated(HOST_MEMORY_BASE));
	assert_int_equal(page_free_bytes(), free_at_start);
	expect_panic(page_adopt(HOST_MEMORY_BASE));
}

/* A user takes all free memory. The administrator then has the reserve, in one piece,
 * and pages that he frees do not go to users. */
static void the_reserve_is_kept(void **state)
{
	static paddr_t page[MEMORY / PAGE_SIZE];
	uint64_t n = 0, i;
	paddr_t large;

	(void)state;
	host_for_admin = false;
	while ((page[n] = page_alloc(0)))
		n++;
	assert_in_range(page_free_bytes(), RESERVE / 10 * 9, RESERVE);
	assert_false(page_free_at_least(PAGE_SIZE));
	host_for_admin = true;
	assert_true(page_free_at_least(PAGE_SIZE));
	large = page_alloc(LARGE_ORDER);
	assert_int_not_equal(large, 0);
	page_split(large, LARGE_ORDER);
	page_free(large, 0);
	host_for_admin = false;
	assert_int_equal(page_alloc(0), 0);
	host_for_admin = true;
	for (i = 1; i < 1UL << LARGE_ORDER; i++)
		page_free(large + i * PAGE_SIZE, 0);
	while (n--)
		page_free(page[n], 0);
	assert_int_equal(page_free_bytes(), free_at_start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alloc_is_aligned_and_zeroed),
		cmocka_unit_test(all_memory_can_be_had_and_comes_back),
		cmocka_unit_test(random_blocks_never_overlap),
		cmocka_unit_test(split_block_is_freed_page_by_page),
		cmocka_unit_test(a_page_that_was_never_free_can_be_held),
		cmocka_unit_test(the_reserve_is_kept),
		cmocka_unit_test(misuse_is_caught),
		cmocka_unit_test(objects_are_aligned_to_their_class),
		cmocka_unit_test(objects_do_not_overlap),
		cmocka_unit_test(objects_freed_twice_are_caught),
	};

	host_memory_init_reserve(MEMORY, RESERVE);
	free_at_start = page_free_bytes();

	return cmocka_run_group_tests(tests, NULL, NULL);
}
