/* SPDX-License-Identifier: GPL-2.0 */
/* Changing size and place of a mapping: mremap(2). */
/*
 * Pages move by their entries. Taking pages from an address has the same steps as
 * unmapping, except that the frames are not freed: rights go, all CPUs and the proxy
 * forget them, then the entries go to their new place.
 */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace_priv.h"

/* The area that all of the old range lies in; NULL: none. */
static struct area *area_of(struct aspace *as, const struct remap_request *r)
{
	struct area *a = area_find(as, r->from);

	return a && r->old_bytes <= a->end - r->from ? a : NULL;
}

/* An area with what `old` has from `from` on. Caller holds layout_lock. */
static int insert(struct aspace *as, vaddr_t start, uint64_t bytes,
		  const struct area *old, vaddr_t from)
{
	struct area like = *old;
	int error;

	if (like.file)
		like.offset += from - like.start;
	spin_lock(&as->lock);
	error = area_insert_like(as, start, start + bytes, &like) ? 0 : -ENOMEM;
	spin_unlock(&as->lock);
	return error;
}

/* Move the entries of `bytes` from one address to another; there are no large pages
 * on the way but those that fit. Caller holds both locks; rights are gone. */
static int move_entries(struct aspace *as, const struct remap_request *r,
			uint64_t bytes, vaddr_t to, uint32_t prot)
{
	bool aligned = IS_ALIGNED(r->from ^ to, LARGE_SIZE);
	struct mapping m;
	uint64_t at = 0;

	while (at < bytes) {
		bool there = arch_mmu_lookup(as->root, r->from + at, &m);
		uint64_t step = m.bytes - ((r->from + at) & (m.bytes - 1));

		if (there && m.bytes == LARGE_SIZE && !aligned) {
			if (aspace_split_large(as, r->from + at))
				return -ENOMEM;
			continue;
		}
		if (there) {
			m.prot = m.cow ? prot & ~(uint32_t)PAGE_WRITE : prot;
			if (arch_mmu_map_as(as->root, to + at, &m))
				return -ENOMEM;
			arch_mmu_unmap(as->root, r->from + at, &m);
		}
		at += step;
	}
	return 0;
}

/* Put the pages of the old range at `to`, where an area is. Caller holds
 * layout_lock. */
static int move_pages(struct aspace *as, const struct remap_request *r,
		      vaddr_t to, uint32_t prot)
{
	uint64_t bytes = MIN(r->old_bytes, r->bytes);
	struct area *first;
	bool zap;
	int error;

	spin_lock(&as->lock);
	first = area_first_above(as, r->from);
	error = aspace_make_borders(as, &first, r->from, r->from + bytes);
	zap = !error && aspace_set_rights(as, r->from, r->from + bytes, 0);
	spin_unlock(&as->lock);
	if (zap)
		aspace_zap(as, r->from, r->from + bytes);
	if (error)
		return error;
	spin_lock(&as->lock);
	error = move_entries(as, r, bytes, to, prot);
	spin_unlock(&as->lock);
	return error;
}

static int move(struct aspace *as, const struct remap_request *r,
		const struct area *old, vaddr_t *out)
{
	const struct area like = *old;
	uint64_t align = r->bytes >= LARGE_SIZE ? LARGE_SIZE : PAGE_SIZE;
	int error;

	if (r->fixed)
		error = aspace_take_away(as, r->to, r->to + r->bytes, true);
	else
		error = 0;
	if (error)
		return error;
	*out = r->fixed ? r->to
			: area_find_gap(as, 0, r->bytes, align, as->mmap_top);
	if (!*out)
		return -ENOMEM;
	error = insert(as, *out, r->bytes, &like, r->from);
	if (!error)
		error = move_pages(as, r, *out, like.prot);
	/* Pages that did not move are freed with the old range. */
	if (!error)
		error = aspace_take_away(as, r->from, r->from + r->old_bytes,
					 true);
	return error;
}

static bool can_grow(struct aspace *as, const struct remap_request *r)
{
	vaddr_t end = r->from + r->old_bytes;
	const struct area *old = area_find(as, r->from);
	const struct area *next = area_first_above(as, end);

	return old->end == end && r->bytes <= LWK_APP_END - r->from &&
	       (!next || next->start >= r->from + r->bytes);
}

/* Caller holds layout_lock. */
static int remap(struct aspace *as, const struct remap_request *r, vaddr_t *out)
{
	const struct area *old = area_of(as, r);

	if (!old)
		return -EFAULT;
	/* A shared mapping is present from end to end, and cannot grow. */
	if ((old->flags & (AREA_FRAMES | AREA_LINUX)) ||
	    ((old->flags & AREA_SHARED) && r->bytes > r->old_bytes))
		return -EINVAL;
	*out = r->from;
	if (r->fixed)
		return move(as, r, old, out);
	if (r->bytes == r->old_bytes)
		return 0;
	if (r->bytes < r->old_bytes)
		return aspace_take_away(as, r->from + r->bytes,
					r->from + r->old_bytes, true);
	if (can_grow(as, r))
		return insert(as, r->from + r->old_bytes,
			      r->bytes - r->old_bytes, old,
			      r->from + r->old_bytes);
	return r->may_move ? move(as, r, old, out) : -ENOMEM;
}

int aspace_remap(struct aspace *as, const struct remap_request *request,
		 vaddr_t *out)
{
	struct remap_request r = *request;
	int error;

	if (!IS_ALIGNED(r.from, PAGE_SIZE) || !r.bytes ||
	    r.bytes > LWK_APP_END || r.old_bytes > LWK_APP_END ||
	    r.from > LWK_APP_END)
		return -EINVAL;
	r.bytes = ALIGN_UP(r.bytes, PAGE_SIZE);
	r.old_bytes = ALIGN_UP(r.old_bytes, PAGE_SIZE);
	/* Duplicating a shared mapping: none is. */
	if (!r.old_bytes)
		return -EINVAL;
	if (r.fixed &&
	    (!IS_ALIGNED(r.to, PAGE_SIZE) || r.to < LWK_APP_MIN ||
	     r.to > LWK_APP_END || r.bytes > LWK_APP_END - r.to ||
	     (r.to < r.from + r.old_bytes && r.from < r.to + r.bytes)))
		return -EINVAL;
	spin_lock(&as->layout_lock);
	error = remap(as, &r, out);
	spin_unlock(&as->layout_lock);
	return error;
}
