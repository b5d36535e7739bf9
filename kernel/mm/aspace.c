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

/* Up to this many pages are unmapped without a second look at the tables. */
#define TAKE_PAGES 16

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

/* Linux gets its pages back with the end of the process. */
static void free_frame(paddr_t frame)
{
	if (page_is_ours(frame))
		page_free(frame, 0);
}

/* Small pages, of one block of LARGE_SIZE; with their table, where it is empty then
 * and the module has not looked into it again. */
static void free_small(struct aspace *as, vaddr_t start, vaddr_t end)
{
	paddr_t frames[TAKE_PAGES], table;
	vaddr_t va, next;
	bool seen;

	for (va = start; va < end; va = next) {
		uint64_t n;

		next = MIN(va + TAKE_PAGES * PAGE_SIZE, end);
		n = arch_mmu_take(as->root, va, next, frames, &seen);
		as->resident_bytes -= n * PAGE_SIZE;
		while (n--)
			free_frame(frames[n]);
	}
	table = arch_mmu_take_table(as->root, start, NULL);
	if (table) {
		shootdown(as, start, start + PAGE_SIZE);
		page_free(table, 0);
	}
}

static void free_large(struct aspace *as, vaddr_t va, const struct mapping *m)
{
	arch_mmu_unmap(as->root, va, m);
	as->resident_bytes -= m->bytes;
	page_free_all(m->frame, LARGE_ORDER);
}

/* Free pages that nothing can reach any more. */
static void free_pages(struct aspace *as, vaddr_t start, vaddr_t end)
{
	vaddr_t va, next;

	for (va = start; va < end; va = next) {
		struct mapping m;
		bool there = arch_mmu_lookup(as->root, va, &m);

		next = mapping_step(va, &m);
		if (m.bytes == PAGE_SIZE) {
			next = MIN(ALIGN_DOWN(va, LARGE_SIZE) + LARGE_SIZE,
				   end);
			free_small(as, va, next);
		} else if (there) {
			free_large(as, va, &m);
		}
	}
}

/* No thread uses it, and the proxy's mapping is gone. */
static void aspace_free(struct aspace *as)
{
	struct list *n;

	shootdown_all(as);
	list_for_each(n, &as->areas) {
		struct area *a = list_entry(n, struct area, node);

		free_pages(as, a->start, a->end);
	}
	ASSERT(!as->resident_bytes); /* pages are in areas only */
	area_remove(as, area_first_above(as, 0), LWK_APP_END);
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

	if (!arch_mmu_is_large(as->root, va))
		return 0;
	arch_mmu_lookup(as->root, va, &m);
	if (arch_mmu_split(as->root, va))
		return -ENOMEM;
	page_split(m.frame, LARGE_ORDER);
	return 0;
}

/* Split large pages that contain start or end. */
static int split_pages(struct aspace *as, vaddr_t start, vaddr_t end)
{
	vaddr_t last = ALIGN_DOWN(end, LARGE_SIZE);
	int error = 0;

	if (!IS_ALIGNED(start, LARGE_SIZE))
		error = aspace_split_large(as, start);
	if (!error && last != end &&
	    (last != ALIGN_DOWN(start, LARGE_SIZE) || last == start))
		error = aspace_split_large(as, end);
	return error;
}

/* No page crosses a border of areas, so where no area is cut, no page need be. */
int aspace_make_borders(struct aspace *as, struct area **first, vaddr_t start,
			vaddr_t end)
{
	int cut = area_make_borders(as, first, start, end);

	return cut > 0 ? split_pages(as, start, end) : cut;
}

/* Set the rights of all pages in the range. Returns true where the proxy must be
 * told. */
bool aspace_set_rights(struct aspace *as, vaddr_t start, vaddr_t end,
		       uint32_t prot)
{
	struct rights_change c = {false, false};
	vaddr_t va = start;

	while (va < end)
		va = arch_mmu_set_rights(as->root, va, end, prot, &c);
	if (c.changed)
		shootdown(as, start, end);
	return c.zap;
}

static int check_range(vaddr_t start, uint64_t *bytes)
{
	if (!IS_ALIGNED(start, PAGE_SIZE) || !*bytes || *bytes > LWK_APP_END ||
	    start > LWK_APP_END)
		return -EINVAL;
	*bytes = ALIGN_UP(*bytes, PAGE_SIZE);
	return *bytes > LWK_APP_END - start ? -EINVAL : 0;
}

/* Pages that were taken out of a space and are not free yet. */
struct taken {
	paddr_t frame[TAKE_PAGES];
	paddr_t table[2]; /* emptied by that; 0 = none */
	uint64_t count;
	bool seen; /* the proxy may have been there */
};

/* Of a part of one block of LARGE_SIZE. Caller holds the lock. */
static paddr_t take_part(struct aspace *as, struct taken *t, vaddr_t start,
			 vaddr_t end)
{
	bool seen;
	uint64_t n =
		arch_mmu_take(as->root, start, end, &t->frame[t->count], &seen);
	paddr_t table = n ? arch_mmu_take_table(as->root, start, &seen) : 0;

	t->count += n;
	t->seen |= seen;
	as->resident_bytes -= n * PAGE_SIZE;
	return table;
}

/* Unmap a few pages: their entries go at once, and the frames are kept aside. Caller
 * holds both locks; the areas are gone. */
static void take_few(struct aspace *as, vaddr_t start, vaddr_t end,
		     struct taken *t)
{
	vaddr_t middle = MIN(ALIGN_UP(start + 1, LARGE_SIZE), end);

	t->count = 0;
	t->seen = false;
	t->table[0] = take_part(as, t, start, middle);
	t->table[1] = middle < end ? take_part(as, t, middle, end) : 0;
	if (t->count)
		shootdown(as, start, end);
}

static void free_taken(const struct taken *t)
{
	uint64_t i;

	for (i = 0; i < t->count; i++)
		free_frame(t->frame[i]);
	for (i = 0; i < 2; i++)
		if (t->table[i])
			page_free(t->table[i], 0);
}

/* Take away areas and pages of a range of at most TAKE_PAGES. Caller holds
 * layout_lock. */
static int forget_few(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct area *first;
	struct taken taken;
	int error;

	spin_lock(&as->lock);
	first = area_first_above(as, start);
	error = aspace_make_borders(as, &first, start, end);
	if (!error) {
		area_remove(as, first, end);
		take_few(as, start, end, &taken);
	}
	spin_unlock(&as->lock);
	if (error)
		return error;
	if (taken.seen)
		aspace_zap(as, start, end);
	free_taken(&taken);
	return 0;
}

/* Take the pages of a range away and free them; with `forget`, its areas too.
 * Caller holds layout_lock, not lock. */
int aspace_take_away(struct aspace *as, vaddr_t start, vaddr_t end, bool forget)
{
	struct area *first;
	bool zap;
	int error;

	if (forget && end - start <= TAKE_PAGES * PAGE_SIZE)
		return forget_few(as, start, end);
	spin_lock(&as->lock);
	first = area_first_above(as, start);
	error = forget ? aspace_make_borders(as, &first, start, end)
		       : split_pages(as, start, end);
	if (error) {
		spin_unlock(&as->lock);
		return error;
	}
	if (forget)
		area_remove(as, first, end);
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

/* As check_range(), for calls that give ENOMEM for a range that is not
 * mapped, or lies beyond the application's. */
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
	error = area_covering(as, start, start + bytes, &flags) ? 0 : -ENOMEM;
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
	 * rights, and must wait: see fault.c. */
	if (!area_covering(as, start, start + bytes, &flags))
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
	struct area *first;
	bool zap = false;
	uint32_t flags;

	if (error)
		return error;
	spin_lock(&as->layout_lock);
	spin_lock(&as->lock);
	first = area_covering(as, start, end, &flags);
	if (!first) {
		error = -ENOMEM;
	} else if (flags & AREA_FIXED_RIGHTS) {
		error = -EACCES;
	} else if (aspace_make_borders(as, &first, start, end)) {
		error = -ENOMEM;
	} else {
		area_set_prot(as, first, end, prot);
		zap = aspace_set_rights(as, start, end, prot);
	}
	spin_unlock(&as->lock);
	if (zap)
		aspace_zap(as, start, end);
	spin_unlock(&as->layout_lock);
	return error;
}

/* Whether a mapping of this kind is populated before mmap() returns. A small mapping
 * will be used; a large one may not be. */
static bool populate_at_once(const struct map_request *r)
{
	return r->prot && r->bytes <= FILL_AT_ONCE &&
	       !(r->flags & (AREA_LAZY | AREA_GROWS_DOWN | AREA_SHARED));
}

/* Whether it is more than the LWK can ever give. A mapping without access
 * gets nothing, and a stack rarely grows to its limit. */
static bool is_too_much(const struct map_request *r)
{
	if (r->flags & AREA_SHARED)
		return !page_free_at_least(r->bytes);
	return r->prot && !(r->flags & (AREA_LAZY | AREA_GROWS_DOWN)) &&
	       !page_free_at_least(r->bytes);
}

/* Choose the place of the request. Caller holds layout_lock. 0 or -errno. */
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

/* Make the area, and the pages that must be there at once. Caller holds
 * layout_lock. */
static int insert(struct aspace *as, vaddr_t at, const struct map_request *r)
{
	struct area *a;
	int error = 0;

	spin_lock(&as->lock);
	a = area_insert(as, at, at + r->bytes, r->prot, r->flags);
	if (!a)
		error = -ENOMEM;
	else if (populate_at_once(r))
		error = aspace_add_pages(as, a, at, at + r->bytes);
	spin_unlock(&as->lock);
	if (!error && (r->flags & AREA_SHARED))
		error = aspace_fill(as, at, at + r->bytes);
	if (a && error)
		aspace_take_away(as, at, at + r->bytes, true);
	return error;
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
	if (!error)
		error = insert(as, *out, &r);
	spin_unlock(&as->layout_lock);
	return error;
}

int aspace_set_file(struct aspace *as, vaddr_t start, uint64_t bytes,
		    uint32_t file, uint64_t offset)
{
	struct area *first;
	int error;

	spin_lock(&as->layout_lock);
	spin_lock(&as->lock);
	first = area_first_above(as, start);
	error = area_make_borders(as, &first, start, start + bytes);
	if (error >= 0)
		area_set_file(as, first, start + bytes, file, offset);
	spin_unlock(&as->lock);
	spin_unlock(&as->layout_lock);
	return MIN(error, 0);
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

/* Map frames at a free place; release those that cannot be mapped. Caller
 * holds layout_lock. */
static int insert_frames(struct aspace *as, vaddr_t at, paddr_t frame,
			 uint64_t bytes, const struct area *like)
{
	uint64_t done = 0;

	spin_lock(&as->lock);
	/* In one go, so that no fault can put pages of its own there. */
	if (area_insert(as, at, at + bytes, like->prot, like->flags))
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
	const struct map_request r = {.bytes = to - from,
				      .prot = PAGE_READ | PAGE_WRITE};

	if (to > as->mmap_top || (a && a->start < to) ||
	    !page_free_at_least(to - from))
		return -ENOMEM;
	return insert(as, from, &r);
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
