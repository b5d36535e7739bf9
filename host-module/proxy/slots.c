// SPDX-License-Identifier: GPL-2.0
/* The proxy's mapping of its process's slots (kernel/abi/slot.h). */
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "host-module/partition/mem.h"
#include "host-module/proxy/proc.h"
#include "host-module/proxy/vma.h"

static struct lwk_proc *proc_of(const struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

/* The page that a proxy's workers see when the LWK is gone: it has no
 * requests. A proxy that died of a signal instead could not say what
 * happened. Caller holds slots_lock. */
static u64 empty_slots(struct lwk_proc *proc)
{
	lockdep_assert_held(&proc->slots_lock);
	if (!proc->empty_slots)
		proc->empty_slots = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return proc->empty_slots ? PFN_PHYS(page_to_pfn(proc->empty_slots)) : 0;
}

/* A page of slots that the LWK has made known, checked; 0: there is none. Caller
 * holds slots_lock. */
static u64 slot_page(const struct lwk_proc *proc, unsigned long number)
{
	u64 phys = smp_load_acquire(&proc->page->slot_page[number]);

	lockdep_assert_held(&proc->slots_lock);
	if (phys % PAGE_SIZE ||
	    !lwk_memory_is_free_range(&proc->inst->memory, phys, PAGE_SIZE))
		return 0;
	return phys;
}

static vm_fault_t slots_fault(struct vm_fault *vmf)
{
	struct lwk_proc *proc = proc_of(vmf->vma);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	u64 frame;

	mutex_lock(&proc->slots_lock);
	frame = proc->dead ? empty_slots(proc) : slot_page(proc, vmf->pgoff);
	if (frame)
		ret = vmf_insert_pfn(vmf->vma, vmf->address, PHYS_PFN(frame));
	mutex_unlock(&proc->slots_lock);
	return ret;
}

static void slots_open(struct vm_area_struct *vma)
{
	atomic_inc(&proc_of(vma)->vmas);
}

static void slots_close(struct vm_area_struct *vma)
{
	atomic_dec(&proc_of(vma)->vmas);
}

static int slots_may_split(struct vm_area_struct *vma, unsigned long at)
{
	return lwk_vma_may_split(&proc_of(vma)->vmas);
}

static const struct vm_operations_struct slots_ops = {
	.open = slots_open,
	.close = slots_close,
	.may_split = slots_may_split,
	.fault = slots_fault,
};

int lwk_slots_mmap(struct lwk_proc *proc, struct vm_area_struct *vma)
{
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	if (!(vma->vm_flags & VM_SHARED) ||
	    vma->vm_pgoff != LWK_MMAP_SLOTS >> PAGE_SHIFT ||
	    vma->vm_end - vma->vm_start > LWK_SLOT_PAGES * PAGE_SIZE)
		return -EINVAL;
	return lwk_vma_set_up(vma, &proc->vmas, &slots_ops);
}

void lwk_slots_cut(struct lwk_proc *proc)
{
	mutex_lock(&proc->slots_lock);
	WRITE_ONCE(proc->dead, true);
	lwk_parent_forget(proc);
	unmap_mapping_range(&proc->mapping, 0, 0, 1);
	mutex_unlock(&proc->slots_lock);
}
