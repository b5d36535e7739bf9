/* SPDX-License-Identifier: GPL-2.0 */
/* The sorted list of areas of an address space. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/mm/area.h"
#include "kernel/mm/kmalloc.h"

static struct area *area_at(struct list *node)
{
	return list_entry(node, struct area, node);
}

struct area *area_first_above(struct aspace *as, vaddr_t va)
{
	struct list *n;

	list_for_each(n, &as->areas)
		if (area_at(n)->end > va)
			return area_at(n);
	return NULL;
}

struct area *area_find(struct aspace *as, vaddr_t va)
{
	struct area *a = area_first_above(as, va);

	return a && a->start <= va ? a : NULL;
}

bool area_covers(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct list *n;

	list_for_each(n, &as->areas) {
		struct area *a = area_at(n);

		if (a->end <= start)
			continue;
		if (a->start > start)
			return false;
		start = a->end;
		if (start >= end)
			return true;
	}
	return start >= end;
}

bool area_has(struct aspace *as, vaddr_t start, vaddr_t end, uint32_t flags)
{
	struct list *n;

	list_for_each(n, &as->areas) {
		struct area *a = area_at(n);

		if (a->start >= end)
			break;
		if (a->end > start && (a->flags & flags))
			return true;
	}
	return false;
}

static bool is_free(struct aspace *as, vaddr_t start, uint64_t bytes)
{
	struct area *a = area_first_above(as, start);

	return !a || a->start >= start + bytes;
}

vaddr_t area_find_gap(struct aspace *as, vaddr_t hint, uint64_t bytes,
		      uint64_t align, vaddr_t top)
{
	vaddr_t hint_end = top == as->mmap_top ? LWK_APP_END : top;
	vaddr_t end = top;
	struct list *n;

	if (hint >= LWK_APP_MIN && hint < hint_end &&
	    bytes <= hint_end - hint && is_free(as, hint, bytes))
		return hint;
	/* Downwards, from gap to gap: [end of n, end) is free. */
	for (n = as->areas.prev;; n = n->prev) {
		vaddr_t low = n == &as->areas ? LWK_APP_MIN : area_at(n)->end;

		if (end > low && end - low >= bytes) {
			vaddr_t at = ALIGN_DOWN(end - bytes, align);

			if (at >= low)
				return at;
		}
		if (n == &as->areas)
			return 0;
		end = MIN(end, area_at(n)->start);
	}
}

/* NULL: no memory, or too many. */
static struct area *new_area(struct aspace *as, vaddr_t start, vaddr_t end,
			     uint32_t prot, uint32_t flags)
{
	struct area *a = as->area_count < AREA_MAX ? kmalloc(sizeof(*a)) : NULL;

	if (!a)
		return NULL;
	as->area_count++;
	*a = (struct area){
		.start = start, .end = end, .prot = prot, .flags = flags};
	return a;
}

static bool same_kind(const struct area *a, uint32_t prot, uint32_t flags)
{
	return a->prot == prot && a->flags == flags &&
	       !(flags & (AREA_GROWS_DOWN | AREA_LINUX));
}

static void delete_area(struct aspace *as, struct area *a)
{
	list_remove(&a->node);
	kfree(a);
	as->area_count--;
}

/* Merge a with the area before it, where they touch and are equal. */
static void merge_before(struct aspace *as, struct area *a)
{
	struct area *before;

	if (a->node.prev == &as->areas)
		return;
	before = area_at(a->node.prev);
	if (before->end != a->start || !same_kind(before, a->prot, a->flags))
		return;
	a->start = before->start;
	delete_area(as, before);
}

static void merge_around(struct aspace *as, struct area *a)
{
	struct list *next = a->node.next;

	merge_before(as, a);
	if (next != &as->areas)
		merge_before(as, area_at(next));
}

int area_insert(struct aspace *as, vaddr_t start, vaddr_t end, uint32_t prot,
		uint32_t flags)
{
	struct area *above = area_first_above(as, start);
	struct area *a = new_area(as, start, end, prot, flags);

	if (!a)
		return -ENOMEM;
	list_insert_before(above ? &above->node : &as->areas, &a->node);
	merge_around(as, a);
	return 0;
}

int area_split(struct aspace *as, vaddr_t va)
{
	struct area *a = area_find(as, va);
	struct area *low;

	if (!a || a->start == va)
		return 0;
	low = new_area(as, a->start, va, a->prot, a->flags);
	if (!low)
		return -ENOMEM;
	a->start = va;
	list_insert_before(&a->node, &low->node);
	return 0;
}

void area_remove(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct list *n, *tmp;

	list_for_each_safe(n, tmp, &as->areas) {
		struct area *a = area_at(n);

		if (a->start >= start && a->end <= end)
			delete_area(as, a);
	}
}

void area_add_flags(struct aspace *as, vaddr_t start, vaddr_t end,
		    uint32_t having, uint32_t add)
{
	struct list *n;

	list_for_each(n, &as->areas)
		if (area_at(n)->start >= start && area_at(n)->end <= end &&
		    (area_at(n)->flags & having) == having)
			area_at(n)->flags |= add;
}

void area_set_prot(struct aspace *as, vaddr_t start, vaddr_t end, uint32_t prot)
{
	struct list *n, *tmp;

	list_for_each(n, &as->areas)
		if (area_at(n)->start >= start && area_at(n)->end <= end)
			area_at(n)->prot = prot;
	list_for_each_safe(n, tmp, &as->areas)
		if (area_at(n)->start >= start && area_at(n)->start <= end)
			merge_before(as, area_at(n));
}
