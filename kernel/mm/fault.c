/* SPDX-License-Identifier: GPL-2.0 */
/* Making pages present: on faults, for the proxy, and at mmap(). */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/mm/area.h"
#include "kernel/mm/page_alloc.h"

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
			va = ALIGN_DOWN(va, m.bytes) + m.bytes;
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

int aspace_fault(struct aspace *as, vaddr_t va, uint32_t access)
{
	struct mapping m;
	struct area *a;
	int error = 0;

	va = ALIGN_DOWN(va, PAGE_SIZE);
	spin_lock(&as->lock);
	a = area_find(as, va);
	if (!a) {
		error = -EFAULT;
	} else if (!allowed(a, access)) {
		error = -EACCES;
	} else if (!arch_mmu_lookup(as->root, va, &m)) {
		vaddr_t start = MAX(ALIGN_DOWN(va, FAULT_AROUND), a->start);
		vaddr_t end = MIN(ALIGN_DOWN(va, FAULT_AROUND) + FAULT_AROUND,
				  a->end);

		error = add_pages(as, a, va, va + PAGE_SIZE);
		if (!error)
			add_pages(as, a, start, end); /* as far as it goes */
	} else {
		/* Present: a stale translation; or without rights for now, while
		 * its pages are taken away, and then the access comes again. */
		arch_mmu_flush(va, va + PAGE_SIZE);
	}
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
		} else {
			stop = MIN(end, a->end);
			error = add_pages(as, a, va, stop);
			va = stop;
		}
	}
	spin_unlock(&as->lock);
	return error;
}
