/* SPDX-License-Identifier: GPL-2.0 */
/* The areas of an address space, by address. Callers hold its lock. */
#ifndef LWK_MM_AREA_H
#define LWK_MM_AREA_H

#include "kernel/mm/aspace.h"

/* The area that contains va, or NULL. */
struct area *area_find(struct aspace *as, vaddr_t va);

/* The first area that ends above va, or NULL. */
struct area *area_first_above(struct aspace *as, vaddr_t va);

/* Do areas cover all of [start, end)? *flags: those that one of them has; where they do
 * not cover it all, those up to the first hole. */
bool area_covers(struct aspace *as, vaddr_t start, vaddr_t end,
		 uint32_t *flags);

/* A free range of `bytes`, its start aligned to `align`: at hint if possible,
 * else the highest below `top`; 0 = none. A hint may lie above mmap_top, and
 * nothing else may: so it counts if its range ends below `top`, or `top` is
 * mmap_top. */
vaddr_t area_find_gap(struct aspace *as, vaddr_t hint, uint64_t bytes,
		      uint64_t align, vaddr_t top);

/* Insert an area where nothing is; merged with equal neighbours. -ENOMEM. */
int area_insert(struct aspace *as, vaddr_t start, vaddr_t end, uint32_t prot,
		uint32_t flags);

/* Make `va` a border between areas, if it lies inside one. -ENOMEM. */
int area_split(struct aspace *as, vaddr_t va);

/* Remove all areas in [start, end), which are borders. */
void area_remove(struct aspace *as, vaddr_t start, vaddr_t end);

/* Give `add` to all areas in [start, end), which are borders, that have `having`. */
void area_add_flags(struct aspace *as, vaddr_t start, vaddr_t end,
		    uint32_t having, uint32_t add);

/* Set the protection of all areas in [start, end), which are borders. */
void area_set_prot(struct aspace *as, vaddr_t start, vaddr_t end,
		   uint32_t prot);

#endif
