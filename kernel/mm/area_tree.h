/* SPDX-License-Identifier: GPL-2.0 */
/* The areas of an address space, by address, for area.c. Callers hold its lock. */
#ifndef LWK_MM_AREA_TREE_H
#define LWK_MM_AREA_TREE_H

#include "kernel/mm/aspace.h"

/* The neighbours of an area, or NULL. */
static inline struct area *area_before(struct aspace *as, const struct area *a)
{
	return a->node.prev == &as->areas
		       ? NULL
		       : list_entry(a->node.prev, struct area, node);
}

static inline struct area *area_after(struct aspace *as, const struct area *a)
{
	return a->node.next == &as->areas
		       ? NULL
		       : list_entry(a->node.next, struct area, node);
}

static inline struct area *area_last(const struct aspace *as)
{
	return list_empty(&as->areas)
		       ? NULL
		       : list_entry(as->areas.prev, struct area, node);
}

/* The first area that ends above va, or NULL. */
struct area *area_tree_first_above(const struct aspace *as, vaddr_t va);

/* Insert an area, with its start and end, before `above`: area_tree_first_above() of
 * its start. */
void area_tree_insert(struct aspace *as, struct area *a, struct area *above);

void area_tree_remove(struct aspace *as, struct area *a);

/* The start of a, or the end of the area before it, has moved. Their order has not. */
void area_tree_set_gap(struct aspace *as, struct area *a);

/* The highest free range of `bytes` below `top` whose start is aligned to `align`; 0:
 * none. Logarithmic where align is a page; gaps that are wide enough but badly
 * aligned are looked at one by one. */
struct gap_request {
	uint64_t bytes;
	uint64_t align;
	vaddr_t top;
};
vaddr_t area_tree_find_gap(const struct aspace *as,
			   const struct gap_request *r);

#endif
