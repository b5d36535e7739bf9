/* SPDX-License-Identifier: GPL-2.0 */
/* Making pages present: on faults, for the proxy, and at mmap(). */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/lib/string.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace_priv.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/mm/shootdown.h"

/* A fault brings in this much, aligned, where the area reaches so far: programs
 * touch memory in order, and a fault costs more than the pages' zeroing. */
#define FAULT_AROUND (16 * PAGE_SIZE)

static bool allowed(const struct area *a, uint32_t access)
{
	return a->prot && (a->prot & access) == access;
}

/* One page of `bytes` at va, zeroed. */
static int add_page(struct aspace *as, const struct area *a, vaddr_t va,
		    uint64_t bytes)
{
	unsigned int order = bytes == LARGE_SIZE ? LARGE_ORDER : 0;
	paddr_t frame = page_alloc_zeroed(order);
	int error;

	if (!frame)
		return -ENOMEM;
	error = arch_mmu_map(as->root, va, frame, bytes, a->prot);
	if (error)
		page_free(frame, order);
	else
		as->resident_bytes += bytes;
	return error;
}

static bool large_fits(const struct area *a, vaddr_t va)
{
	vaddr_t base = ALIGN_DOWN(va, LARGE_SIZE);

	return base >= a->start && base + LARGE_SIZE <= a->end &&
	       !(a->flags & AREA_GROWS_DOWN);
}

/* Make [start, end) of area a present; what is there stays. Caller holds the
 * lock. */
static int add_pages(struct aspace *as, const struct area *a, vaddr_t start,
		     vaddr_t end)
{
	struct mapping m;
	vaddr_t va = start;
	int error;

	while (va < end) {
		if (arch_mmu_lookup(as->root, va, &m)) {
			va = mapping_step(va, &m);
			continue;
		}
		if (m.bytes >= LARGE_SIZE && large_fits(a, va) &&
		    !add_page(as, a, ALIGN_DOWN(va, LARGE_SIZE), LARGE_SIZE))
			continue;
		error = add_page(as, a, va, PAGE_SIZE);
		if (error)
			return error;
		va += PAGE_SIZE;
	}
	return 0;
}

/* ---- Copy on write. Callers hold the lock. ------------------------------ */

/* Another frame, or more rights, for the page at va. The old frame may be freed
 * afterwards. */
static void replace(struct aspace *as, const struct area *a, vaddr_t va,
		    const struct mapping *m, paddr_t frame)
{
	bool zap = arch_mmu_replace(as->root, va, m, frame, a->prot);

	if (frame != m->frame)
		shootdown(as, va, va + m->bytes);
	else
		arch_mmu_flush(va, va + m->bytes);
	/* The module's thread, which answers, takes no lock of ours. */
	if (zap)
		aspace_zap(as, va, va + m->bytes);
}

static int copy_page(struct aspace *as, const struct area *a, vaddr_t va,
		     const struct mapping *m)
{
	paddr_t frame = page_alloc(0);

	if (!frame)
		return -ENOMEM;
	memcpy(phys_to_virt(frame), phys_to_virt(m->frame), PAGE_SIZE);
	replace(as, a, va, m, frame);
	page_free(m->frame, 0);
	return 0;
}

/* A write to a page that is shared. */
static int break_sharing(struct aspace *as, const struct area *a, vaddr_t va,
			 struct mapping *m)
{
	bool large = m->bytes == LARGE_SIZE;

	if (large && (!page_is_whole(m->frame, LARGE_ORDER) ||
		      !page_is_sole(m->frame))) {
		if (aspace_split_large(as, va))
			return -ENOMEM;
		arch_mmu_lookup(as->root, va, m);
		large = false;
	}
	if (page_is_sole(m->frame)) {
		replace(as, a, large ? ALIGN_DOWN(va, LARGE_SIZE) : va, m,
			m->frame);
		return 0;
	}
	return copy_page(as, a, va, m);
}

/* ---- Faults ------------------------------------------------------------ */

static int fault_around(struct aspace *as, const struct area *a, vaddr_t va)
{
	vaddr_t start = MAX(ALIGN_DOWN(va, FAULT_AROUND), a->start);
	vaddr_t end = MIN(ALIGN_DOWN(va, FAULT_AROUND) + FAULT_AROUND, a->end);
	int error = add_pages(as, a, va, va + PAGE_SIZE);

	if (!error)
		add_pages(as, a, start, end); /* as far as it goes */
	return error;
}

/* Of memory that Linux lends. One that was lent to be read, and is written, is asked for
 * again. */
static int linux_fault(struct aspace *as, const struct area *a, vaddr_t va,
		       uint32_t access)
{
	struct mapping m;

	if (a->flags & AREA_GONE)
		return -EFAULT;
	if (!arch_mmu_lookup(as->root, va, &m) || (m.prot & access) != access)
		return -EREMOTE;
	arch_mmu_flush(va, va + PAGE_SIZE);
	return 0;
}

int aspace_fault(struct aspace *as, vaddr_t va, uint32_t access)
{
	struct mapping m;
	struct area *a;
	int error = 0;

	va = ALIGN_DOWN(va, PAGE_SIZE);
	spin_lock(&as->lock);
	a = area_find(as, va);
	if (!a)
		error = -EFAULT;
	else if (!allowed(a, access))
		error = -EACCES;
	else if (a->flags & AREA_LINUX)
		error = linux_fault(as, a, va, access);
	else if (!arch_mmu_lookup(as->root, va, &m))
		error = fault_around(as, a, va);
	else if (m.cow && m.prot && (access & PAGE_WRITE))
		error = break_sharing(as, a, va, &m);
	else
		/* Present: a stale translation; or without rights for now, while
		 * its pages are taken away, and then the access comes again. */
		arch_mmu_flush(va, va + PAGE_SIZE);
	spin_unlock(&as->lock);
	return error;
}

int aspace_populate(struct aspace *as, vaddr_t start, uint64_t bytes,
		    uint32_t access)
{
	vaddr_t va = ALIGN_DOWN(start, PAGE_SIZE);
	vaddr_t end = ALIGN_UP(start + bytes, PAGE_SIZE);
	int error = 0;

	spin_lock(&as->lock);
	while (va < end && !error) {
		struct area *a = area_find(as, va);
		vaddr_t stop;

		if (!a) {
			error = -EFAULT;
		} else if (!allowed(a, access)) {
			error = -EACCES;
		} else if (a->flags & AREA_LINUX) {
			va = MIN(end, a->end); /* comes when it is touched */
		} else {
			stop = MIN(end, a->end);
			error = add_pages(as, a, va, stop);
			va = stop;
		}
	}
	spin_unlock(&as->lock);
	return error;
}

int aspace_fill(struct aspace *as, vaddr_t start, vaddr_t end)
{
	int error;

	spin_lock(&as->lock);
	error = add_pages(as, area_find(as, start), start, end);
	spin_unlock(&as->lock);
	return error;
}

paddr_t aspace_shared_frame(struct aspace *as, vaddr_t va)
{
	const struct area *a;
	struct mapping m;
	paddr_t at = 0;

	spin_lock(&as->lock);
	a = area_find(as, va);
	if (a && (a->flags & AREA_NOT_COPIED) &&
	    arch_mmu_lookup(as->root, va, &m))
		at = m.frame + (va & (m.bytes - 1));
	spin_unlock(&as->lock);
	return at;
}
