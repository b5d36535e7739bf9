/* SPDX-License-Identifier: GPL-2.0 */
/* Shared mappings of files and of System V's shared memory. See linux_map.h. */
#include <asm/errno.h>
#include <linux/mman.h>
#include <linux/shm.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/ring.h"
#include "kernel/abi/slot.h"
#include "kernel/exec/linux_map.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/restart.h"
#include "kernel/proc/process.h"

static struct aspace *mine(void)
{
	return current_process()->aspace;
}

/* The proxy has mapped nothing: give the place back. */
static int64_t give_up(vaddr_t at, uint64_t bytes, int64_t error)
{
	aspace_unmap(mine(), at, bytes);
	return restart_if_interrupted(error);
}

int64_t linux_map_file(const struct map_request *request, uint64_t prot,
		       uint64_t flags, int fd, uint64_t offset)
{
	struct map_request r = *request;
	int64_t ret;
	vaddr_t at;

	r.bytes = ALIGN_UP(r.bytes, PAGE_SIZE);
	ret = aspace_map_linux(mine(), &r, &at);
	if (ret)
		return ret;
	ret = delegate_call(LWK_PROXY_MAP, at, r.bytes, prot, flags,
			    (uint64_t)fd, offset);
	return ret ? give_up(at, r.bytes, ret) : (int64_t)at;
}

int64_t linux_map_shm(int id, vaddr_t at, uint64_t flags)
{
	struct map_request r = {
		.hint = at,
		.prot = flags & SHM_RDONLY ? PAGE_READ : PAGE_READ | PAGE_WRITE,
		.fixed = at != 0,
		.exclusive = !(flags & SHM_REMAP),
	};
	int64_t ret = delegate_call(LWK_PROXY_SHM_BYTES, (uint64_t)id);

	if (ret <= 0)
		return ret ? restart_if_interrupted(ret) : -EINVAL;
	r.bytes = ALIGN_UP((uint64_t)ret, PAGE_SIZE);
	ret = aspace_map_linux(mine(), &r, &at);
	if (ret)
		return ret == -EEXIST ? -EINVAL : ret;
	ret = delegate_call(LWK_PROXY_SHMAT, (uint64_t)id, at,
			    flags | SHM_REMAP);
	return ret ? give_up(at, r.bytes, ret) : (int64_t)at;
}

static int unmap_one(vaddr_t start, vaddr_t end)
{
	int64_t error = aspace_take_back(mine(), start, end, true);

	if (error)
		return (int)error;
	/* Nothing is lent any more, so a signal must not end this half way. */
	do
		error = delegate_call(LWK_PROXY_UNMAP, start, end - start);
	while (error == -LWK_INTERRUPTED && !thread_must_die(current_thread()));
	if (error)
		return (int)error;
	return aspace_unmap(mine(), start, end - start);
}

int linux_unmap(vaddr_t start, uint64_t bytes)
{
	vaddr_t limit = start + ALIGN_UP(bytes, PAGE_SIZE);
	vaddr_t end = limit;
	int error = 0;

	while (!error && aspace_find_linux(mine(), &start, &end)) {
		error = unmap_one(start, end);
		start = end;
		end = limit;
	}
	return error;
}

bool linux_is_mapped(vaddr_t start, uint64_t bytes)
{
	vaddr_t end = start + bytes;

	return aspace_find_linux(mine(), &start, &end);
}

/* Ask the proxy about each part of the range that is Linux's. */
static int64_t for_each(uint32_t call, vaddr_t start, uint64_t bytes,
			uint64_t arg)
{
	vaddr_t limit = start + ALIGN_UP(bytes, PAGE_SIZE);
	vaddr_t end = limit;
	int64_t ret = 0;

	while (!ret && aspace_find_linux(mine(), &start, &end)) {
		ret = delegate_call(call, start, end - start, arg);
		start = end;
		end = limit;
	}
	return restart_if_interrupted(ret);
}

int64_t linux_protect(vaddr_t start, uint64_t bytes, uint64_t prot)
{
	return for_each(LWK_PROXY_PROTECT, start, bytes, prot);
}

int64_t linux_sync(vaddr_t start, uint64_t bytes, uint64_t flags)
{
	return for_each(LWK_PROXY_SYNC, start, bytes, flags);
}

int linux_fault_in(vaddr_t va, bool write)
{
	vaddr_t start = ALIGN_DOWN(va, PAGE_SIZE);
	vaddr_t end = ALIGN_DOWN(va, LWK_LEND_MAX * PAGE_SIZE) +
		      LWK_LEND_MAX * PAGE_SIZE;
	int64_t ret;

	if (!aspace_find_linux(mine(), &start, &end) || start > va)
		return -EFAULT;
	ret = delegate_call(LWK_PROXY_LEND, start, (end - start) / PAGE_SIZE,
			    write);
	/* The thread ends, or a signal came first: the access will be made
	 * again. */
	if (ret == -LWK_INTERRUPTED)
		return thread_must_die(current_thread()) ? -EFAULT : 0;
	return ret ? -EFAULT : 0;
}
