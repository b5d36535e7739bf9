/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about address spaces share. */
#ifndef LWK_MM_ASPACE_PRIV_H
#define LWK_MM_ASPACE_PRIV_H

#include "kernel/arch/mmu.h"
#include "kernel/mm/aspace.h"
#include "kernel/mm/page_alloc.h"

/* The order of the page that m describes. */
static inline unsigned int mapping_order(const struct mapping *m)
{
	return m->bytes == LARGE_SIZE ? LARGE_ORDER : 0;
}

/* Next address to look at after the page or hole at va that m describes. */
static inline vaddr_t mapping_step(vaddr_t va, const struct mapping *m)
{
	return ALIGN_DOWN(va, m->bytes) + m->bytes;
}

/* Take the pages of a range away and free them; with `forget`, its areas too.
 * Caller holds layout_lock, not lock. */
int aspace_take_away(struct aspace *as, vaddr_t start, vaddr_t end,
		     bool forget);

/* Make start and end borders of areas and of pages; *first as in area_make_borders().
 * Caller holds both locks. */
int aspace_make_borders(struct aspace *as, struct area **first, vaddr_t start,
			vaddr_t end);

/* Set the rights of all pages in the range, on all CPUs. True where the proxy must be
 * told. Caller holds both locks. */
bool aspace_set_rights(struct aspace *as, vaddr_t start, vaddr_t end,
		       uint32_t prot);

/* Anonymous memory up to this size is present when mmap() returns; of a larger
 * mapping, only what is touched. */
#define FILL_AT_ONCE (16 * PAGE_SIZE)

/* Map small zeroed pages wherever nothing is in [start, end) of one area. -ENOMEM.
 * Caller holds the lock. */
int aspace_add_pages(struct aspace *as, const struct area *a, vaddr_t start,
		     vaddr_t end);

/* Make all of [start, end), which areas cover, present, whatever its rights. */
int aspace_fill(struct aspace *as, vaddr_t start, vaddr_t end);

/* Take the large page at va to pieces. Caller holds both locks. */
int aspace_split_large(struct aspace *as, vaddr_t va);

#endif
