/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about memory. */
#include <asm/errno.h>
#include <asm/prctl.h>
#include <linux/mman.h>
#include <linux/shm.h>

#include "kernel/arch/thread.h"
#include "kernel/arch/uaccess.h"
#include "kernel/proc/process.h"
#include "kernel/exec/file_map.h"
#include "kernel/exec/linux_map.h"
#include "kernel/syscall/syscall.h"

/* Where MAP_32BIT wants mappings: see mmap(2). */
#define END_32BIT 0x80000000UL

#define PROT_KNOWN (PROT_READ | PROT_WRITE | PROT_EXEC)

static struct aspace *my_aspace(void)
{
	return current_process()->aspace;
}

static uint32_t prot_from_user(uint64_t prot)
{
	return (prot & PROT_READ ? PAGE_READ : 0) |
	       (prot & PROT_WRITE ? PAGE_WRITE | PAGE_READ : 0) |
	       (prot & PROT_EXEC ? PAGE_EXEC | PAGE_READ : 0);
}

static int64_t map_shared(const struct map_request *r, uint64_t prot,
			  uint64_t flags, int fd, uint64_t offset)
{
	if (!r->bytes || !IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	return linux_map_file(r, prot, flags & (MAP_TYPE | MAP_SYNC), fd,
			      offset);
}

int64_t sys_mmap(struct regs *regs)
{
	uint64_t flags = sys_arg(regs, 3);
	uint64_t prot = sys_arg(regs, 2);
	struct map_request r = {
		.hint = sys_arg(regs, 0),
		.below = flags & MAP_32BIT ? END_32BIT : 0,
		.bytes = sys_arg(regs, 1),
		.prot = prot_from_user(prot),
		.flags = flags & MAP_NORESERVE ? AREA_LAZY : 0,
		.fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
		.exclusive = flags & MAP_FIXED_NOREPLACE,
	};
	uint32_t type = flags & MAP_TYPE;
	vaddr_t at;
	int error;

	if ((prot & ~(uint64_t)PROT_KNOWN) || (flags & MAP_HUGETLB))
		return -EINVAL;
	if (flags & MAP_GROWSDOWN)
		return -EOPNOTSUPP;
	if (r.fixed && !r.exclusive) {
		error = linux_unmap(r.hint, r.bytes);
		if (error)
			return error;
	}
	if (!(flags & MAP_ANONYMOUS)) {
		if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE)
			return map_shared(&r, prot, flags,
					  (int)sys_arg(regs, 4),
					  sys_arg(regs, 5));
		if (type != MAP_PRIVATE)
			return -EINVAL;
		return file_map_private(&r, (int)sys_arg(regs, 4),
					sys_arg(regs, 5));
	}
	if (type != MAP_PRIVATE && type != MAP_SHARED)
		return -EINVAL;
	if (type == MAP_SHARED)
		r.flags = AREA_SHARED;
	error = aspace_map(my_aspace(), &r, &at);
	if (error)
		return error;
	/* As far as it goes. */
	if (flags & (MAP_POPULATE | MAP_LOCKED))
		aspace_populate(my_aspace(), at, r.bytes, 0);
	return (int64_t)at;
}

int64_t sys_munmap(struct regs *regs)
{
	vaddr_t start = sys_arg(regs, 0);
	uint64_t bytes = sys_arg(regs, 1);
	int error = 0;

	if (IS_ALIGNED(start, PAGE_SIZE) && user_range_ok(start, bytes))
		error = linux_unmap(start, bytes);
	return error ? error : aspace_unmap(my_aspace(), start, bytes);
}

/* Linux decides what is allowed with a file. Pages that it has lent are lent again. */
static int64_t protect(vaddr_t start, uint64_t bytes, uint64_t prot)
{
	int64_t error = 0;

	if (IS_ALIGNED(start, PAGE_SIZE) && user_range_ok(start, bytes) &&
	    linux_is_mapped(start, bytes)) {
		error = linux_protect(start, bytes, prot);
		if (!error)
			error = aspace_take_back(
				my_aspace(), start,
				start + ALIGN_UP(bytes, PAGE_SIZE), false);
	}
	return error ? error
		     : aspace_protect(my_aspace(), start, bytes,
				      prot_from_user(prot));
}

int64_t sys_mprotect(struct regs *regs)
{
	uint64_t prot = sys_arg(regs, 2);

	if (prot & ~(uint64_t)PROT_KNOWN)
		return -EINVAL;
	if (!sys_arg(regs, 1))
		return IS_ALIGNED(sys_arg(regs, 0), PAGE_SIZE) ? 0 : -EINVAL;
	return protect(sys_arg(regs, 0), sys_arg(regs, 1), prot);
}

int64_t sys_brk(struct regs *regs)
{
	return (int64_t)aspace_brk(my_aspace(), sys_arg(regs, 0));
}

/* Advice about performance needs no action and is accepted; advice with an
 * effect is followed or refused. */
int64_t sys_madvise(struct regs *regs)
{
	vaddr_t start = sys_arg(regs, 0);
	uint64_t bytes = sys_arg(regs, 1);

	switch (sys_arg(regs, 2)) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_COLD:
		if (!bytes)
			return IS_ALIGNED(start, PAGE_SIZE) ? 0 : -EINVAL;
		return aspace_check(my_aspace(), start, bytes);
	case MADV_DONTNEED:
	case MADV_FREE:
		if (!bytes)
			return IS_ALIGNED(start, PAGE_SIZE) ? 0 : -EINVAL;
		return aspace_discard(my_aspace(), start, bytes);
	default:
		return -EINVAL;
	}
}

/* The LWK's own memory has no file to write to. */
int64_t sys_msync(struct regs *regs)
{
	uint64_t flags = sys_arg(regs, 2);
	int error;

	if ((flags & ~(uint64_t)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC) ||
	    !IS_ALIGNED(sys_arg(regs, 0), PAGE_SIZE))
		return -EINVAL;
	if (!sys_arg(regs, 1))
		return 0;
	error = aspace_check(my_aspace(), sys_arg(regs, 0), sys_arg(regs, 1));
	return error ? error
		     : linux_sync(sys_arg(regs, 0), sys_arg(regs, 1), flags);
}

int64_t sys_shmat(struct regs *regs)
{
	uint64_t flags = sys_arg(regs, 2);
	vaddr_t at = sys_arg(regs, 1);
	int error = 0;

	if (flags & SHM_RND)
		at = ALIGN_DOWN(at, PAGE_SIZE);
	if (!IS_ALIGNED(at, PAGE_SIZE) || (!at && (flags & SHM_REMAP)))
		return -EINVAL;
	if (flags & SHM_REMAP)
		error = linux_unmap(at, PAGE_SIZE);
	return error ? error
		     : linux_map_shm((int)sys_arg(regs, 0), at,
				     flags & ~(uint64_t)SHM_RND);
}

/* As on Linux, the address must be that of the beginning of the attached
 * segment. */
int64_t sys_shmdt(struct regs *regs)
{
	vaddr_t start = sys_arg(regs, 0), end = LWK_APP_END;

	if (!IS_ALIGNED(start, PAGE_SIZE) ||
	    !aspace_find_linux(my_aspace(), &start, &end) ||
	    start != sys_arg(regs, 0))
		return -EINVAL;
	return linux_unmap(start, end - start);
}

/* A page that is present stays present, so locking only brings pages in. */
static int64_t lock(vaddr_t start, uint64_t bytes, bool now)
{
	vaddr_t page = ALIGN_DOWN(start, PAGE_SIZE);
	int error;

	if (start + bytes < start)
		return -EINVAL;
	bytes = ALIGN_UP(start + bytes, PAGE_SIZE) - page;
	if (!bytes)
		return 0;
	error = aspace_check(my_aspace(), page, bytes);
	if (!error && now)
		error = aspace_populate(my_aspace(), page, bytes, 0);
	/* Linux's error for areas without access. */
	return error == -EACCES || error == -EFAULT ? -ENOMEM : error;
}

int64_t sys_mlock(struct regs *regs)
{
	return lock(sys_arg(regs, 0), sys_arg(regs, 1), true);
}

int64_t sys_mlock2(struct regs *regs)
{
	if (sys_arg(regs, 2) & ~(uint64_t)MLOCK_ONFAULT)
		return -EINVAL;
	return lock(sys_arg(regs, 0), sys_arg(regs, 1), !sys_arg(regs, 2));
}

int64_t sys_munlock(struct regs *regs)
{
	return lock(sys_arg(regs, 0), sys_arg(regs, 1), false);
}

/* Absent pages come when they are touched, and stay. */
int64_t sys_mlockall(struct regs *regs)
{
	uint64_t flags = sys_arg(regs, 0);

	return !flags ||
			       flags & ~(uint64_t)(MCL_CURRENT | MCL_FUTURE |
						   MCL_ONFAULT) ||
			       flags == MCL_ONFAULT
		       ? -EINVAL
		       : 0;
}

int64_t sys_munlockall(struct regs *regs)
{
	(void)regs;
	return 0;
}

int64_t sys_mincore(struct regs *regs)
{
	vaddr_t start = sys_arg(regs, 0), out = sys_arg(regs, 2);
	uint64_t bytes = sys_arg(regs, 1), at;
	int error;

	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (!bytes)
		return 0;
	error = aspace_check(my_aspace(), start, bytes);
	if (error)
		return -ENOMEM;
	for (at = 0; at < bytes; at += PAGE_SIZE) {
		uint8_t there = aspace_is_present(my_aspace(), start + at);

		if (copy_to_user(out + at / PAGE_SIZE, &there, 1))
			return -EFAULT;
	}
	return 0;
}

int64_t sys_mremap(struct regs *regs)
{
	uint64_t flags = sys_arg(regs, 3);
	struct remap_request r = {
		.from = sys_arg(regs, 0),
		.old_bytes = sys_arg(regs, 1),
		.bytes = sys_arg(regs, 2),
		.may_move = flags & MREMAP_MAYMOVE,
		.fixed = flags & MREMAP_FIXED,
		.to = sys_arg(regs, 4),
	};
	vaddr_t at;
	int error;

	if (flags & MREMAP_DONTUNMAP)
		return -EINVAL;
	if ((flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) ||
	    (r.fixed && !r.may_move))
		return -EINVAL;
	error = aspace_remap(my_aspace(), &r, &at);
	return error ? error : (int64_t)at;
}

int64_t sys_arch_prctl(struct regs *regs)
{
	const struct arch_thread *t = &current_thread()->arch;
	uint64_t value = sys_arg(regs, 1);

	switch (sys_arg(regs, 0)) {
	case ARCH_SET_FS:
		return arch_set_tls(value) ? 0 : -EPERM;
	case ARCH_SET_GS:
		return arch_set_gs(value) ? 0 : -EPERM;
	case ARCH_GET_FS:
		return copy_to_user(value, &t->fs_base, sizeof(t->fs_base));
	case ARCH_GET_GS:
		return copy_to_user(value, &t->gs_base, sizeof(t->gs_base));
	default:
		return -EINVAL;
	}
}
