/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces: mapping, unmapping and protection. See aspace.h. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace_priv.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/mm/shootdown.h"

struct aspace *aspace_new(vaddr_t mmap_top, uint64_t handle)
{
	struct aspace *as = kzalloc(sizeof(*as));

	if (!as)
		return NULL;
	list_init(&as->areas);
	as->mmap_top = mmap_top;
	as->handle = handle;
	as->refs = 1;
	as->root = arch_mmu_new();
	if (!as->root) {
		kfree(as);
		return NULL;
	}
	return as;
}

static void free_page_of(struct aspace *as, const struct mapping *m)
{
	as->resident_bytes -= m->bytes;
	page_free_all(m->frame, mapping_order(m));
}

static void free_pages(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct mapping m;
	vaddr_t va;

	for (va = start; va < end; va = mapping_step(va, &m)) {
		if (!arch_mmu_lookup(as->root, va, &m))
			continue;
		arch_mmu_unmap(as->root, va, &m);
		/* What is Linux's goes back to it with the process. */
		if (page_is_ours(m.frame))
			free_page_of(as, &m);
		else
			as->resident_bytes -= m.bytes;
	}
}

/* Nobody uses it, and the proxy's mapping is gone. */
static void aspace_free(struct aspace *as)
{
	struct list *n;

	shootdown_all(as);
	list_for_each(n, &as->areas) {
		struct area *a = list_entry(n, struct area, node);

		free_pages(as, a->start, a->end);
	}
	ASSERT(!as->resident_bytes); /* pages are in areas only */
	area_remove(as, 0, LWK_APP_END);
	arch_mmu_free(as->root);
	kfree(as);
}

void aspace_put(struct aspace *as)
{
	if (!__atomic_sub_fetch(&as->refs, 1, __ATOMIC_ACQ_REL))
		aspace_free(as);
}

int aspace_split_large(struct aspace *as, vaddr_t va)
{
	struct mapping m;

	if (!arch_mmu_lookup(as->root, va, &m) || m.bytes != LARGE_SIZE)
		return 0;
	if (arch_mmu_split(as->root, va))
		return -ENOMEM;
	page_split(m.frame, LARGE_ORDER);
	return 0;
}

/* Let no large page straddle va. */
static int split_page(struct aspace *as, vaddr_t va)
{
	return IS_ALIGNED(va, LARGE_SIZE) ? 0 : aspace_split_large(as, va);
}

/* Make start and end borders of pages. */
static int split_pages(struct aspace *as, vaddr_t start, vaddr_t end)
{
	return split_page(as, start) || split_page(as, end) ? -ENOMEM : 0;
}

/* Make start and end borders of areas and of pages. */
int aspace_make_borders(struct aspace *as, vaddr_t start, vaddr_t end)
{
	if (split_pages(as, start, end) || area_split(as, start) ||
	    area_split(as, end))
		return -ENOMEM;
	return 0;
}

/* Set the rights of all pages in the range. Returns true where the proxy must be
 * told. */
bool aspace_set_rights(struct aspace *as, vaddr_t start, vaddr_t end,
		       uint32_t prot)
{
	bool zap = false, changed = false;
	struct mapping m;
	vaddr_t va;

	for (va = start; va < end; va = mapping_step(va, &m)) {
		if (!arch_mmu_lookup(as->root, va, &m))
			continue;
		if (m.prot == (m.cow ? prot & ~(uint32_t)PAGE_WRITE : prot))
			continue;
		zap |= arch_mmu_protect(as->root, va, &m, prot);
		changed = true;
	}
	if (changed)
		shootdown(as, start, end);
	return zap;
}

static int check_range(vaddr_t start, uint64_t *bytes)
{
	if (!IS_ALIGNED(start, PAGE_SIZE) || !*bytes || *bytes > LWK_APP_END ||
	    start > LWK_APP_END)
		return -EINVAL;
	*bytes = ALIGN_UP(*bytes, PAGE_SIZE);
	return *bytes > LWK_APP_END - start ? -EINVAL : 0;
}

/* Take the pages of a range away and free them; with `forget`, its areas too.
 * Caller holds layout_lock, not lock. */
int aspace_take_away(struct aspace *as, vaddr_t start, vaddr_t end, bool forget)
{
	bool zap;
	int error;

	spin_lock(&as->lock);
	error = forget ? aspace_make_borders(as, start, end)
		       : split_pages(as, start, end);
	if (error) {
		spin_unlock(&as->lock);
		return error;
	}
	if (forget)
		area_remove(as, start, end);
	zap = aspace_set_rights(as, start, end, 0);
	spin_unlock(&as->lock);
	if (zap)
		aspace_zap(as, start, end);
	spin_lock(&as->lock);
	free_pages(as, start, end);
	spin_unlock(&as->lock);
	return 0;
}

int aspace_unmap(struct aspace *as, vaddr_t start, uint64_t bytes)
{
	int error = check_range(start, &bytes);

	if (error)
		return error;
	spin_lock(&as->layout_lock);
	error = aspace_take_away(as, start, start + bytes, true);
	spin_unlock(&as->layout_lock);
	return error;
}

/* As check_range(), for calls that say ENOMEM of what is not mapped, addresses
 * beyond the application's among it. */
static int check_mapped_range(vaddr_t start, uint64_t *bytes)
{
	int error = check_range(start, bytes);

	return error && IS_ALIGNED(start, PAGE_SIZE) ? -ENOMEM : error;
}

int aspace_check(struct aspace *as, vaddr_t start, uint64_t bytes)
{
	int error = check_mapped_range(start, &bytes);
	uint32_t flags;

	if (error)
		return error;
	spin_lock(&as->lock);
	error = area_covers(as, start, start + bytes, &flags) ? 0 : -ENOMEM;
	spin_unlock(&as->lock);
	return error;
}

bool aspace_is_present(struct aspace *as, vaddr_t va)
{
	struct mapping m;
	bool there;

	spin_lock(&as->lock);
	there = arch_mmu_lookup(as->root, va, &m);
	spin_unlock(&as->lock);
	return there;
}

bool aspace_is_writable(struct aspace *as, vaddr_t va)
{
	const struct area *a;
	bool writable;

	spin_lock(&as->lock);
	a = area_find(as, va);
	writable = a && (a->prot & PAGE_WRITE);
	spin_unlock(&as->lock);
	return writable;
}

int aspace_discard(struct aspace *as, vaddr_t start, uint64_t bytes)
{
	int error = check_mapped_range(start, &bytes);
	uint32_t flags;

	if (error)
		return error;
	spin_lock(&as->layout_lock);
	/* Faults between the two steps of take_away() find entries without
	 * rights, and the right answer for them is to wait: see fault.c. */
	if (!area_covers(as, start, start + bytes, &flags))
		error = -ENOMEM;
	else if (flags & AREA_FRAMES)
		error = -EINVAL;
	else if (flags & AREA_SHARED)
		error = 0; /* it would come back as it is: Linux keeps it, too */
	else
		error = aspace_take_away(as, start, start + bytes, false);
	spin_unlock(&as->layout_lock);
	return error;
}

int aspace_protect(struct aspace *as, vaddr_t start, uint64_t bytes,
		   uint32_t prot)
{
	int error = check_mapped_range(start, &bytes);
	vaddr_t end = start + bytes;
	bool zap = false;
	uint32_t flags;

	if (error)
		return error;
	spin_lock(&as->layout_lock);
	spin_lock(&as->lock);
	if (!area_covers(as, start, end, &flags)) {
		error = -ENOMEM;
	} else if (flags & AREA_FIXED_RIGHTS) {
		error = -EACCES;
	} else if (aspace_make_borders(as, start, end)) {
		error = -ENOMEM;
	} else {
		area_set_prot(as, start, end, prot);
		zap = aspace_set_rights(as, start, end, prot);
	}
	spin_unlock(&as->lock);
	if (zap)
		aspace_zap(as, start, end);
	spin_unlock(&as->layout_lock);
	return error;
}

/* Is a mapping of this kind populated before mmap() returns? */
static bool populate_at_once(const struct map_request *r)
{
	if (r->flags & AREA_SHARED)
		return true;
	return r->prot && !(r->flags & (AREA_LAZY | AREA_GROWS_DOWN)) &&
	       r->bytes <= page_free_bytes() / 4;
}

/* Is it more than the LWK can ever give? Without access nothing is given, and a
 * stack is its limit long only in name. */
static bool is_too_much(const struct map_request *r)
{
	if (r->flags & AREA_SHARED)
		return r->bytes > page_free_bytes();
	return r->prot && !(r->flags & (AREA_LAZY | AREA_GROWS_DOWN)) &&
	       r->bytes > page_free_bytes();
}

/* Where the request goes. Caller holds layout_lock. 0 or -errno. */
static int place(struct aspace *as, const struct map_request *r, vaddr_t *at)
{
	uint64_t align = r->bytes >= LARGE_SIZE ? LARGE_SIZE : PAGE_SIZE;

	if (!r->fixed) {
		*at = area_find_gap(as, ALIGN_DOWN(r->hint, PAGE_SIZE),
				    r->bytes, align,
				    r->below ? r->below : as->mmap_top);
		return *at ? 0 : -ENOMEM;
	}
	*at = r->hint;
	if (!IS_ALIGNED(r->hint, PAGE_SIZE))
		return -EINVAL;
	if (r->hint < LWK_APP_MIN || r->hint > LWK_APP_END ||
	    r->bytes > LWK_APP_END - r->hint)
		return -ENOMEM;
	if (r->exclusive) {
		struct area *a = area_first_above(as, r->hint);

		return a && a->start < r->hint + r->bytes ? -EEXIST : 0;
	}
	return aspace_take_away(as, r->hint, r->hint + r->bytes, true);
}

int aspace_map(struct aspace *as, const struct map_request *request,
	       vaddr_t *out)
{
	struct map_request r = *request;
	int error;

	if (!r.bytes || r.bytes > LWK_APP_END)
		return r.bytes ? -ENOMEM : -EINVAL;
	r.bytes = ALIGN_UP(r.bytes, PAGE_SIZE);
	if (is_too_much(&r))
		return -ENOMEM;

	spin_lock(&as->layout_lock);
	error = place(as, &r, out);
	if (!error) {
		spin_lock(&as->lock);
		error = area_insert(as, *out, *out + r.bytes, r.prot, r.flags);
		spin_unlock(&as->lock);
	}
	if (!error && populate_at_once(&r)) {
		error = r.flags & AREA_SHARED
				? aspace_fill(as, *out, *out + r.bytes)
				: aspace_populate(as, *out, r.bytes, 0);
		if (error)
			aspace_take_away(as, *out, *out + r.bytes, true);
	}
	spin_unlock(&as->layout_lock);
	return error;
}

/* Map frames up to `bytes` at va; returns how many bytes are mapped. Caller holds
 * the lock. */
static uint64_t map_frames(struct aspace *as, vaddr_t va, paddr_t frame,
			   uint64_t bytes, uint32_t prot)
{
	uint64_t done;

	for (done = 0; done < bytes; done += PAGE_SIZE) {
		if (arch_mmu_map(as->root, va + done, frame + done, PAGE_SIZE,
				 prot))
			break;
		as->resident_bytes += PAGE_SIZE;
	}
	return done;
}

/* Map frames at a free place; those that cannot be are let go. Caller holds
 * layout_lock. */
static int insert_frames(struct aspace *as, vaddr_t at, paddr_t frame,
			 uint64_t bytes, const struct area *like)
{
	uint64_t done = 0;

	spin_lock(&as->lock);
	/* In one go, so that no fault can put pages of its own there. */
	if (!area_insert(as, at, at + bytes, like->prot, like->flags))
		done = map_frames(as, at, frame, bytes, like->prot);
	spin_unlock(&as->lock);
	if (done == bytes)
		return 0;
	aspace_take_away(as, at, at + bytes, true);
	for (; done < bytes; done += PAGE_SIZE)
		page_free(frame + done, 0);
	return -ENOMEM;
}

int aspace_map_frames(struct aspace *as, paddr_t frame, uint64_t bytes,
		      uint32_t prot, vaddr_t *out)
{
	const struct area like = {.prot = prot, .flags = AREA_FRAMES};
	int error = -ENOMEM;

	ASSERT(bytes && IS_ALIGNED(frame | bytes, PAGE_SIZE));
	spin_lock(&as->layout_lock);
	*out = area_find_gap(as, 0, bytes, PAGE_SIZE, as->mmap_top);
	if (*out)
		error = insert_frames(as, *out, frame, bytes, &like);
	spin_unlock(&as->layout_lock);
	if (!*out)
		for (; bytes; bytes -= PAGE_SIZE)
			page_free(frame + bytes - PAGE_SIZE, 0);
	return error;
}

static int insert_shared_page(struct aspace *as, vaddr_t at, paddr_t frame,
			      uint32_t prot)
{
	const struct area like = {.prot = prot,
				  .flags = AREA_FRAMES | AREA_FIXED_RIGHTS};

	if (page_hold(frame))
		return -ENOMEM;
	return insert_frames(as, at, frame, PAGE_SIZE, &like);
}

int aspace_map_vdso(struct aspace *as, paddr_t data, paddr_t code, vaddr_t *out)
{
	int error = -ENOMEM;

	spin_lock(&as->layout_lock);
	*out = area_find_gap(as, 0, 2 * PAGE_SIZE, PAGE_SIZE, as->mmap_top);
	if (*out)
		error = insert_shared_page(as, *out, data, PAGE_READ);
	if (!error)
		error = insert_shared_page(as, *out + PAGE_SIZE, code,
					   PAGE_READ | PAGE_EXEC);
	spin_unlock(&as->layout_lock);
	return error;
}

int aspace_clear(struct aspace *as)
{
	int error;

	spin_lock(&as->layout_lock);
	error = aspace_take_away(as, LWK_APP_MIN, LWK_APP_END, true);
	as->brk_start = as->brk = 0;
	if (!error)
		__atomic_store_n(&as->has_linux, false, __ATOMIC_RELAXED);
	spin_unlock(&as->layout_lock);
	return error;
}

void aspace_set_brk_start(struct aspace *as, vaddr_t start)
{
	as->brk_start = as->brk = start;
}

/* Give the heap the pages from `from` to `to`; caller holds layout_lock. */
static int grow_brk(struct aspace *as, vaddr_t from, vaddr_t to)
{
	struct area *a = area_first_above(as, from);
	const uint32_t prot = PAGE_READ | PAGE_WRITE;
	int error;

	if (to > as->mmap_top || (a && a->start < to) ||
	    to - from > page_free_bytes())
		return -ENOMEM;
	spin_lock(&as->lock);
	error = area_insert(as, from, to, prot, 0);
	spin_unlock(&as->lock);
	if (!error && aspace_populate(as, from, to - from, 0)) {
		aspace_take_away(as, from, to, true);
		error = -ENOMEM;
	}
	return error;
}

vaddr_t aspace_brk(struct aspace *as, vaddr_t end)
{
	vaddr_t from, to;
	int error = 0;

	spin_lock(&as->layout_lock);
	from = ALIGN_UP(as->brk, PAGE_SIZE);
	to = ALIGN_UP(end, PAGE_SIZE);
	if (end < as->brk_start || end > LWK_APP_END)
		error = -ENOMEM;
	else if (to > from)
		error = grow_brk(as, from, to);
	else if (to < from)
		error = aspace_take_away(as, to, from, true);
	if (!error)
		as->brk = end;
	end = as->brk;
	spin_unlock(&as->layout_lock);
	return end;
}
