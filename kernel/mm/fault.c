/* SPDX-License-Identifier: GPL-2.0 */
/* Making pages present: on faults, for the proxy, and at mmap(). */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/lib/string.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace_priv.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/mm/shootdown.h"

/* A fault after a page that is present brings in the rest of an aligned block of this
 * size, because the program touches memory in order, and a fault costs as much as
 * zeroing half a page. A fault elsewhere brings in one page. */
#define FAULT_AROUND (16 * PAGE_SIZE)

/* The most that one fault brings in of small pages. A fault of the proxy brings in
 * that much, because the proxy goes on from what it touches, and its faults are
 * expensive. */
#define FAULT_MOST (64 * PAGE_SIZE)

static bool allowed(const struct area *a, uint32_t access)
{
	return a->prot && (a->prot & access) == access;
}

static bool large_fits(const struct area *a, vaddr_t va)
{
	vaddr_t base = ALIGN_DOWN(va, LARGE_SIZE);

	return base >= a->start && base + LARGE_SIZE <= a->end &&
	       !(a->flags & AREA_GROWS_DOWN);
}

/* Whether to put a large page over va of area a. */
static bool wants_large(struct aspace *as, const struct area *a, vaddr_t va)
{
	struct mapping m;

	return a && large_fits(a, va) && !arch_mmu_lookup(as->root, va, &m) &&
	       m.bytes >= LARGE_SIZE;
}

/* Put a large page over va. It is zeroed before the lock is taken; -EAGAIN: things
 * have changed meanwhile; -ENOMEM: there is none. */
static int add_large(struct aspace *as, vaddr_t va)
{
	vaddr_t base = ALIGN_DOWN(va, LARGE_SIZE);
	paddr_t frame = page_alloc_zeroed(LARGE_ORDER);
	const struct area *a;
	int error = -EAGAIN;

	if (!frame)
		return -ENOMEM;
	spin_lock(&as->lock);
	a = area_find(as, va);
	if (wants_large(as, a, va))
		error = arch_mmu_map(as->root, base, frame, LARGE_SIZE,
				     a->prot);
	if (!error)
		as->resident_bytes += LARGE_SIZE;
	spin_unlock(&as->lock);
	if (error)
		page_free(frame, LARGE_ORDER);
	return error;
}

int aspace_add_pages(struct aspace *as, const struct area *a, vaddr_t start,
		     vaddr_t end)
{
	while (start < end) {
		vaddr_t stop =
			MIN(ALIGN_DOWN(start, LARGE_SIZE) + LARGE_SIZE, end);
		uint64_t added;
		bool done =
			arch_mmu_fill(as->root, start, stop, a->prot, &added);

		as->resident_bytes += added * PAGE_SIZE;
		if (!done)
			return -ENOMEM;
		start = stop;
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

/* Whether the fault at va goes on from earlier ones. A stack begins at its
 * end. */
static bool goes_on(struct aspace *as, const struct area *a, vaddr_t va)
{
	struct mapping m;

	if (a->flags & AREA_GROWS_DOWN)
		return va + PAGE_SIZE == a->end ||
		       arch_mmu_lookup(as->root, va + PAGE_SIZE, &m);
	return va > a->start && arch_mmu_lookup(as->root, va - PAGE_SIZE, &m);
}

/* Small pages: the one at va, and perhaps some around it. */
static int fault_around(struct aspace *as, const struct area *a, vaddr_t va,
			uint64_t ahead)
{
	int error = aspace_add_pages(as, a, va, va + PAGE_SIZE);
	vaddr_t start = ALIGN_DOWN(va, FAULT_AROUND);
	vaddr_t end = ahead ? va + ahead : start + FAULT_AROUND;

	if (!error && (ahead || goes_on(as, a, va)))
		/* As far as it goes. */
		aspace_add_pages(
			as, a,
			a->flags & AREA_GROWS_DOWN ? MAX(start, a->start) : va,
			MIN(end, a->end));
	return error;
}

/* A page that Linux lends. If it was lent to be read and is written, the LWK asks for
 * it again. */
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

/* Handle a fault in area a, but for a large page. Caller holds the lock. */
static int fault_in(struct aspace *as, const struct area *a, vaddr_t va,
		    uint32_t access, uint64_t ahead)
{
	struct mapping m;

	if (a->flags & AREA_LINUX)
		return linux_fault(as, a, va, access);
	if (!arch_mmu_lookup(as->root, va, &m))
		return fault_around(as, a, va, ahead);
	if (m.cow && m.prot && (access & PAGE_WRITE))
		return break_sharing(as, a, va, &m);
	/* Present: a stale translation; or without rights for now, while its pages
	 * are taken away, and then the access comes again. */
	arch_mmu_flush(va, va + PAGE_SIZE);
	return 0;
}

/* `ahead`: how much to bring in, from the page on; 0: as the earlier faults suggest.
 * `small`: no large page. */
static int fault(struct aspace *as, vaddr_t va, uint32_t access, uint64_t ahead,
		 bool small)
{
	int error;

	va = ALIGN_DOWN(va, PAGE_SIZE);
	do {
		bool large = false;
		struct area *a;

		spin_lock(&as->lock);
		a = area_find(as, va);
		error = !a ? -EFAULT : allowed(a, access) ? 0 : -EACCES;
		if (!error && !small && !(a->flags & AREA_LINUX))
			large = wants_large(as, a, va);
		if (!error && !large)
			error = fault_in(as, a, va, access, ahead);
		spin_unlock(&as->lock);
		if (!large)
			break;
		error = add_large(as, va);
		small = error == -ENOMEM;
	} while (error);
	return error;
}

int aspace_fault(struct aspace *as, vaddr_t va, uint32_t access, uint64_t ahead)
{
	return fault(as, va, access, MIN(ahead, (uint64_t)FAULT_MOST),
		     ahead && ahead < LARGE_SIZE);
}

int aspace_fault_of_proxy(struct aspace *as, vaddr_t va, uint32_t access)
{
	return fault(as, va, access, FAULT_MOST, false);
}

/* ---- Filling ----------------------------------------------------------- */

#define ANY_RIGHTS (~0U)

/* Fill from va on, at most to `end`, to the next border of a large page or an area;
 * *va is then where to go on. */
static int fill_some(struct aspace *as, vaddr_t *va, vaddr_t end,
		     uint32_t access, bool *small)
{
	vaddr_t stop = MIN(ALIGN_DOWN(*va, LARGE_SIZE) + LARGE_SIZE, end);
	bool large = false;
	struct area *a;
	int error = 0;

	spin_lock(&as->lock);
	a = area_find(as, *va);
	if (!a)
		error = -EFAULT;
	else if (access != ANY_RIGHTS && !allowed(a, access))
		error = -EACCES;
	else
		stop = MIN(stop, a->end);
	/* Linux lends a page when it is touched. */
	if (!error && !(a->flags & AREA_LINUX)) {
		large = !*small && wants_large(as, a, *va);
		if (!large)
			error = aspace_add_pages(as, a, *va, stop);
	}
	spin_unlock(&as->lock);
	if (large) {
		error = add_large(as, *va);
		*small = error == -ENOMEM;
		return *small || error == -EAGAIN ? 0 : error;
	}
	*small = false;
	if (!error)
		*va = stop;
	return error;
}

static int fill(struct aspace *as, vaddr_t va, vaddr_t end, uint32_t access)
{
	bool small = false;
	int error = 0;

	while (va < end && !error)
		error = fill_some(as, &va, end, access, &small);
	return error;
}

int aspace_populate(struct aspace *as, vaddr_t start, uint64_t bytes,
		    uint32_t access)
{
	return fill(as, ALIGN_DOWN(start, PAGE_SIZE),
		    ALIGN_UP(start + bytes, PAGE_SIZE), access);
}

int aspace_fill(struct aspace *as, vaddr_t start, vaddr_t end)
{
	return fill(as, start, end, ANY_RIGHTS);
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
