/* SPDX-License-Identifier: GPL-2.0 */
/* The buddy allocator.
 *
 * Each region has an array of one descriptor a page. A free block of 2^k pages
 * is on the region's list k through the descriptor of its first page, which
 * says FREE and k. The first page of an allocated block says ALLOCATED and its
 * order; the rest of either kind says TAIL. A block's buddy is its page number
 * within the region with bit k flipped, so a region's base is aligned as much
 * as its largest block (virtually: blocks never straddle the region's end, and
 * page numbers are counted from an aligned base at or below the region's).
 */
#include <asm/errno.h>

#include "kernel/core/panic.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/sync/spinlock.h"

#define MAX_ZONES 128

enum page_state { PAGE_TAIL = 0, PAGE_FREE = 1, PAGE_ALLOCATED = 2 };

struct page {
	struct list node; /* free list; valid in the FREE state */
	uint8_t state;
	uint8_t order;
	uint32_t holds; /* of an allocation: how often it is to be freed once
			 * more */
};

struct zone {
	uint64_t first; /* page number of the region's first page */
	uint64_t pages;
	struct page *page; /* [pages] */
	struct list free[PAGE_ORDER_MAX + 1];
	void *(*map)(paddr_t);
};

/* All of it is guarded by `lock`; zones are only added, before SMP starts. */
static struct spinlock lock = SPINLOCK_INIT;
static struct zone zones[MAX_ZONES];
static unsigned int zone_count;
static uint64_t free_pages;
static uint64_t total_pages;

static struct zone *zone_of(uint64_t pfn)
{
	unsigned int i;

	for (i = 0; i < zone_count; i++)
		if (pfn - zones[i].first < zones[i].pages)
			return &zones[i];
	return NULL;
}

static void put_block(struct zone *z, uint64_t pfn, unsigned int order)
{
	struct page *p = &z->page[pfn - z->first];

	p->state = PAGE_FREE;
	p->order = (uint8_t)order;
	list_push_front(&z->free[order], &p->node);
}

/* Free 2^order pages at pfn, merging with free buddies. */
static void free_block(struct zone *z, uint64_t pfn, unsigned int order)
{
	z->page[pfn - z->first].state = PAGE_TAIL;
	for (; order < PAGE_ORDER_MAX; order++) {
		uint64_t buddy = pfn ^ (1UL << order);
		struct page *b;

		if (buddy < z->first ||
		    buddy + (1UL << order) > z->first + z->pages)
			break;
		b = &z->page[buddy - z->first];
		if (b->state != PAGE_FREE || b->order != order)
			break;
		list_remove(&b->node);
		b->state = PAGE_TAIL;
		pfn &= ~(1UL << order);
	}
	put_block(z, pfn, order);
}

int page_alloc_add(paddr_t base, uint64_t bytes, uint64_t used,
		   void *(*map)(paddr_t))
{
	struct zone *z = &zones[zone_count];
	uint64_t descriptors, pfn, i;

	z->first = base >> PAGE_SHIFT;
	z->pages = bytes >> PAGE_SHIFT;
	z->map = map;
	used = ALIGN_UP(used, PAGE_SIZE);
	descriptors = ALIGN_UP(z->pages * sizeof(struct page), PAGE_SIZE);
	if (zone_count == MAX_ZONES || used + descriptors >= bytes)
		return -ENOSPC;

	z->page = map(base + used);
	memset(z->page, 0, descriptors);
	for (i = 0; i <= PAGE_ORDER_MAX; i++)
		list_init(&z->free[i]);
	pfn = z->first + ((used + descriptors) >> PAGE_SHIFT);
	for (; pfn < z->first + z->pages; pfn++) {
		free_block(z, pfn, 0);
		free_pages++;
		total_pages++;
	}
	zone_count++;
	return 0;
}

static uint64_t take_block(struct zone *z, unsigned int order)
{
	unsigned int k = order;
	struct page *p;
	uint64_t pfn;

	while (k <= PAGE_ORDER_MAX && list_empty(&z->free[k]))
		k++;
	if (k > PAGE_ORDER_MAX)
		return 0;
	p = list_first(&z->free[k], struct page, node);
	list_remove(&p->node);
	pfn = z->first + (p - z->page);
	while (k > order) {
		k--;
		put_block(z, pfn + (1UL << k), k);
	}
	p->state = PAGE_ALLOCATED;
	p->order = (uint8_t)order;
	return pfn;
}

paddr_t page_alloc(unsigned int order)
{
	uint64_t pfn = 0;
	unsigned int i;

	ASSERT(order <= PAGE_ORDER_MAX);
	spin_lock(&lock);
	for (i = 0; i < zone_count && !pfn; i++)
		pfn = take_block(&zones[i], order);
	if (pfn)
		free_pages -= 1UL << order;
	spin_unlock(&lock);
	return pfn << PAGE_SHIFT;
}

paddr_t page_alloc_zeroed(unsigned int order)
{
	paddr_t pa = page_alloc(order);

	if (pa)
		memset(zone_of(pa >> PAGE_SHIFT)->map(pa), 0,
		       PAGE_SIZE << order);
	return pa;
}

/* The descriptor of an allocation's first page. Caller holds the lock. */
static struct page *first_of(paddr_t pa)
{
	uint64_t pfn = pa >> PAGE_SHIFT;
	struct zone *z = zone_of(pfn);
	struct page *p;

	ASSERT(z);
	p = &z->page[pfn - z->first];
	ASSERT(p->state == PAGE_ALLOCATED);
	return p;
}

/* Caller holds the lock. */
static void free_locked(paddr_t pa, unsigned int order)
{
	uint64_t pfn = pa >> PAGE_SHIFT;
	struct page *p = first_of(pa);

	ASSERT(IS_ALIGNED(pa, PAGE_SIZE << order) && p->order == order);
	if (p->holds) {
		p->holds--;
	} else {
		free_block(zone_of(pfn), pfn, order);
		free_pages += 1UL << order;
	}
}

void page_free(paddr_t pa, unsigned int order)
{
	ASSERT(page_is_ours(pa));
	spin_lock(&lock);
	free_locked(pa, order);
	spin_unlock(&lock);
}

void page_adopt(paddr_t pa)
{
	struct zone *z = zone_of(pa >> PAGE_SHIFT);
	struct page *p;

	ASSERT(z);
	p = &z->page[(pa >> PAGE_SHIFT) - z->first];
	ASSERT(!page_is_allocated(pa) && p->state == PAGE_TAIL);
	p->state = PAGE_ALLOCATED;
}

static int hold_locked(paddr_t pa)
{
	struct page *p = first_of(pa);

	if (p->holds == UINT32_MAX)
		return -ENOSPC;
	p->holds++;
	return 0;
}

int page_hold(paddr_t pa)
{
	int error;

	spin_lock(&lock);
	error = hold_locked(pa);
	spin_unlock(&lock);
	return error;
}

bool page_is_sole(paddr_t pa)
{
	bool sole;

	spin_lock(&lock);
	sole = !first_of(pa)->holds;
	spin_unlock(&lock);
	return sole;
}

bool page_is_whole(paddr_t pa, unsigned int order)
{
	bool whole;

	spin_lock(&lock);
	whole = first_of(pa)->order == order;
	spin_unlock(&lock);
	return whole;
}

void page_split(paddr_t pa, unsigned int order)
{
	struct page *p;
	uint64_t i;

	spin_lock(&lock);
	p = first_of(pa);
	ASSERT(!p->order || p->order == order);
	for (i = 0; p->order && i < 1UL << order; i++) {
		p[i].state = PAGE_ALLOCATED;
		p[i].holds = p->holds;
		if (i)
			p[i].order = 0;
	}
	p->order = 0;
	spin_unlock(&lock);
}

void page_free_all(paddr_t pa, unsigned int order)
{
	uint64_t i;

	spin_lock(&lock);
	if (first_of(pa)->order == order)
		free_locked(pa, order);
	else
		for (i = 0; i < 1UL << order; i++)
			free_locked(pa + (i << PAGE_SHIFT), 0);
	spin_unlock(&lock);
}

/* Hold n pages; how many could be. Caller holds the lock. */
static uint64_t hold_single(paddr_t pa, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		if (hold_locked(pa + (i << PAGE_SHIFT)))
			break;
	return i;
}

int page_hold_all(paddr_t pa, unsigned int order)
{
	uint64_t n, done;
	int error;

	spin_lock(&lock);
	n = first_of(pa)->order == order ? 1 : 1UL << order;
	done = hold_single(pa, n);
	error = done == n ? 0 : -ENOSPC;
	while (error && done--)
		free_locked(pa + (done << PAGE_SHIFT), 0);
	spin_unlock(&lock);
	return error;
}

bool page_is_allocated(paddr_t pa)
{
	uint64_t pfn = pa >> PAGE_SHIFT;
	struct zone *z = zone_of(pfn);
	unsigned int k;

	if (!z)
		return false;
	for (k = 0; k <= PAGE_ORDER_MAX; k++) {
		uint64_t head = ALIGN_DOWN(pfn, 1UL << k);
		struct page *p;

		if (head < z->first)
			return false;
		p = &z->page[head - z->first];
		if (p->state != PAGE_TAIL)
			return p->state == PAGE_ALLOCATED && p->order >= k;
	}
	return false;
}

bool page_is_ours(paddr_t pa)
{
	return zone_of(pa >> PAGE_SHIFT);
}

uint64_t page_free_bytes(void)
{
	return free_pages << PAGE_SHIFT;
}

uint64_t page_total_bytes(void)
{
	return total_pages << PAGE_SHIFT;
}
