/* SPDX-License-Identifier: GPL-2.0 */
/* The proxy's mapping of its process's memory (kernel/abi/procpage.h). */
#ifndef LWK_VM_H
#define LWK_VM_H

#include "proc.h"

/* mmap() of a file of /dev/lwkN; offsets as in ioctl.h. -EINVAL: no process,
 * not shared, or a wrong offset or length; -EACCES: executable. */
int lwk_vm_mmap(struct lwk_proc *proc, struct vm_area_struct *vma);

/* LWK_MSG_ZAP. -EINVAL: no range of the application's. The instance's thread
 * alone. */
int lwk_vm_zap(struct lwk_proc *proc, u64 start, u64 end);

/* Removes all mappings, and no fault puts any there again; in the slot page's
 * place comes an empty one. Sleeps. */
void lwk_vm_cut(struct lwk_proc *proc);

#endif
