/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/mm/aspace.c, area.c, fault.c and the user tables of x86-64. */
#include <asm-generic/errno-base.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/procpage.h"
#include "kernel/arch/mmu.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "tests/unit/kernel/host.h"
#include "tests/unit/kernel/host_mmu.h"

#define MEMORY (256UL << 20)
#define TOP 0x6ff000000000UL
#define RW (PAGE_READ | PAGE_WRITE)
#define FAULT_STEP (16 * PAGE_SIZE)

static struct aspace *as;
static uint64_t free_at_start;

static int begin(void **state)
{
	(void)state;
	free_at_start = page_free_bytes();
	as = aspace_new(TOP, 1);
	memset(&host_zaps, 0, sizeof(host_zaps));
	return as ? 0 : -1;
}

/* After each test everything is given back. */
static int end(void **state)
{
	(void)state;
	aspace_put(as);
	return page_free_bytes() == free_at_start ? 0 : -1;
}

static vaddr_t map(vaddr_t at, uint64_t bytes, uint32_t prot, uint32_t flags)
{
	struct map_request r = {.hint = at,
				.bytes = bytes,
				.prot = prot,
				.flags = flags,
				.fixed = at != 0};
	vaddr_t out;

	assert_int_equal(aspace_map(as, &r, &out), 0);
	return out;
}

/* With all its pages. */
static vaddr_t map_full(vaddr_t at, uint64_t bytes, uint32_t prot)
{
	vaddr_t out = map(at, bytes, prot, 0);

	assert_int_equal(aspace_populate(as, out, bytes, 0), 0);
	return out;
}

static char *peek(vaddr_t va)
{
	struct mapping m;

	if (!arch_mmu_lookup(as->root, va, &m))
		return NULL;
	return (char *)phys_to_virt(m.frame) + (va & (m.bytes - 1));
}

static unsigned int area_total(void)
{
	unsigned int n = 0;
	struct list *l;

	list_for_each(l, &as->areas)
		n++;
	return n;
}

static uint64_t *pde_of(vaddr_t va)
{
	uint64_t *t = phys_to_virt(as->root);
	int shift;

	for (shift = 39; shift > LARGE_SHIFT; shift -= 9)
		t = phys_to_virt(t[va >> shift & 511] & 0xffffffffff000);
	return &t[va >> LARGE_SHIFT & 511];
}

/* Mark the 2 MiB of va as seen, as the module does. */
static void see(vaddr_t va)
{
	*pde_of(va) |= LWK_PDE_SEEN;
}

static void map_is_populated_zeroed_and_merged(void **state)
{
	vaddr_t a = map(0, 5 * PAGE_SIZE, RW, 0);
	vaddr_t b = map(a - 3 * PAGE_SIZE, 3 * PAGE_SIZE, RW, 0);

	(void)state;
	assert_int_equal(a + 5 * PAGE_SIZE, TOP);
	assert_int_equal(b, a - 3 * PAGE_SIZE);
	assert_int_equal(area_total(), 1);
	assert_int_equal(as->resident_bytes, 8 * PAGE_SIZE);
	assert_int_equal(*peek(b), 0);
	assert_null(peek(TOP));
}

static void large_mappings_use_large_pages(void **state)
{
	vaddr_t a = map_full(0, 2 * LARGE_SIZE + PAGE_SIZE, RW);
	struct mapping m;

	(void)state;
	assert_true(IS_ALIGNED(a, LARGE_SIZE));
	assert_true(arch_mmu_lookup(as->root, a, &m));
	assert_int_equal(m.bytes, LARGE_SIZE);
	assert_true(arch_mmu_lookup(as->root, a + 2 * LARGE_SIZE, &m));
	assert_int_equal(m.bytes, PAGE_SIZE);
}

static void unmapping_a_part_splits_a_large_page(void **state)
{
	vaddr_t a = map_full(0, LARGE_SIZE, RW);
	struct mapping m;

	(void)state;
	*peek(a) = 7;
	*peek(a + LARGE_SIZE - 1) = 9;
	assert_int_equal(aspace_unmap(as, a + PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(*peek(a), 7);
	assert_int_equal(*peek(a + LARGE_SIZE - 1), 9);
	assert_false(arch_mmu_lookup(as->root, a + PAGE_SIZE, &m));
	assert_int_equal(as->resident_bytes, LARGE_SIZE - PAGE_SIZE);
	assert_int_equal(area_total(), 2);
	assert_int_equal(aspace_fault(as, a + PAGE_SIZE, PAGE_READ, 0),
			 -EFAULT);
}

static void protect_needs_all_of_the_range(void **state)
{
	vaddr_t a = map(0, 4 * PAGE_SIZE, RW, 0);

	(void)state;
	assert_int_equal(aspace_protect(as, a, 5 * PAGE_SIZE, PAGE_READ),
			 -ENOMEM);
	assert_int_equal(aspace_fault(as, a, PAGE_WRITE, 0), 0);
	assert_int_equal(
		aspace_protect(as, a + PAGE_SIZE, PAGE_SIZE, PAGE_READ), 0);
	assert_int_equal(area_total(), 3);
	assert_int_equal(aspace_fault(as, a + PAGE_SIZE, PAGE_WRITE, 0),
			 -EACCES);
	assert_int_equal(aspace_fault(as, a + PAGE_SIZE, PAGE_READ, 0), 0);
	assert_int_equal(aspace_protect(as, a, 4 * PAGE_SIZE, RW), 0);
	assert_int_equal(area_total(), 1);
	assert_int_equal(aspace_protect(as, a + 1, PAGE_SIZE, RW), -EINVAL);
}

static void pages_without_access_keep_their_contents(void **state)
{
	vaddr_t a = map(0, PAGE_SIZE, RW, 0);
	struct mapping m;

	(void)state;
	*peek(a) = 42;
	assert_int_equal(aspace_protect(as, a, PAGE_SIZE, 0), 0);
	assert_true(arch_mmu_lookup(as->root, a, &m));
	assert_int_equal(m.prot, 0);
	assert_int_equal(aspace_fault(as, a, PAGE_READ, 0), -EACCES);
	assert_int_equal(aspace_protect(as, a, PAGE_SIZE, RW), 0);
	assert_int_equal(*peek(a), 42);
}

static void no_access_and_lazy_are_not_populated(void **state)
{
	vaddr_t a = map(0, 64 << 20, 0, 0);
	vaddr_t b = map(0, 64 << 20, RW, AREA_LAZY);

	(void)state;
	assert_int_equal(as->resident_bytes, 0);
	assert_int_equal(aspace_fault(as, a, PAGE_READ, 0), -EACCES);
	assert_int_equal(aspace_fault(as, b + 12345, PAGE_WRITE, 0), 0);
	assert_int_equal(as->resident_bytes, LARGE_SIZE);
}

/* One page here and there; where faults go on, the rest of 64 KiB. */
static void faults_bring_in_more_where_they_go_on(void **state)
{
	vaddr_t a = map(0, 1 << 20, RW, 0) + FAULT_STEP;

	(void)state;
	assert_int_equal(as->resident_bytes, 0);
	assert_int_equal(aspace_fault(as, a, PAGE_WRITE, 0), 0);
	assert_int_equal(aspace_fault(as, a + 2 * PAGE_SIZE, PAGE_READ, 0), 0);
	assert_int_equal(as->resident_bytes, 2 * PAGE_SIZE);
	assert_int_equal(aspace_fault(as, a + 3 * PAGE_SIZE, PAGE_READ, 0), 0);
	assert_int_equal(as->resident_bytes, 15 * PAGE_SIZE);
	assert_null(peek(a + PAGE_SIZE));
	assert_null(peek(a + FAULT_STEP));
	/* The proxy gets more. */
	assert_int_equal(aspace_fault_of_proxy(as, a + FAULT_STEP, PAGE_WRITE),
			 0);
	assert_int_equal(as->resident_bytes, (15 + 64) * PAGE_SIZE);
}

static void small_mappings_are_there_at_once(void **state)
{
	vaddr_t a = map(0, FAULT_STEP, RW, 0);
	vaddr_t b = map(0, FAULT_STEP + PAGE_SIZE, PAGE_READ, 0);

	(void)state;
	assert_int_equal(as->resident_bytes, FAULT_STEP);
	assert_non_null(peek(a + FAULT_STEP - PAGE_SIZE));
	assert_null(peek(b));
}

/* As the module's zap does. */
static void unsee(struct aspace *a, vaddr_t start, vaddr_t stop)
{
	(void)a;
	(void)stop;
	*pde_of(start) &= ~LWK_PDE_SEEN;
}

/* The tables of small pages, not those above: a page is free again. */
static void an_empty_table_goes(void **state)
{
	vaddr_t at = 0x40000000, a;
	uint64_t with_table;
	struct mapping m;

	(void)state;
	map(at << 1, PAGE_SIZE, 0, 0); /* so that areas keep a page of theirs */
	a = map(at, PAGE_SIZE, RW, 0);
	with_table = page_free_bytes();
	assert_int_equal(aspace_unmap(as, a, PAGE_SIZE), 0);
	assert_int_equal(page_free_bytes(), with_table + 2 * PAGE_SIZE);
	assert_int_equal(host_zaps.count, 0);
	/* A large page fits. */
	map_full(at, LARGE_SIZE, RW);
	assert_true(arch_mmu_lookup(as->root, at, &m));
	assert_int_equal(m.bytes, LARGE_SIZE);
	/* By the other way, and with a look of the proxy at the empty table. */
	assert_int_equal(aspace_unmap(as, at + PAGE_SIZE, PAGE_SIZE), 0);
	see(at);
	host_zaps.on_zap = unsee;
	with_table = page_free_bytes();
	assert_int_equal(aspace_unmap(as, at, LARGE_SIZE), 0);
	assert_int_equal(page_free_bytes(), with_table + 512 * PAGE_SIZE);
	assert_int_equal(host_zaps.count, 1);
	assert_false(arch_mmu_lookup(as->root, at, &m));
	assert_true(m.bytes >= LARGE_SIZE);
}

static void a_table_stays_while_it_is_used(void **state)
{
	vaddr_t at = 0x40000000;
	struct mapping m;
	int i;

	(void)state;
	map(at, PAGE_SIZE, RW, 0);
	for (i = 0; i < 3; i++) {
		map(at + LARGE_SIZE - 2 * PAGE_SIZE, 4 * PAGE_SIZE, 0, 0);
		assert_int_equal(aspace_protect(as,
						at + LARGE_SIZE - 2 * PAGE_SIZE,
						4 * PAGE_SIZE, RW),
				 0);
		assert_int_equal(
			aspace_populate(as, at + LARGE_SIZE - 2 * PAGE_SIZE,
					4 * PAGE_SIZE, PAGE_WRITE),
			0);
		*peek(at) = 7;
		assert_int_equal(aspace_unmap(as,
					      at + LARGE_SIZE - 2 * PAGE_SIZE,
					      4 * PAGE_SIZE),
				 0);
		assert_int_equal(*peek(at), 7);
		assert_false(arch_mmu_lookup(as->root, at + LARGE_SIZE, &m));
		assert_true(m.bytes >= LARGE_SIZE);
	}
}

static void stacks_grow_in_small_steps(void **state)
{
	vaddr_t a = map(TOP, 8 << 20, RW, AREA_GROWS_DOWN);

	(void)state;
	assert_int_equal(aspace_fault(as, a + (8 << 20) - 8, PAGE_WRITE, 0), 0);
	assert_int_equal(as->resident_bytes, 16 * PAGE_SIZE);
}

static void fixed_replaces_and_exclusive_does_not(void **state)
{
	vaddr_t a = map(0, 4 * PAGE_SIZE, RW, 0), out;
	struct map_request r = {.hint = a + PAGE_SIZE,
				.bytes = PAGE_SIZE,
				.prot = PAGE_READ,
				.fixed = true,
				.exclusive = true};

	(void)state;
	*peek(a + PAGE_SIZE) = 1;
	assert_int_equal(aspace_map(as, &r, &out), -EEXIST);
	r.exclusive = false;
	assert_int_equal(aspace_map(as, &r, &out), 0);
	assert_int_equal(*peek(a + PAGE_SIZE), 0);
	r.hint = LWK_APP_END - PAGE_SIZE;
	r.bytes = 2 * PAGE_SIZE;
	assert_int_equal(aspace_map(as, &r, &out), -ENOMEM);
	r.hint = 0;
	assert_int_equal(aspace_map(as, &r, &out), -ENOMEM);
	r.hint = a + 1;
	assert_int_equal(aspace_map(as, &r, &out), -EINVAL);
	r.bytes = 0;
	assert_int_equal(aspace_map(as, &r, &out), -EINVAL);
	r.bytes = UINT64_MAX;
	assert_int_equal(aspace_map(as, &r, &out), -ENOMEM);
}

static void what_the_proxy_has_not_seen_needs_no_zap(void **state)
{
	vaddr_t a = map(0, 4 * PAGE_SIZE, RW, 0);

	(void)state;
	aspace_protect(as, a, PAGE_SIZE, PAGE_READ);
	aspace_unmap(as, a, PAGE_SIZE);
	assert_int_equal(host_zaps.count, 0);
}

static paddr_t watched_frame;

/* While the proxy is told, no other user has the frame, and no lock is held. */
static void still_allocated(struct aspace *a, vaddr_t start, vaddr_t stop)
{
	(void)start;
	(void)stop;
	assert_false(spin_is_locked(&a->lock));
	assert_true(page_is_allocated(watched_frame));
}

static void what_it_has_seen_is_zapped_before_it_is_freed(void **state)
{
	vaddr_t a = map(0, 4 * PAGE_SIZE, RW, 0);

	(void)state;
	watched_frame = virt_to_phys(peek(a));
	host_zaps.on_zap = still_allocated;
	see(a);
	assert_int_equal(aspace_unmap(as, a, 4 * PAGE_SIZE), 0);
	assert_int_equal(host_zaps.count, 1);
	assert_int_equal(host_zaps.start, a);
	assert_int_equal(host_zaps.end, a + 4 * PAGE_SIZE);
	assert_false(page_is_allocated(watched_frame));
}

static void only_lost_rights_are_zapped(void **state)
{
	vaddr_t a = map(0, 4 * PAGE_SIZE, PAGE_READ, 0);

	(void)state;
	see(a);
	aspace_protect(as, a, PAGE_SIZE, RW);
	assert_int_equal(host_zaps.count, 0);
	aspace_protect(as, a, PAGE_SIZE, PAGE_READ);
	assert_int_equal(host_zaps.count, 1);
}

static void seen_survives_splitting(void **state)
{
	vaddr_t a = map_full(0, LARGE_SIZE, RW);

	(void)state;
	see(a);
	aspace_unmap(as, a, PAGE_SIZE);
	assert_int_equal(host_zaps.count, 1);
	aspace_unmap(as, a + PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(host_zaps.count, 2);
}

static void discard_gives_zeroes(void **state)
{
	vaddr_t a = map(0, 4 * PAGE_SIZE, RW, 0);

	(void)state;
	*peek(a) = 5;
	assert_int_equal(aspace_discard(as, a, 4 * PAGE_SIZE), 0);
	assert_null(peek(a));
	assert_int_equal(aspace_fault(as, a, PAGE_READ, 0), 0);
	assert_int_equal(*peek(a), 0);
	assert_int_equal(aspace_discard(as, a, 5 * PAGE_SIZE), -ENOMEM);
	assert_int_equal(aspace_discard(as, a + PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(area_total(), 1);
}

static void brk_grows_shrinks_and_stops_at_a_mapping(void **state)
{
	const vaddr_t start = 0x600000;

	(void)state;
	aspace_set_brk_start(as, start);
	assert_int_equal(aspace_brk(as, 0), start);
	assert_int_equal(aspace_brk(as, start + 10), start + 10);
	assert_int_equal(*peek(start), 0);
	assert_int_equal(aspace_brk(as, start + 5 * PAGE_SIZE),
			 start + 5 * PAGE_SIZE);
	map(start + 8 * PAGE_SIZE, PAGE_SIZE, RW, 0);
	assert_int_equal(aspace_brk(as, start + 9 * PAGE_SIZE),
			 start + 5 * PAGE_SIZE);
	assert_int_equal(aspace_brk(as, start), start);
	assert_null(peek(start));
	assert_int_equal(aspace_brk(as, LWK_APP_END + 1), start);
}

static void too_much_memory_is_refused_and_undone(void **state)
{
	struct map_request r = {.bytes = 2 * MEMORY, .prot = RW};
	uint64_t before = page_free_bytes();
	vaddr_t out;

	(void)state;
	assert_int_equal(aspace_map(as, &r, &out), -ENOMEM);
	/* memory that is not promised may be mapped; a touch finds out later */
	r.flags = AREA_LAZY;
	assert_int_equal(aspace_map(as, &r, &out), 0);
	assert_int_equal(aspace_populate(as, out, r.bytes, PAGE_WRITE),
			 -ENOMEM);
	assert_int_equal(aspace_unmap(as, out, r.bytes), 0);
	assert_true(before - page_free_bytes() < 512 * PAGE_SIZE);
	r.bytes = LWK_APP_END;
	assert_int_equal(aspace_map(as, &r, &out), -ENOMEM);
}

static void a_mapping_stays_below_its_limit(void **state)
{
	struct map_request r = {
		.bytes = 64 * PAGE_SIZE, .prot = RW, .below = 1UL << 31};
	vaddr_t first, second;

	(void)state;
	map(TOP - PAGE_SIZE, PAGE_SIZE, RW, 0);
	assert_int_equal(aspace_map(as, &r, &first), 0);
	assert_int_equal(first, r.below - r.bytes);
	r.hint = r.below - PAGE_SIZE; /* begins below, ends above */
	assert_int_equal(aspace_map(as, &r, &second), 0);
	assert_int_equal(second, first - r.bytes);
	r.hint = 0x10000000;
	assert_int_equal(aspace_map(as, &r, &second), 0);
	assert_int_equal(second, r.hint);
	r.bytes = r.below;
	r.flags = AREA_LAZY;
	assert_int_equal(aspace_map(as, &r, &second), -ENOMEM);
}

static void checks_say_what_is_mapped(void **state)
{
	vaddr_t at = map(0, 4 * PAGE_SIZE, RW, 0);

	(void)state;
	assert_int_equal(aspace_check(as, at, 4 * PAGE_SIZE), 0);
	assert_int_equal(aspace_check(as, at, 5 * PAGE_SIZE), -ENOMEM);
	assert_int_equal(aspace_check(as, at + 1, PAGE_SIZE), -EINVAL);
	assert_int_equal(aspace_check(as, 1UL << 50, PAGE_SIZE), -ENOMEM);
	assert_int_equal(aspace_protect(as, 1UL << 50, PAGE_SIZE, RW), -ENOMEM);
}

static void areas_are_bounded(void **state)
{
	struct map_request r = {.bytes = PAGE_SIZE, .fixed = true};
	vaddr_t out;
	uint64_t i;

	(void)state;
	/* a hole behind each; from the top, where the list's search ends soon */
	for (i = 1; as->area_count < AREA_MAX; i++) {
		r.hint = TOP - i * 2 * PAGE_SIZE;
		assert_int_equal(aspace_map(as, &r, &out), 0);
	}
	assert_int_equal(i, AREA_MAX + 1);
	r.hint = TOP - i * 2 * PAGE_SIZE;
	assert_int_equal(aspace_map(as, &r, &out), -ENOMEM);
	assert_int_equal(aspace_unmap(as, TOP - 2 * PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(aspace_map(as, &r, &out), 0);
}

/* A model of pages beside the real thing, under random operations. */
#define MODEL_PAGES 2048
static void random_operations_agree_with_a_model(void **state)
{
	static struct {
		uint8_t mapped, prot, value;
	} model[MODEL_PAGES];
	const vaddr_t base = 0x10000000;
	unsigned int i, j;

	(void)state;
	srand(7);
	memset(model, 0, sizeof(model));
	for (i = 0; i < 20000; i++) {
		unsigned int at = (unsigned int)rand() % MODEL_PAGES;
		unsigned int n =
			1 + (unsigned int)rand() % (rand() % 8 ? 40 : 1100);
		uint32_t prot = rand() % 2 ? RW : PAGE_READ;
		vaddr_t va = base + at * PAGE_SIZE;
		bool covered = true;

		n = MIN(n, MODEL_PAGES - at);
		for (j = at; j < at + n; j++)
			covered &= model[j].mapped;
		switch (rand() % 4) {
		case 0:
			if (rand() % 2)
				map_full(va, n * PAGE_SIZE, prot);
			else
				map(va, n * PAGE_SIZE, prot, 0);
			for (j = at; j < at + n; j++) {
				model[j].mapped = 1;
				model[j].prot = (uint8_t)prot;
				model[j].value = 0;
			}
			break;
		case 1:
			assert_int_equal(aspace_unmap(as, va, n * PAGE_SIZE),
					 0);
			memset(&model[at], 0, n * sizeof(model[0]));
			break;
		case 2:
			assert_int_equal(aspace_protect(as, va, n * PAGE_SIZE,
							prot),
					 covered ? 0 : -ENOMEM);
			for (j = at; covered && j < at + n; j++)
				model[j].prot = (uint8_t)prot;
			break;
		case 3:
			if (aspace_fault(as, va, PAGE_WRITE, 0) == 0) {
				model[at].value = (uint8_t)i;
				*peek(va) = (char)i;
			}
			break;
		}
		if (i % 500)
			continue;
		for (j = 0; j < MODEL_PAGES; j++) {
			int want = !model[j].mapped	 ? -EFAULT
				   : model[j].prot == RW ? 0
							 : -EACCES;

			va = base + j * PAGE_SIZE;
			assert_int_equal(aspace_fault(as, va, PAGE_WRITE, 0),
					 want);
			if (model[j].mapped)
				assert_int_equal(
					aspace_fault(as, va, PAGE_READ, 0), 0);
			if (model[j].mapped)
				assert_int_equal((uint8_t)*peek(va),
						 model[j].value);
		}
	}
}

/* Frames that have another owner as well stay until both have let go. */
static void frames_of_another_owner(void **state)
{
	uint64_t before = page_free_bytes();
	paddr_t pa = page_alloc_zeroed(2);
	vaddr_t at;
	int i;

	(void)state;
	page_split(pa, 2);
	for (i = 0; i < 3; i++)
		assert_int_equal(page_hold(pa + i * PAGE_SIZE), 0);
	assert_int_equal(aspace_map_frames(as, pa, 3 * PAGE_SIZE, RW, &at), 0);
	assert_ptr_equal(peek(at), phys_to_virt(pa));
	assert_ptr_equal(peek(at + 2 * PAGE_SIZE),
			 phys_to_virt(pa + 2 * PAGE_SIZE));
	assert_int_equal(aspace_discard(as, at, PAGE_SIZE), -EINVAL);
	see(at);
	/* The middle one is unmapped, its owner keeps it. */
	assert_int_equal(aspace_unmap(as, at + PAGE_SIZE, PAGE_SIZE), 0);
	assert_null(peek(at + PAGE_SIZE));
	assert_true(page_is_allocated(pa + PAGE_SIZE));
	/* The owner gives up all its references; mapped pages stay. */
	for (i = 0; i < 4; i++)
		page_free(pa + i * PAGE_SIZE, 0);
	assert_true(page_is_allocated(pa));
	assert_false(page_is_allocated(pa + PAGE_SIZE));
	*peek(at) = 1;
	assert_int_equal(aspace_unmap(as, at, 3 * PAGE_SIZE), 0);
	assert_false(page_is_allocated(pa));
	assert_in_range(page_free_bytes(), before - 8 * PAGE_SIZE, before);
}

static void the_pages_of_all_programs_keep_their_rights(void **state)
{
	paddr_t data = page_alloc_zeroed(0), code = page_alloc_zeroed(0);
	struct mapping m;
	vaddr_t at;

	(void)state;
	assert_int_equal(aspace_map_vdso(as, data, code, &at), 0);
	assert_true(arch_mmu_lookup(as->root, at, &m));
	assert_int_equal(m.frame, data);
	assert_int_equal(m.prot, PAGE_READ);
	assert_true(arch_mmu_lookup(as->root, at + PAGE_SIZE, &m));
	assert_int_equal(m.frame, code);
	assert_int_equal(m.prot, PAGE_READ | PAGE_EXEC);
	assert_int_equal(aspace_protect(as, at, PAGE_SIZE, RW), -EACCES);
	assert_int_equal(aspace_protect(as, at, 2 * PAGE_SIZE, 0), -EACCES);
	assert_int_equal(aspace_fault(as, at, PAGE_WRITE, 0), -EACCES);
	assert_int_equal(aspace_discard(as, at, PAGE_SIZE), -EINVAL);
	assert_int_equal(aspace_unmap(as, at, 2 * PAGE_SIZE), 0);
	assert_true(page_is_sole(data) && page_is_sole(code));
	page_free(data, 0);
	page_free(code, 0);
}

/* kmalloc() keeps its descriptors for good: let it have them before memory is
 * counted. */
static void fill_descriptors(void)
{
	static struct area *a[AREA_MAX];
	uint64_t i;

	for (i = 0; i < AREA_MAX; i++)
		a[i] = kmalloc(sizeof(*a[i]));
	for (i = 0; i < AREA_MAX; i++)
		kfree(a[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(map_is_populated_zeroed_and_merged),
		TEST(large_mappings_use_large_pages),
		TEST(unmapping_a_part_splits_a_large_page),
		TEST(protect_needs_all_of_the_range),
		TEST(pages_without_access_keep_their_contents),
		TEST(no_access_and_lazy_are_not_populated),
		TEST(faults_bring_in_more_where_they_go_on),
		TEST(small_mappings_are_there_at_once),
		TEST(an_empty_table_goes),
		TEST(a_table_stays_while_it_is_used),
		TEST(stacks_grow_in_small_steps),
		TEST(fixed_replaces_and_exclusive_does_not),
		TEST(what_the_proxy_has_not_seen_needs_no_zap),
		TEST(what_it_has_seen_is_zapped_before_it_is_freed),
		TEST(only_lost_rights_are_zapped),
		TEST(seen_survives_splitting),
		TEST(discard_gives_zeroes),
		TEST(brk_grows_shrinks_and_stops_at_a_mapping),
		TEST(too_much_memory_is_refused_and_undone),
		TEST(a_mapping_stays_below_its_limit),
		TEST(areas_are_bounded),
		TEST(checks_say_what_is_mapped),
		TEST(frames_of_another_owner),
		TEST(the_pages_of_all_programs_keep_their_rights),
		TEST(random_operations_agree_with_a_model),
	};

	host_memory_init(MEMORY);
	fill_descriptors();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
