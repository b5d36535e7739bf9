// SPDX-License-Identifier: GPL-2.0
/* The proxy's mapping of its process's memory (kernel/abi/procpage.h).
 *
 * A fault looks the page up in the LWK's tables and inserts its frame with the
 * LWK's permissions. Between look-up and insertion the LWK may take the page
 * away; a zap's sequence number tells, under the zap mutex (procpage.h). Only
 * insertions made under that mutex exist: pfn_mkwrite, too, replaces the entry
 * itself and returns VM_FAULT_NOPAGE. If it returned 0, Linux would make the
 * entry writable after we let go of the mutex, and a page that was taken away,
 * made read-only and read again meanwhile would be writable for the proxy.
 *
 * Lock order: mmap_lock, zap_lock, then Linux's i_mmap_rwsem and page-table
 * locks. Holders of zap_lock never wait for the LWK.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include "host-module/compat.h"
#include "host-module/partition/mem.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/request.h"
#include "host-module/proxy/space.h"
#include "host-module/proxy/vma.h"
#include "host-module/proxy/walk.h"

#define SPACE_PGOFF (LWK_MMAP_SPACE >> PAGE_SHIFT)
#define AROUND_PAGES 16U

/* Each try loses to a zap, or to a populate that was taken away again: a
 * process that does this for ever on purpose only harms its own proxy. */
#define MAX_TRIES 1000

/* For tests: how long a fault waits between looking a page up and inserting it,
 * so that it surely loses the race against a zap. */
static unsigned int test_fault_delay_ms;
module_param(test_fault_delay_ms, uint, 0600);
MODULE_PARM_DESC(test_fault_delay_ms, "for tests: makes faults lose races");

static struct lwk_view *view_of(const struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

static struct lwk_space *space_of(const struct vm_area_struct *vma)
{
	return view_of(vma)->space;
}

static u64 address_at(unsigned long pgoff)
{
	return (u64)(pgoff - SPACE_PGOFF) << PAGE_SHIFT;
}

/* ---- Looking up and inserting ------------------------------------------ */

static u64 sequence(const struct lwk_space *space)
{
	/* Before the walk; pairs with bump(). */
	return smp_load_acquire(&space->sequence);
}

/* Caller holds zap_lock. */
void lwk_space_bump(struct lwk_space *space)
{
	lockdep_assert_held(&space->zap_lock);
	smp_store_release(&space->sequence, space->sequence + 1);
}

/* As lwk_walk(); -EIO, too, where the memory no longer belongs to the
 * process. lwk_halt() waits for this reader section before it reuses the
 * memory. */
static int look_up(struct lwk_space *space, u64 address, struct lwk_leaf *leaf)
{
	int err = -EIO;

	rcu_read_lock();
	if (!READ_ONCE(space->dead) && lwk_instance_live(space->inst))
		err = lwk_walk(&space->inst->memory, space->root, address,
			       leaf);
	rcu_read_unlock();
	return err;
}

static pgprot_t prot_for(const struct vm_area_struct *vma, bool writable)
{
	vm_flags_t flags = vma->vm_flags;

	/* Linux makes no writable entry for a private mapping. */
	return vm_get_page_prot(writable ? flags : flags & ~VM_SHARED);
}

static vm_fault_t insert(struct vm_area_struct *vma, unsigned long at,
			 const struct lwk_leaf *leaf)
{
	return vmf_insert_pfn_prot(vma, at, PHYS_PFN(leaf->frame),
				   prot_for(vma, leaf->writable));
}

/* Inserts what is present in the aligned 64 KiB around the fault as well: same
 * 2 MiB, so it is marked as seen, and same sequence number. Caller holds
 * zap_lock. */
static void insert_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct lwk_space *space = space_of(vma);
	u64 address = address_at(vmf->pgoff);
	u64 low = LWK_ROUND_DOWN(address, AROUND_PAGES * PAGE_SIZE);
	struct lwk_leaf leaf;

	lockdep_assert_held(&space->zap_lock);
	for (unsigned int i = 0; i < AROUND_PAGES; i++) {
		u64 a = low + i * PAGE_SIZE;
		unsigned long at = vmf->address + (a - address);

		if (a == address || at < vma->vm_start || at >= vma->vm_end ||
		    look_up(space, a, &leaf))
			continue;
		if (insert(vma, at, &leaf) != VM_FAULT_NOPAGE)
			break;
		atomic64_inc(&space->inst->proxy_faults);
	}
}

/* -EAGAIN: a zap came between the look-up at sequence seq and now. */
static int insert_checked(struct vm_fault *vmf, const struct lwk_leaf *leaf,
			  u64 seq, bool replace)
{
	struct lwk_space *space = space_of(vmf->vma);
	unsigned int delay_ms = READ_ONCE(test_fault_delay_ms);
	int err = 0;

	if (unlikely(delay_ms))
		msleep(delay_ms);
	mutex_lock(&space->zap_lock);
	if (space->dead) {
		err = -EIO;
	} else if (space->sequence != seq) {
		err = -EAGAIN;
	} else {
		if (replace)
			zap_vma_ptes(vmf->vma, vmf->address, PAGE_SIZE);
		if (insert(vmf->vma, vmf->address, leaf) == VM_FAULT_NOPAGE) {
			atomic64_inc(&space->inst->proxy_faults);
			insert_around(vmf);
		} else {
			err = -ENOMEM;
		}
	}
	mutex_unlock(&space->zap_lock);
	return err;
}

/* Has the LWK make the page present, or writable. */
static int populate(struct lwk_proc *proc, u64 address, bool write)
{
	struct lwk_call call = {
		.cpu = proc->cpu,
		.msg =
			{
				.type = LWK_MSG_POPULATE,
				.proc = proc->handle,
				.arg = {address, write},
			},
	};

	atomic64_inc(&proc->inst->populates);
	return lwk_request(proc->inst, &call);
}

/* ---- Faults ------------------------------------------------------------ */

/* Inserts the page at the fault. replace: there is a read-only entry. */
static int bring_in(struct vm_fault *vmf, bool write, bool replace)
{
	struct lwk_proc *proc = view_of(vmf->vma)->proc;
	struct lwk_space *space = space_of(vmf->vma);
	u64 address = address_at(vmf->pgoff);
	struct lwk_leaf leaf;

	for (unsigned int i = 0; i < MAX_TRIES; i++) {
		u64 seq = sequence(space);
		int err = look_up(space, address, &leaf);

		if (!err && (leaf.writable || !write))
			err = insert_checked(vmf, &leaf, seq, replace);
		else if (!err || err == -ENOENT)
			err = populate(proc, address, write) ?: -EAGAIN;
		if (err != -EAGAIN)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return -EIO;
}

static vm_fault_t fault_result(int err)
{
	switch (err) {
	case 0:
		return VM_FAULT_NOPAGE;
	case -EFAULT:
		return VM_FAULT_SIGSEGV;
	default:
		/* Also where the caller was killed: the kernel must not
		 * retry a fault of its own. */
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t space_fault(struct vm_fault *vmf)
{
	return fault_result(
		bring_in(vmf, vmf->flags & FAULT_FLAG_WRITE, false));
}

static vm_fault_t space_mkwrite(struct vm_fault *vmf)
{
	return fault_result(bring_in(vmf, true, true));
}

/* ---- ptrace() and /proc/PID/mem ---------------------------------------- */

/* Copies under the zap mutex, so that the LWK does not reuse the frame
 * meanwhile. */
static int copy_checked(struct lwk_view *view, u64 address, void *buffer,
			int bytes, bool write)
{
	struct lwk_space *space = view->space;
	u64 seq = sequence(space);
	struct lwk_leaf leaf;
	void *at;
	int err = look_up(space, address, &leaf);

	if (err == -ENOENT || (!err && write && !leaf.writable))
		return populate(view->proc, address, write) ?: -EAGAIN;
	if (err)
		return err;
	at = lwk_memory_ptr(&space->inst->memory, leaf.frame) +
	     offset_in_page(address);
	mutex_lock(&space->zap_lock);
	if (space->dead)
		err = -EIO;
	else if (space->sequence != seq)
		err = -EAGAIN;
	else
		memcpy(write ? at : buffer, write ? buffer : at, bytes);
	mutex_unlock(&space->zap_lock);
	return err;
}

static int space_access(struct vm_area_struct *vma, unsigned long addr,
			void *buffer, int len, int write)
{
	struct lwk_view *view = view_of(vma);
	u64 address = address_at(vma->vm_pgoff) + (addr - vma->vm_start);
	int bytes = min_t(int, len, PAGE_SIZE - offset_in_page(addr));
	int err = -EAGAIN;

	for (unsigned int i = 0; i < MAX_TRIES && err == -EAGAIN; i++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = copy_checked(view, address, buffer, bytes, write);
	}
	return err ?: bytes;
}

static void space_vma_open(struct vm_area_struct *vma)
{
	atomic_inc(&space_of(vma)->vmas);
}

static void space_vma_close(struct vm_area_struct *vma)
{
	atomic_dec(&space_of(vma)->vmas);
}

static int space_may_split(struct vm_area_struct *vma, unsigned long at)
{
	return lwk_vma_may_split(&space_of(vma)->vmas);
}

static const struct vm_operations_struct space_ops = {
	.open = space_vma_open,
	.close = space_vma_close,
	.may_split = space_may_split,
	.fault = space_fault,
	.pfn_mkwrite = space_mkwrite,
	.access = space_access,
};

/* ---- Mapping and taking away ------------------------------------------- */

static bool is_space(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff >= SPACE_PGOFF &&
	       address_at(vma->vm_pgoff) == vma->vm_start &&
	       vma->vm_start >= LWK_APP_MIN && vma->vm_end <= LWK_APP_END;
}

int lwk_space_mmap(struct lwk_view *view, struct vm_area_struct *vma)
{
	int err = lwk_proc_check(view->proc);

	if (err)
		return err;
	if (!(vma->vm_flags & VM_SHARED) || !is_space(vma))
		return -EINVAL;
	return lwk_vma_set_up(vma, &view->space->vmas, &space_ops);
}

int lwk_space_zap(struct lwk_space *space, u64 start, u64 end)
{
	struct lwk_range range = {start, end};

	if (start >= end || end > LWK_APP_END)
		return -EINVAL;
	mutex_lock(&space->zap_lock);
	lwk_walk_forget(&space->inst->memory, space->root, &range);
	lwk_space_bump(space);
	/* A space has no mapping before its first view is opened. */
	if (space->mapping.host)
		unmap_mapping_range(&space->mapping,
				    LWK_MMAP_SPACE + range.start,
				    range.end - range.start, 1);
	mutex_unlock(&space->zap_lock);
	atomic64_inc(&space->inst->zaps);
	return 0;
}
