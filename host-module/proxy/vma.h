/* SPDX-License-Identifier: GPL-2.0 */
/* What all mappings of the LWK's memory into a proxy are. */
#ifndef LWK_VMA_H
#define LWK_VMA_H

#include <linux/mm.h>

#include "host-module/compat.h"

/* Of one file or one address space: a zap walks those that it touches, on a thread that
 * everybody waits for. */
#define LWK_VMAS_MAX 2048

/* For .open and .close, and .may_split: *count is of those that exist. A few more may
 * come about by CPUs that ask at once. */
static inline int lwk_vma_may_split(atomic_t *count)
{
	return atomic_read(count) < LWK_VMAS_MAX ? 0 : -ENOMEM;
}

/* In .mmap, where the place is right: pages of frames, not executable, gone in a fork's
 * child; counted. 0, -EACCES; -ENOMEM: there are too many. */
static inline int lwk_vma_set_up(struct vm_area_struct *vma, atomic_t *count,
				 const struct vm_operations_struct *ops)
{
	int err = lwk_vma_may_split(count);

	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (err)
		return err;
	atomic_inc(count);
	vm_flags_set(vma,
		     VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_ops = ops;
	return 0;
}

#endif
