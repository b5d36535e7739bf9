/* SPDX-License-Identifier: GPL-2.0 */
/* The areas of an address space, by address. Callers hold its lock. */
#ifndef LWK_MM_AREA_H
#define LWK_MM_AREA_H

#include "kernel/mm/aspace.h"

/* The area that contains va, or NULL. */
struct area *area_find(struct aspace *as, vaddr_t va);

/* The first area that ends above va, or NULL. */
struct area *area_first_above(struct aspace *as, vaddr_t va);

/* The area that contains start, if areas cover all of [start, end); else NULL. *flags:
 * all flags that any of them has, up to the first hole. */
struct area *area_covering(struct aspace *as, vaddr_t start, vaddr_t end,
			   uint32_t *flags);

/* A free range of `bytes`, its start aligned to `align`: at hint if
 * possible, else the highest below `top`; 0 = none. Only a hint may lie
 * above mmap_top: it counts if its range ends below `top`, or `top` is
 * mmap_top. */
vaddr_t area_find_gap(struct aspace *as, vaddr_t hint, uint64_t bytes,
		      uint64_t align, vaddr_t top);

/* Insert an area where nothing is; if it touches one of its kind, that one grows.
 * Returns the area that then covers it; NULL: no memory, or too many areas. */
struct area *area_insert(struct aspace *as, vaddr_t start, vaddr_t end,
			 uint32_t prot, uint32_t flags);
/* The same: of the kind and the file of `like`, whose offset is that of `start`. */
struct area *area_insert_like(struct aspace *as, vaddr_t start, vaddr_t end,
			      const struct area *like);

/* Make start and end borders between areas. *first is area_first_above(start), before
 * and afterwards. 1: an area was cut; 0, -ENOMEM. */
int area_make_borders(struct aspace *as, struct area **first, vaddr_t start,
		      vaddr_t end);

/* From `first` on, up to `end`, both of area_make_borders(): remove all areas; give
 * `add` to those that have `having`; set the protection of all. */
void area_remove(struct aspace *as, struct area *first, vaddr_t end);
void area_add_flags(struct aspace *as, struct area *first, vaddr_t end,
		    uint32_t having, uint32_t add);
void area_set_prot(struct aspace *as, struct area *first, vaddr_t end,
		   uint32_t prot);

/* And say which file they are of; `offset` is that of first->start. */
void area_set_file(struct aspace *as, struct area *first, vaddr_t end,
		   uint32_t file, uint64_t offset);

#endif
