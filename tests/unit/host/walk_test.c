// SPDX-License-Identifier: MIT
/* host-module/proxy/walk.c */
#include "host-module/boot/pagetable.h"
#include "host-module/proxy/walk.h"
#include "kernel/abi/procpage.h"
#include "tests/unit/host/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define RW (LWK_PTE_PRESENT | LWK_PTE_WRITE | LWK_PTE_USER)
#define AT 0x7f1234567000ULL

/* The tables of one address, and a frame; physical addresses. */
#define PAGE(n) (MODEL_BASE + MODEL_KERNEL + (n)*LWK_PAGE_SIZE)
#define ROOT PAGE(0)
#define PDPT PAGE(1)
#define PD PAGE(2)
#define PT PAGE(3)
#define FRAME PAGE(4)

static struct lwk_memory mem;

static uint64_t *entry(uint64_t table, unsigned int shift)
{
	uint64_t *entries = lwk_memory_ptr(&mem, table);

	return &entries[lwk_pte_index(AT, shift)];
}

static int set_up(void **state)
{
	(void)state;
	model_init(&mem);
	*entry(ROOT, LWK_SHIFT_PML4) = PDPT | RW;
	*entry(PDPT, LWK_SHIFT_PDPT) = PD | RW;
	*entry(PD, LWK_SHIFT_PD) = PT | RW;
	*entry(PT, LWK_SHIFT_PT) = FRAME | RW;
	return 0;
}

static void finds(void **state)
{
	struct lwk_leaf leaf;

	(void)state;
	assert_int_equal(lwk_walk(&mem, ROOT, AT + 5, &leaf), 0);
	assert_int_equal(leaf.frame, FRAME);
	assert_true(leaf.writable);
	assert_int_equal(*entry(PD, LWK_SHIFT_PD), PT | RW | LWK_PDE_SEEN);
	assert_int_equal(*entry(PT, LWK_SHIFT_PT), FRAME | RW);
	assert_int_equal(*entry(PDPT, LWK_SHIFT_PDPT), PD | RW);
}

static void rights_at_each_level(void **state)
{
	static const struct {
		uint64_t table;
		unsigned int shift;
	} levels[] = {{ROOT, LWK_SHIFT_PML4},
		      {PDPT, LWK_SHIFT_PDPT},
		      {PD, LWK_SHIFT_PD},
		      {PT, LWK_SHIFT_PT}};
	struct lwk_leaf leaf;

	for (int i = 0; i < 4; i++) {
		set_up(state);
		*entry(levels[i].table, levels[i].shift) &= ~LWK_PTE_WRITE;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), 0);
		assert_false(leaf.writable);
		*entry(levels[i].table, levels[i].shift) &= ~LWK_PTE_USER;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -ENOENT);
		*entry(levels[i].table, levels[i].shift) = 0;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -ENOENT);
		assert_int_equal(*entry(levels[i].table, levels[i].shift), 0);
	}
}

static void bad_addresses(void **state)
{
	static const uint64_t bad[] = {0,
				       MODEL_BASE - 4096,
				       MODEL_BASE,
				       MODEL_BASE + MODEL_KERNEL - 4096,
				       MODEL_BASE + MODEL_BYTES,
				       LWK_PTE_ADDRESS};
	struct lwk_leaf leaf;

	for (int i = 0; i < 6; i++) {
		assert_int_equal(lwk_walk(&mem, bad[i], AT, &leaf), -EIO);
		set_up(state);
		*entry(PT, LWK_SHIFT_PT) = bad[i] | RW;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -EIO);
		*entry(PD, LWK_SHIFT_PD) = bad[i] | RW;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -EIO);
		*entry(PDPT, LWK_SHIFT_PDPT) = bad[i] | RW;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -EIO);
		*entry(ROOT, LWK_SHIFT_PML4) = bad[i] | RW;
		assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -EIO);
	}
}

static void large_pages(void **state)
{
	const uint64_t large = RW | LWK_PTE_LARGE;
	struct lwk_leaf leaf;

	(void)state;
	*entry(PD, LWK_SHIFT_PD) = MODEL_BASE | large;
	assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), 0);
	assert_int_equal(leaf.frame, MODEL_BASE | (AT & 0x1fffff));
	assert_true(*entry(PD, LWK_SHIFT_PD) & LWK_PDE_SEEN);
	/* The part of it that is the image's stays forbidden. */
	assert_int_equal(lwk_walk(&mem, ROOT, AT & ~0x1fffffULL, &leaf), -EIO);
	*entry(PDPT, LWK_SHIFT_PDPT) = (MODEL_BASE & ~0x3fffffffULL) | large;
	assert_int_equal(lwk_walk(&mem, ROOT, AT, &leaf), -EIO);
	assert_true(*entry(PDPT, LWK_SHIFT_PDPT) & LWK_PDE_SEEN);
}

static void forgets(void **state)
{
	struct lwk_range range = {AT, AT + 4096};
	struct lwk_leaf leaf;

	(void)state;
	lwk_walk(&mem, ROOT, AT, &leaf);
	lwk_walk_forget(&mem, ROOT, &range);
	assert_int_equal(*entry(PD, LWK_SHIFT_PD), PT | RW);
	/* All that the mark covered must be unmapped. */
	assert_int_equal(range.start, AT & ~0x1fffffULL);
	assert_int_equal(range.end, (AT & ~0x1fffffULL) + 0x200000);
	lwk_walk(&mem, ROOT, AT, &leaf);
	range.start = 0;
	range.end = LWK_APP_END;
	lwk_walk_forget(&mem, ROOT, &range);
	assert_true(*entry(PD, LWK_SHIFT_PD) & LWK_PDE_SEEN);
	range.end = 1ULL << 47;
	lwk_walk_forget(&mem, ROOT, &range);
	assert_false(*entry(PD, LWK_SHIFT_PD) & LWK_PDE_SEEN);
	assert_int_equal(range.start, 0);
	assert_int_equal(range.end, 1ULL << 47);
}

/* A large page without rights is not present, and may have been seen before. */
static void forgets_without_rights(void **state)
{
	struct lwk_range range = {AT, AT + LWK_PAGE_SIZE};

	(void)state;
	*entry(PD, LWK_SHIFT_PD) = LWK_PTE_LARGE | LWK_PDE_SEEN;
	lwk_walk_forget(&mem, ROOT, &range);
	assert_int_equal(*entry(PD, LWK_SHIFT_PD), LWK_PTE_LARGE);
}

static void forgets_1gib(void **state)
{
	struct lwk_range range = {AT, AT + 4096};
	struct lwk_leaf leaf;

	(void)state;
	*entry(PDPT, LWK_SHIFT_PDPT) = RW | LWK_PTE_LARGE;
	lwk_walk(&mem, ROOT, AT, &leaf);
	lwk_walk_forget(&mem, ROOT, &range);
	assert_int_equal(*entry(PDPT, LWK_SHIFT_PDPT), RW | LWK_PTE_LARGE);
	assert_int_equal(range.start, AT & ~0x3fffffffULL);
	assert_int_equal(range.end, (AT & ~0x3fffffffULL) + 0x40000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds, set_up),
		cmocka_unit_test_setup(rights_at_each_level, set_up),
		cmocka_unit_test_setup(bad_addresses, set_up),
		cmocka_unit_test_setup(large_pages, set_up),
		cmocka_unit_test_setup(forgets, set_up),
		cmocka_unit_test_setup(forgets_without_rights, set_up),
		cmocka_unit_test_setup(forgets_1gib, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
