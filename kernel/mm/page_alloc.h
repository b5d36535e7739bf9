/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory: a binary buddy allocator over the reserved regions.
 *
 * Source: Knuth, The Art of Computer Programming, vol. 1, 2.5 (buddy system).
 * Thread context, any CPU; locks inside. Single pages come from the CPU's own few.
 */
#ifndef LWK_MM_PAGE_ALLOC_H
#define LWK_MM_PAGE_ALLOC_H

#include "kernel/lib/types.h"

#define PAGE_ORDER_MAX 18 /* 1 GiB */
#define LARGE_ORDER (LARGE_SHIFT - PAGE_SHIFT)

/* Give the allocator a region: [base, base + bytes) of which the first `used` bytes
 * are not free. Its page descriptors are taken from the region, reached through
 * `map(pa)`. The last `reserve` bytes are for callers for which page_for_admin() is
 * true. Returns 0, or -ENOSPC: too many regions or no room. */
int page_alloc_add(paddr_t base, uint64_t bytes, uint64_t used,
		   uint64_t reserve, void *(*map)(paddr_t));

/* Whether this CPU works for the administrator, or for the kernel itself, and so may
 * have pages of the reserve. Supplied by proc/. Any context. */
bool page_for_admin(void);

/* 2^order pages, aligned to their size, contents undefined; 0 = none left. */
paddr_t page_alloc(unsigned int order);

/* The same, zeroed. */
paddr_t page_alloc_zeroed(unsigned int order);

/* Free what page_alloc(order) gave. */
void page_free(paddr_t pa, unsigned int order);

/* Take an extra reference to an allocation, named by its first page, for memory that
 * is mapped twice. page_free() drops it. 0; -ENOSPC: too often. */
int page_hold(paddr_t pa);

/* Whether only its owner holds the allocation that begins at pa. */
bool page_is_sole(paddr_t pa);

/* Make one of the pages that were never free (`used`) an allocation, which belongs to
 * the caller and can be held. Called before other CPUs run. */
void page_adopt(paddr_t pa);

/* Whether the 2^order pages at pa are one allocation. False: they were
 * split. */
bool page_is_whole(paddr_t pa, unsigned int order);

/* Make the 2^order pages of one allocation separate allocations; each is held as often
 * as the whole was. No effect if that was done before. */
void page_split(paddr_t pa, unsigned int order);

/* Hold, or free, 2^order pages at pa, whether they are one allocation or were split.
 * -ENOSPC: none is held. */
int page_hold_all(paddr_t pa, unsigned int order);
void page_free_all(paddr_t pa, unsigned int order);

/* Whether it is memory of this allocator's regions. */
bool page_is_ours(paddr_t pa);

/* Bytes free and managed. */
uint64_t page_free_bytes(void);
uint64_t page_total_bytes(void);

/* Whether so many bytes are free for the caller. Cheap if they are. */
bool page_free_at_least(uint64_t bytes);

/* For tests and assertions: whether the allocator has handed out the page
 * pa. */
bool page_is_allocated(paddr_t pa);

#endif
