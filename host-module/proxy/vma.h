/* SPDX-License-Identifier: GPL-2.0 */
/* What all mappings of the LWK's memory into a proxy have in common. */
#ifndef LWK_VMA_H
#define LWK_VMA_H

#include <linux/mm.h>

#include "host-module/compat.h"

/* The most VMAs of one file or one address space: a zap walks those that it touches,
 * in a thread for which all wait. */
#define LWK_VMAS_MAX 2048

/* For .open, .close and .may_split. *count is the number of VMAs that exist. CPUs that
 * ask at the same time may exceed the limit by a few. */
static inline int lwk_vma_may_split(atomic_t *count)
{
	return atomic_read(count) < LWK_VMAS_MAX ? 0 : -ENOMEM;
}

/* Called in .mmap, after the range was checked: the VMA maps frames, is not
 * executable, is absent in a fork's child, and is counted. 0, -EACCES; -ENOMEM: there
 * are too many. */
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
