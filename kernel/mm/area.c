/* SPDX-License-Identifier: GPL-2.0 */
/* The areas of an address space: one look-up in the tree (area_tree.c), then along
 * the list from neighbour to neighbour. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/mm/area.h"
#include "kernel/mm/area_tree.h"
#include "kernel/mm/kmalloc.h"

struct area *area_first_above(struct aspace *as, vaddr_t va)
{
	return area_tree_first_above(as, va);
}

struct area *area_find(struct aspace *as, vaddr_t va)
{
	struct area *a = area_tree_first_above(as, va);

	return a && a->start <= va ? a : NULL;
}

struct area *area_covering(struct aspace *as, vaddr_t start, vaddr_t end,
			   uint32_t *flags)
{
	struct area *first = area_tree_first_above(as, start), *a = first;

	*flags = 0;
	for (; a && a->start <= start; a = area_after(as, a)) {
		*flags |= a->flags;
		start = a->end;
		if (start >= end)
			return first;
	}
	return NULL;
}

static bool is_free(struct aspace *as, vaddr_t start, uint64_t bytes)
{
	struct area *a = area_tree_first_above(as, start);

	return !a || a->start >= start + bytes;
}

vaddr_t area_find_gap(struct aspace *as, vaddr_t hint, uint64_t bytes,
		      uint64_t align, vaddr_t top)
{
	const struct gap_request r = {bytes, align, top};
	vaddr_t hint_end = top == as->mmap_top ? LWK_APP_END : top;

	if (hint >= LWK_APP_MIN && hint < hint_end &&
	    bytes <= hint_end - hint && is_free(as, hint, bytes))
		return hint;
	return area_tree_find_gap(as, &r);
}

/* NULL: no memory, or too many. */
static struct area *new_area(struct aspace *as, vaddr_t start, vaddr_t end,
			     const struct area *like)
{
	struct area *a = as->area_count < AREA_MAX ? kmalloc(sizeof(*a)) : NULL;

	if (!a)
		return NULL;
	as->area_count++;
	*a = (struct area){
		.start = start,
		.end = end,
		.prot = like->prot,
		.flags = like->flags,
		.file = like->file,
		.offset = like->offset,
	};
	return a;
}

/* May a and b, of which b begins where a ends, be one? */
static bool can_join(const struct area *a, const struct area *b)
{
	return a->prot == b->prot && a->flags == b->flags &&
	       !(a->flags & (AREA_GROWS_DOWN | AREA_LINUX)) &&
	       a->file == b->file &&
	       (!a->file || a->offset + (a->end - a->start) == b->offset);
}

static void delete_area(struct aspace *as, struct area *a)
{
	area_tree_remove(as, a);
	kfree(a);
	as->area_count--;
}

static void move_end(struct aspace *as, struct area *a, vaddr_t end)
{
	struct area *after = area_after(as, a);

	a->end = end;
	if (after)
		area_tree_set_gap(as, after);
}

/* Merge a with the area before it, if they touch and are equal. */
static void merge_before(struct aspace *as, struct area *a)
{
	struct area *before = area_before(as, a);
	vaddr_t end = a->end;

	if (!before || before->end != a->start || !can_join(before, a))
		return;
	delete_area(as, a);
	move_end(as, before, end);
}

struct area *area_insert_like(struct aspace *as, vaddr_t start, vaddr_t end,
			      const struct area *like)
{
	struct area new = *like;
	struct area *above = area_tree_first_above(as, start);
	struct area *before = above ? area_before(as, above) : area_last(as);
	struct area *a;

	new.start = start;
	new.end = end;
	/* Where a neighbour is of the same kind, it grows. */
	if (before && before->end == start && can_join(before, &new)) {
		move_end(as, before, end);
		if (above)
			merge_before(as, above);
		return before;
	}
	if (above && above->start == end && can_join(&new, above)) {
		above->start = start;
		above->offset = new.offset;
		area_tree_set_gap(as, above);
		return above;
	}
	a = new_area(as, start, end, &new);
	if (a)
		area_tree_insert(as, a, above);
	return a;
}

struct area *area_insert(struct aspace *as, vaddr_t start, vaddr_t end,
			 uint32_t prot, uint32_t flags)
{
	const struct area like = {.prot = prot, .flags = flags};

	return area_insert_like(as, start, end, &like);
}

/* Cut a in two at va, inside it; returns the lower part, or NULL: no memory. */
static struct area *split(struct aspace *as, struct area *a, vaddr_t va)
{
	struct area *low = new_area(as, a->start, va, a);

	if (!low)
		return NULL;
	if (a->file)
		a->offset += va - a->start;
	a->start = va;
	area_tree_insert(as, low, a);
	return low;
}

int area_make_borders(struct aspace *as, struct area **first, vaddr_t start,
		      vaddr_t end)
{
	struct area *a = *first;
	int cut = 0;

	if (a && a->start < start) {
		if (!split(as, a, start))
			return -ENOMEM;
		cut = 1;
	}
	while (a && a->end <= end)
		a = area_after(as, a);
	if (a && a->start < end) {
		struct area *low = split(as, a, end);

		if (!low)
			return -ENOMEM;
		if (*first == a)
			*first = low;
		cut = 1;
	}
	return cut;
}

void area_remove(struct aspace *as, struct area *first, vaddr_t end)
{
	struct area *next;

	for (; first && first->end <= end; first = next) {
		next = area_after(as, first);
		delete_area(as, first);
	}
}

void area_add_flags(struct aspace *as, struct area *first, vaddr_t end,
		    uint32_t having, uint32_t add)
{
	for (; first && first->end <= end; first = area_after(as, first))
		if ((first->flags & having) == having)
			first->flags |= add;
}

void area_set_prot(struct aspace *as, struct area *first, vaddr_t end,
		   uint32_t prot)
{
	struct area *next;

	for (; first && first->end <= end; first = next) {
		next = area_after(as, first);
		first->prot = prot;
		merge_before(as, first);
	}
	/* The area after the range. */
	if (first && first->start == end)
		merge_before(as, first);
}

void area_set_file(struct aspace *as, struct area *first, vaddr_t end,
		   uint32_t file, uint64_t offset)
{
	vaddr_t begin = first ? first->start : 0;

	for (; first && first->end <= end; first = area_after(as, first)) {
		first->file = file;
		first->offset = offset + first->start - begin;
	}
}
