/* SPDX-License-Identifier: GPL-2.0 */
/* The buddy allocator, and a few single pages at hand for each CPU.
 *
 * Each region has an array of one descriptor a page. A free block of 2^k pages
 * is on the region's list k through the descriptor of its first page, which
 * says FREE and k. The first page of an allocated block says ALLOCATED and its
 * order; the rest of either kind says TAIL. A block's buddy is its page number
 * within the region with bit k flipped, so a region's base is aligned as much
 * as its largest block (virtually: blocks never straddle the region's end, and
 * page numbers are counted from an aligned base at or below the region's).
 *
 * Single pages come from and go to a stack of the CPU, which takes and gives back
 * several at once. A page there says CACHED, and so does not merge with its buddy;
 * before memory is out, all stacks are emptied.
 *
 * The reserve is a zone of its own, so that it stays in one piece. Only the
 * administrator's programs, extensions and messages, and the kernel's own work, get pages
 * from it, when there are no others. Its pages are in no stack.
 *
 * Locks: a stack's, then `lock`.
 */
#include <asm/errno.h>

#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/sync/spinlock.h"

#define MAX_ZONES 128

enum page_state {
	PAGE_TAIL = 0,
	PAGE_FREE = 1,
	PAGE_ALLOCATED = 2,
	PAGE_CACHED = 3, /* in a CPU's stack; of order 0 */
};

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
	bool reserve; /* only where page_for_admin() says so */
};

/* All of it is guarded by `lock`; zones are only added, before SMP starts. An
 * allocation's `holds` is written under `lock`; a caller that reads 0 there is its
 * only owner, so that no other can hold it meanwhile. */
static struct spinlock lock = SPINLOCK_INIT;
static struct zone zones[MAX_ZONES];
static unsigned int zone_count;
static uint64_t free_pages;
static uint64_t free_reserve; /* of them, in the reserve */
static uint64_t total_pages;

/* Free single pages of each CPU. */
#define CACHE_PAGES 32
#define CACHE_ORDER 4 /* how many come at once */
static struct cache {
	struct spinlock lock; /* guards the rest; mostly its own CPU's */
	uint32_t count;
	struct page *page[CACHE_PAGES];
	struct zone *zone[CACHE_PAGES];
} caches[LWK_MAX_CPUS] __attribute__((aligned(64)));

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

/* Put the largest block that begins at pfn; returns its pages. */
static uint64_t put_largest(struct zone *z, uint64_t pfn)
{
	uint64_t left = z->first + z->pages - pfn;
	unsigned int order = MIN((unsigned int)__builtin_ctzl(pfn),
				 63 - (unsigned int)__builtin_clzl(left));

	order = MIN(order, (unsigned int)PAGE_ORDER_MAX);
	put_block(z, pfn, order);
	return 1UL << order;
}

static int add_zone(paddr_t base, uint64_t bytes, uint64_t used,
		    void *(*map)(paddr_t))
{
	struct zone *z = &zones[zone_count];
	uint64_t descriptors, pfn;
	int i;

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
	free_pages += z->first + z->pages - pfn;
	total_pages += z->first + z->pages - pfn;
	while (pfn < z->first + z->pages)
		pfn += put_largest(z, pfn);
	zone_count++;
	return 0;
}

int page_alloc_add(paddr_t base, uint64_t bytes, uint64_t used,
		   uint64_t reserve, void *(*map)(paddr_t))
{
	uint64_t before = free_pages;
	int error =
		reserve ? add_zone(base + bytes - reserve, reserve, 0, map) : 0;

	if (!error && reserve) {
		zones[zone_count - 1].reserve = true;
		free_reserve += free_pages - before;
	}
	return error ? error : add_zone(base, bytes - reserve, used, map);
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

/* Caller holds the lock. */
static void count_free(const struct zone *z, int64_t pages)
{
	free_pages += (uint64_t)pages;
	if (z->reserve)
		free_reserve += (uint64_t)pages;
}

/* From the zones, or the reserve. *from: which; 0: none left. */
static uint64_t take_from(unsigned int order, struct zone **from, bool reserve)
{
	uint64_t pfn = 0;
	unsigned int i;

	spin_lock(&lock);
	for (i = 0; i < zone_count && !pfn; i++) {
		if (zones[i].reserve != reserve)
			continue;
		pfn = take_block(&zones[i], order);
		*from = &zones[i];
	}
	if (pfn)
		count_free(*from, -(1L << order));
	spin_unlock(&lock);
	return pfn;
}

static uint64_t take_any(unsigned int order, struct zone **from)
{
	return take_from(order, from, false);
}

/* ---- Pages at hand. Callers hold the cache's lock. ---------------------- */

static void cache_put(struct cache *c, struct zone *z, struct page *p)
{
	p->state = PAGE_CACHED;
	c->page[c->count] = p;
	c->zone[c->count] = z;
	__atomic_store_n(&c->count, c->count + 1, __ATOMIC_RELAXED);
}

static uint64_t cache_take(struct cache *c)
{
	struct page *p = c->page[c->count - 1];
	const struct zone *z = c->zone[c->count - 1];

	__atomic_store_n(&c->count, c->count - 1, __ATOMIC_RELAXED);
	p->state = PAGE_ALLOCATED;
	return z->first + (uint64_t)(p - z->page);
}

/* Sixteen pages in one piece, or one. */
static void cache_fill(struct cache *c)
{
	unsigned int order = CACHE_ORDER;
	struct zone *z;
	uint64_t pfn = take_any(order, &z), i;

	if (!pfn) {
		order = 0;
		pfn = take_any(order, &z);
	}
	/* The lowest comes out first. */
	for (i = pfn ? 1UL << order : 0; i--;) {
		z->page[pfn + i - z->first].order = 0;
		cache_put(c, z, &z->page[pfn + i - z->first]);
	}
}

/* Give the oldest pages, all but `keep`, back to the zones. */
static void cache_empty(struct cache *c, uint32_t keep)
{
	uint32_t drop = c->count > keep ? c->count - keep : 0, i;

	spin_lock(&lock);
	for (i = 0; i < drop; i++)
		free_block(c->zone[i],
			   c->zone[i]->first +
				   (uint64_t)(c->page[i] - c->zone[i]->page),
			   0);
	free_pages += drop;
	spin_unlock(&lock);
	for (i = drop; i < c->count; i++) {
		c->page[i - drop] = c->page[i];
		c->zone[i - drop] = c->zone[i];
	}
	__atomic_store_n(&c->count, c->count - drop, __ATOMIC_RELAXED);
}

static void empty_all_caches(void)
{
	int i;

	for (i = 0; i < LWK_MAX_CPUS; i++)
		if (__atomic_load_n(&caches[i].count, __ATOMIC_RELAXED)) {
			spin_lock(&caches[i].lock);
			cache_empty(&caches[i], 0);
			spin_unlock(&caches[i].lock);
		}
}

/* ---- Allocating -------------------------------------------------------- */

static paddr_t alloc_single(void)
{
	struct cache *c = &caches[this_cpu()->index];
	uint64_t pfn = 0;

	spin_lock(&c->lock);
	if (!c->count)
		cache_fill(c);
	if (c->count)
		pfn = cache_take(c);
	spin_unlock(&c->lock);
	return pfn << PAGE_SHIFT;
}

paddr_t page_alloc(unsigned int order)
{
	struct zone *z;
	paddr_t pa;

	ASSERT(order <= PAGE_ORDER_MAX);
	pa = order ? take_any(order, &z) << PAGE_SHIFT : alloc_single();
	if (!pa) {
		empty_all_caches();
		pa = take_any(order, &z) << PAGE_SHIFT;
	}
	if (!pa && page_for_admin())
		pa = take_from(order, &z, true) << PAGE_SHIFT;
	return pa;
}

paddr_t page_alloc_zeroed(unsigned int order)
{
	paddr_t pa = page_alloc(order);

	if (pa)
		memset(zone_of(pa >> PAGE_SHIFT)->map(pa), 0,
		       PAGE_SIZE << order);
	return pa;
}

/* The descriptor of an allocation's first page. Only its owner asks for it. */
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
		count_free(zone_of(pfn), 1L << order);
	}
}

/* Free one page that has no other owner. */
static void free_single(paddr_t pa)
{
	struct cache *c = &caches[this_cpu()->index];
	struct zone *z = zone_of(pa >> PAGE_SHIFT);

	spin_lock(&c->lock);
	if (c->count == CACHE_PAGES)
		cache_empty(c, CACHE_PAGES / 2);
	cache_put(c, z, &z->page[(pa >> PAGE_SHIFT) - z->first]);
	spin_unlock(&c->lock);
}

/* Whether it is one page without another owner, for a CPU's stack. */
static bool is_single(paddr_t pa)
{
	const struct page *p = first_of(pa);
	const struct zone *z = zone_of(pa >> PAGE_SHIFT);

	return !p->order && !__atomic_load_n(&p->holds, __ATOMIC_RELAXED) &&
	       z && !z->reserve;
}

void page_free(paddr_t pa, unsigned int order)
{
	ASSERT(page_is_ours(pa));
	if (!order && is_single(pa)) {
		free_single(pa);
		return;
	}
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

	if (!order) {
		page_free(pa, 0);
		return;
	}
	spin_lock(&lock);
	if (first_of(pa)->order == order)
		free_locked(pa, order);
	else
		for (i = 0; i < 1UL << order; i++)
			free_locked(pa + (i << PAGE_SHIFT), 0);
	spin_unlock(&lock);
}

/* Hold n pages. Returns how many could be held. Caller holds the lock. */
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
	uint64_t pages = __atomic_load_n(&free_pages, __ATOMIC_RELAXED);
	int i;

	for (i = 0; i < LWK_MAX_CPUS; i++)
		pages += __atomic_load_n(&caches[i].count, __ATOMIC_RELAXED);
	return pages << PAGE_SHIFT;
}

bool page_free_at_least(uint64_t bytes)
{
	uint64_t pages = __atomic_load_n(&free_pages, __ATOMIC_RELAXED);
	uint64_t kept = __atomic_load_n(&free_reserve, __ATOMIC_RELAXED)
			<< PAGE_SHIFT;

	if (page_for_admin())
		kept = 0;
	return bytes + kept <= pages << PAGE_SHIFT ||
	       bytes + kept <= page_free_bytes();
}

uint64_t page_total_bytes(void)
{
	return total_pages << PAGE_SHIFT;
}
