/* SPDX-License-Identifier: GPL-2.0 */
/* Copying an address space for fork(2). See aspace.h. */
#include "kernel/abi/layout.h"
#include "kernel/mm/area.h"
#include "kernel/mm/aspace_priv.h"
#include "kernel/mm/shootdown.h"

/* The page at va of `from` is in `to` as well; *zap: the proxy must be told. */
static int share_page(struct aspace *from, struct aspace *to, vaddr_t va,
		      struct mapping *m, bool copies, bool *zap)
{
	if (page_hold_all(m->frame, mapping_order(m)))
		return -1;
	if (copies)
		*zap |= arch_mmu_share(from->root, va, m);
	if (arch_mmu_map_as(to->root, va, m)) {
		page_free_all(m->frame, mapping_order(m));
		return -1;
	}
	to->resident_bytes += m->bytes;
	return 0;
}

static int share_pages(struct aspace *from, struct aspace *to,
		       const struct area *a, bool *zap)
{
	struct mapping m;
	vaddr_t va;

	for (va = a->start; va < a->end; va = mapping_step(va, &m))
		if (arch_mmu_lookup(from->root, va, &m) &&
		    share_page(from, to, va, &m, !(a->flags & AREA_NOT_COPIED),
			       zap))
			return -1;
	return 0;
}

/* Caller holds both locks of `from`. */
static int copy_areas(struct aspace *from, struct aspace *to, bool *zap)
{
	struct list *n;

	list_for_each(n, &from->areas) {
		struct area *a = list_entry(n, struct area, node);

		if (!area_insert_like(to, a->start, a->end, a))
			return -1;
		/* The child's own proxy lends it Linux's pages. */
		if (!(a->flags & AREA_LINUX) && share_pages(from, to, a, zap))
			return -1;
	}
	return 0;
}

struct aspace *aspace_fork(struct aspace *from, uint64_t handle)
{
	struct aspace *to = aspace_new(from->mmap_top, handle);
	bool zap = false;
	int error;

	if (!to)
		return NULL;
	spin_lock(&from->layout_lock);
	spin_lock(&from->lock);
	error = copy_areas(from, to, &zap);
	to->brk_start = from->brk_start;
	to->brk = from->brk;
	to->has_linux = from->has_linux;
	to->stack_start = from->stack_start;
	to->arguments = from->arguments;
	to->arguments_end = from->arguments_end;
	to->environment_end = from->environment_end;
	to->auxv = from->auxv;
	to->auxv_bytes = from->auxv_bytes;
	/* From here on nobody writes to what is shared. */
	shootdown(from, LWK_APP_MIN, LWK_APP_END);
	spin_unlock(&from->lock);
	if (zap)
		aspace_zap(from, LWK_APP_MIN, LWK_APP_END);
	spin_unlock(&from->layout_lock);
	if (error) {
		aspace_put(to);
		return NULL;
	}
	return to;
}
