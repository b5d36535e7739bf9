/* SPDX-License-Identifier: GPL-2.0 */
/* Private mappings of files. */
#include <asm/errno.h>
#include <asm/unistd.h>

#include "kernel/abi/slot.h"
#include "kernel/ikc/delegate.h"
#include "kernel/proc/process.h"
#include "kernel/exec/file_map.h"
#include "kernel/ikc/restart.h"

/* Linux's read() gives at most this at once (MAX_RW_COUNT). */
#define READ_MAX 0x7ffff000UL

int64_t file_read_all(int fd, vaddr_t at, uint64_t bytes, uint64_t offset)
{
	uint64_t done = 0;

	while (done < bytes) {
		int64_t n = delegate_call(__NR_pread64, (uint64_t)fd, at + done,
					  MIN(bytes - done, READ_MAX),
					  offset + done);

		if (n == -EINTR || n == -LWK_INTERRUPTED) {
			if (thread_must_die(current_thread()))
				return -EINTR;
			continue;
		}
		if (n < 0)
			return n;
		if (!n)
			break;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

int64_t file_map_private(const struct map_request *request, int fd,
			 uint64_t offset)
{
	struct aspace *as = current_process()->aspace;
	struct map_request r = *request;
	int64_t file, error;
	vaddr_t at;

	if (!IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	/* Linux's refusals come before what is mapped there is taken away. */
	file = delegate_call(LWK_PROXY_FILE, (uint64_t)fd, offset);
	if (file < 0)
		return restart_if_interrupted(file);
	r.prot = PAGE_READ | PAGE_WRITE;
	r.flags = 0;
	error = aspace_map(as, &r, &at);
	if (error)
		return error;
	r.bytes = ALIGN_UP(r.bytes, PAGE_SIZE); /* files come by pages */
	error = file_read_all(fd, at, r.bytes, offset);
	if (error >= 0 && file)
		error = aspace_set_file(as, at, r.bytes, (uint32_t)file,
					offset);
	if (error >= 0 && request->prot != r.prot)
		error = aspace_protect(as, at, r.bytes, request->prot);
	if (error >= 0)
		return (int64_t)at;
	aspace_unmap(as, at, r.bytes);
	return error;
}
