/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/mm/area.c and area_tree.c: random operations against an array with an entry
 * for each page, and the tree's own rules. */
#include <asm-generic/errno-base.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/layout.h"
#include "kernel/mm/area.h"
#include "kernel/mm/area_tree.h"
#include "tests/unit/kernel/host.h"

#define MEMORY (64UL << 20)
#define PAGES 3000UL
#define BASE (1UL << 32)
#define FREE 0xff

static struct aspace as;
/* Protection of each page from BASE on, or FREE; in kind: its flags. */
static uint8_t prot[PAGES], kind[PAGES];
/* The file of each, and where it is there. */
static uint32_t file[PAGES];
static uint64_t offset[PAGES];

static vaddr_t va(uint64_t page)
{
	return BASE + page * PAGE_SIZE;
}

/* ---- The tree's rules -------------------------------------------------- */

struct seen {
	uint32_t height;
	uint64_t widest;
	uint32_t count;
};

static struct seen check_subtree(const struct area *a,
				 const struct area *parent)
{
	struct seen l, r, both;
	const struct area *before;

	if (!a)
		return (struct seen){0, 0, 0};
	assert_ptr_equal(a->parent, parent);
	l = check_subtree(a->child[0], a);
	r = check_subtree(a->child[1], a);
	both.height = 1 + MAX(l.height, r.height);
	both.widest = MAX(MIN(a->gap, 1UL << 36), MAX(l.widest, r.widest));
	both.count = 1 + l.count + r.count;
	assert_in_range(l.height + 2 - r.height, 0, 4);
	assert_int_equal(a->height, both.height);
	assert_int_equal(a->widest, both.widest);
	before = area_before(&as, a);
	assert_int_equal(a->gap,
			 a->start - (before ? before->end : LWK_APP_MIN));
	assert_true(!a->child[0] || a->child[0]->end <= a->start);
	assert_true(!a->child[1] || a->child[1]->start >= a->end);
	return both;
}

static void check_rules(void)
{
	vaddr_t end = 0;
	uint32_t n = 0;
	struct list *l;

	list_for_each(l, &as.areas) {
		const struct area *a = list_entry(l, struct area, node);

		assert_true(a->start >= end && a->end > a->start);
		end = a->end;
		n++;
	}
	assert_int_equal(n, as.area_count);
	assert_int_equal(check_subtree(as.area_root, NULL).count, n);
}

/* ---- What the array says ----------------------------------------------- */

static bool is_free(uint64_t from, uint64_t n)
{
	for (uint64_t i = from; i < from + n; i++)
		if (prot[i] != FREE)
			return false;
	return true;
}

static bool is_mapped(uint64_t from, uint64_t n)
{
	for (uint64_t i = from; i < from + n; i++)
		if (prot[i] == FREE)
			return false;
	return true;
}

static void check_look_ups(uint64_t page)
{
	struct area *a = area_find(&as, va(page));
	uint64_t next = page;

	assert_int_equal(a != NULL, prot[page] != FREE);
	if (a) {
		assert_int_equal(a->prot, prot[page]);
		assert_int_equal(a->flags, kind[page]);
		assert_int_equal(a->file, file[page]);
		if (a->file)
			assert_int_equal(a->offset + va(page) - a->start,
					 offset[page]);
	}
	while (next < PAGES && prot[next] == FREE)
		next++;
	a = area_first_above(&as, va(page));
	if (next == PAGES)
		assert_null(a);
	else if (next > page)
		assert_int_equal(a->start, va(next));
	else
		assert_true(a->start <= va(page) && a->end > va(page));
}

static void check_cover(uint64_t from, uint64_t n)
{
	uint32_t flags, expected = 0;
	bool all = true;
	struct area *a;

	for (uint64_t i = from; i < from + n && all; i++) {
		all = prot[i] != FREE;
		expected |= all ? kind[i] : 0;
	}
	a = area_covering(&as, va(from), va(from + n), &flags);
	assert_int_equal(a != NULL, all);
	assert_true(!a || (a->start <= va(from) && a->end > va(from)));
	assert_int_equal(flags, expected);
}

/* The highest place for n pages whose start is aligned, below page `top`. */
static void check_gap(uint64_t n, uint64_t align_pages, uint64_t top)
{
	vaddr_t at = area_find_gap(&as, 0, n * PAGE_SIZE,
				   align_pages * PAGE_SIZE, va(top));

	for (uint64_t page = top - n + 1; page-- > 0;)
		if (!(page % align_pages) && is_free(page, n)) {
			assert_int_equal(at, va(page));
			return;
		}
	/* None among ours: as far up below them as goes. */
	assert_true(at && at < BASE);
	for (uint64_t page = 0; va(page) < at + n * PAGE_SIZE; page++)
		assert_int_equal(prot[page], FREE);
}

/* ---- Random operations ------------------------------------------------- */

static uint64_t some(uint64_t n)
{
	return (uint64_t)rand() % n;
}

static void insert(uint64_t from, uint64_t n, uint8_t p, uint8_t flags)
{
	struct area *a = area_insert(&as, va(from), va(from + n), p, flags);

	assert_non_null(a);
	assert_true(a->start <= va(from) && a->end >= va(from + n));
	memset(prot + from, p, n);
	memset(kind + from, flags, n);
	memset(file + from, 0, n * sizeof(*file));
}

static struct area *borders(uint64_t from, uint64_t n)
{
	struct area *first = area_first_above(&as, va(from));

	assert_in_range(area_make_borders(&as, &first, va(from), va(from + n)),
			0, 1);
	assert_int_equal(area_make_borders(&as, &first, va(from), va(from + n)),
			 0);
	assert_ptr_equal(first, area_first_above(&as, va(from)));
	return first;
}

static void change(uint64_t from, uint64_t n, uint8_t p)
{
	area_set_prot(&as, borders(from, n), va(from + n), p);
	for (uint64_t i = from; i < from + n; i++)
		if (prot[i] != FREE)
			prot[i] = p;
}

static void mark(uint64_t from, uint64_t n)
{
	area_add_flags(&as, borders(from, n), va(from + n), AREA_LAZY,
		       AREA_SHARED);
	for (uint64_t i = from; i < from + n; i++)
		if (prot[i] != FREE && (kind[i] & AREA_LAZY))
			kind[i] |= AREA_SHARED;
}

static void name(uint64_t from, uint64_t n, uint32_t f, uint64_t page)
{
	struct area *first = borders(from, n);

	if (!is_mapped(from, n))
		return;
	area_set_file(&as, first, va(from + n), f, page * PAGE_SIZE);
	for (uint64_t i = 0; i < n; i++) {
		file[from + i] = f;
		offset[from + i] = (page + i) * PAGE_SIZE;
	}
}

static void forget(uint64_t from, uint64_t n)
{
	area_remove(&as, borders(from, n), va(from + n));
	memset(prot + from, FREE, n);
}

static void step(void)
{
	static const uint8_t flags[] = {0, 0, AREA_LAZY, AREA_GROWS_DOWN};
	uint64_t n = 1 + some(some(20) ? 4 : 100);
	uint64_t from = some(PAGES - n);

	switch (some(9)) {
	case 0:
	case 1:
	case 2:
		if (is_free(from, n))
			insert(from, n, (uint8_t)some(3), flags[some(4)]);
		break;
	case 3:
		forget(from, n);
		break;
	case 4:
		change(from, n, (uint8_t)some(3));
		break;
	case 5:
		if (!some(10))
			mark(from, n);
		break;
	case 6:
		/* One behind the other: areas may join again. */
		n /= 2;
		if (n) {
			name(from, n, 1 + (uint32_t)some(2), from);
			name(from + n, n, 1, from + n);
		}
		break;
	case 7:
		check_cover(from, n);
		check_look_ups(from);
		break;
	default:
		check_gap(n, 1UL << some(4), n + some(PAGES - n));
	}
}

static int begin(void **state)
{
	(void)state;
	memset(&as, 0, sizeof(as));
	memset(prot, FREE, sizeof(prot));
	list_init(&as.areas);
	as.mmap_top = va(PAGES);
	return 0;
}

static int end(void **state)
{
	(void)state;
	area_remove(&as, area_first_above(&as, 0), LWK_APP_END);
	return as.area_count || as.area_root ? -1 : 0;
}

static void random_operations_agree_with_an_array(void **state)
{
	(void)state;
	srand(7);
	for (int i = 0; i < 60000; i++) {
		step();
		if (i % 8 == 0)
			check_rules();
	}
}

/* Ten thousand areas in order. */
static void many_areas_stay_balanced(void **state)
{
	enum { MANY = 10000 };
	int i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_non_null(area_insert(&as, va((uint64_t)i * 2),
					    va((uint64_t)i * 2 + 1), 1, 0));
	assert_int_equal(as.area_count, MANY);
	assert_in_range(as.area_root->height, 14, 19);
	check_rules();
	for (i = 0; i < MANY; i += 2)
		area_remove(&as, area_find(&as, va((uint64_t)i * 2)),
			    va((uint64_t)i * 2 + 1));
	check_rules();
	/* Of three pages there is room now, of four there is none. */
	assert_int_equal(area_find_gap(&as, 0, 3 * PAGE_SIZE, PAGE_SIZE,
				       va(MANY)),
			 va(MANY - 5));
	assert_true(area_find_gap(&as, 0, 4 * PAGE_SIZE, PAGE_SIZE, va(MANY)) <
		    BASE);
}

static void equal_neighbours_are_one(void **state)
{
	(void)state;
	insert(10, 1, 1, 0);
	insert(12, 1, 1, 0);
	insert(11, 1, 1, 0);
	assert_int_equal(as.area_count, 1);
	change(11, 1, 2);
	assert_int_equal(as.area_count, 3);
	change(11, 1, 1);
	assert_int_equal(as.area_count, 1);
	check_rules();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(equal_neighbours_are_one),
		TEST(random_operations_agree_with_an_array),
		TEST(many_areas_stay_balanced),
	};

	host_memory_init(MEMORY);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
