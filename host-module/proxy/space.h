/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces of the LWK, as proxies map them (kernel/abi/procpage.h).
 *
 * A space has a handle and a root table; a process has one at a time, and a child of
 * vfork() has its parent's. A proxy maps it through a separate file, a view, which counts
 * as a file of its process: the process is released when its own file and all of its
 * views are closed, so that nothing of it is mapped.
 */
#ifndef LWK_SPACE_H
#define LWK_SPACE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "host-module/instance.h"

struct lwk_proc;

struct lwk_space {
	struct kref ref;
	struct lwk_instance *inst; /* with a reference */
	u64 handle;
	u64 root; /* physical address of its PML4 */

	/* All VMAs of its views, so that a zap walks only them. Page offsets are
	 * those that mmap() got. */
	struct address_space mapping;
	atomic_t vmas; /* at most LWK_VMAS_MAX */

	/* procpage.h has the protocol. All change under zap_lock. */
	struct mutex zap_lock;
	u64 sequence;
	bool dead; /* the LWK's memory no longer belongs to this space */

	/* lend.c: address >> PAGE_SHIFT -> a page that the LWK reaches. Changes
	 * under lend_lock, which is held across a request to the LWK. */
	struct mutex lend_lock;
	struct xarray lent;
	unsigned long replaced; /* how many others are in its upper part */

	struct work_struct free_work;
};

struct lwk_view {
	struct lwk_space *space;
	struct lwk_proc *proc;
};

/* LWK_IOC_SPACE: a file that maps the space that the process has now. A descriptor;
 * -EBUSY: the process has a view. */
int lwk_space_open(struct lwk_proc *proc);

/* The space with that handle and a reference, or NULL. */
struct lwk_space *lwk_space_get(struct lwk_instance *inst, u64 handle);
void lwk_space_put(struct lwk_space *space);

/* For all spaces of an instance: unmaps everything, keeps faults from mapping anything
 * again, and makes their handles invalid. Sleeps. */
void lwk_spaces_cut(struct lwk_instance *inst);

/* ---- vm.c -------------------------------------------------------------- */

/* mmap() of a view. -EINVAL: not shared, or a wrong offset or length; -EACCES:
 * executable. */
int lwk_space_mmap(struct lwk_view *view, struct vm_area_struct *vma);

/* LWK_MSG_ZAP. -EINVAL: not a range of the application's. Called by the
 * instance's thread only. */
int lwk_space_zap(struct lwk_space *space, u64 start, u64 end);

/* Caller holds zap_lock. */
void lwk_space_bump(struct lwk_space *space);

#endif
