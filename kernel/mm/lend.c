/* SPDX-License-Identifier: GPL-2.0 */
/* Linux's memory that Linux lends to programs, page by page. */
/*
 * The proxy maps the file at the same address. When a thread touches a page, the proxy
 * asks the module to pin and lend it (LWK_MSG_LEND); it stays pinned until the LWK has
 * said that no CPU reaches it any more (LWK_MSG_TAKE_BACK), or the process is gone. So
 * the areas' pages are never freed here, and a frame of Linux never meets page_free().
 *
 * Unmapping has two sides, and neither may go first: the area is marked GONE, so that
 * nothing is lent and nothing else is put there; the proxy unmaps and takes back; then
 * the area goes (exec/linux_map.c).
 */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace_priv.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/mm/shootdown.h"

bool aspace_find_linux(struct aspace *as, vaddr_t *start, vaddr_t *end)
{
	const struct area *a;
	bool found = false;

	if (!__atomic_load_n(&as->has_linux, __ATOMIC_RELAXED))
		return false;
	spin_lock(&as->lock);
	for (a = area_first_above(as, *start); a && a->start < *end && !found;
	     a = area_first_above(as, a->end))
		if (a->flags & AREA_LINUX) {
			*start = MAX(*start, a->start);
			*end = MIN(*end, a->end);
			found = true;
		}
	spin_unlock(&as->lock);
	return found;
}

/* Caller holds both locks. */
static void drop_entries(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct mapping m;
	bool any = false;
	vaddr_t va;

	for (va = start; va < end; va = mapping_step(va, &m)) {
		if (!arch_mmu_lookup(as->root, va, &m) || page_is_ours(m.frame))
			continue;
		arch_mmu_unmap(as->root, va, &m);
		as->resident_bytes -= m.bytes;
		any = true;
	}
	if (any)
		shootdown(as, start, end);
}

int aspace_take_back(struct aspace *as, vaddr_t start, vaddr_t end, bool gone)
{
	struct area *first;
	int error = 0;

	spin_lock(&as->layout_lock);
	spin_lock(&as->lock);
	first = area_first_above(as, start);
	if (gone)
		error = aspace_make_borders(as, &first, start, end);
	if (gone && !error)
		area_add_flags(as, first, end, AREA_LINUX, AREA_GONE);
	if (!error)
		drop_entries(as, start, end);
	spin_unlock(&as->lock);
	spin_unlock(&as->layout_lock);
	return error;
}

int aspace_lend(struct aspace *as, vaddr_t va, paddr_t frame, bool write)
{
	const struct area *a;
	struct mapping m;
	int error = -EFAULT;

	spin_lock(&as->lock);
	a = area_find(as, va);
	if (a && (a->flags & (AREA_LINUX | AREA_GONE)) == AREA_LINUX &&
	    a->prot && IS_ALIGNED(frame | va, PAGE_SIZE)) {
		/* An earlier page, lent for reading, may be in its place. */
		if (arch_mmu_lookup(as->root, va, &m)) {
			arch_mmu_unmap(as->root, va, &m);
			shootdown(as, va, va + PAGE_SIZE);
			as->resident_bytes -= m.bytes;
		}
		error = arch_mmu_map(as->root, va, frame, PAGE_SIZE,
				     write ? a->prot
					   : a->prot & ~(uint32_t)PAGE_WRITE);
	}
	if (!error)
		as->resident_bytes += PAGE_SIZE;
	spin_unlock(&as->lock);
	return error;
}

int aspace_map_linux(struct aspace *as, const struct map_request *request,
		     vaddr_t *out)
{
	struct map_request r = *request;

	/* It has no access at first, so that no page is put there. */
	r.flags = AREA_LINUX | AREA_LAZY;
	__atomic_store_n(&as->has_linux, true, __ATOMIC_RELAXED);
	return aspace_map(as, &r, out);
}
