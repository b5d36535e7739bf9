/* SPDX-License-Identifier: GPL-2.0 */
/* What all mappings of the LWK's memory into a proxy are. */
#ifndef LWK_VMA_H
#define LWK_VMA_H

#include <linux/mm.h>

#include "compat.h"

/* In .mmap, where the place is right: pages of frames, not executable, gone in a fork's
 * child. 0, -EACCES. */
static inline int lwk_vma_set_up(struct vm_area_struct *vma,
				 const struct vm_operations_struct *ops)
{
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_set(vma,
		     VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_ops = ops;
	return 0;
}

#endif
