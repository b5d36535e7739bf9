/* SPDX-License-Identifier: GPL-2.0 */
/* Private mappings of files. */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>

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

/* Check the descriptor as Linux does before it maps it, and before it unmaps
 * what is there. A file that cannot be read at an offset cannot be mapped:
 * reading no bytes tells. */
static int check_file(int fd, uint64_t offset)
{
	int64_t ret = delegate_call(__NR_fcntl, (uint64_t)fd, F_GETFL);

	if (ret < 0)
		return (int)ret;
	if ((ret & O_ACCMODE) == O_WRONLY)
		return -EACCES;
	ret = delegate_call(__NR_pread64, (uint64_t)fd, 0, 0, offset);
	return ret == -ESPIPE || ret == -EISDIR ? -ENODEV : (int)ret;
}

int64_t file_map_private(const struct map_request *request, int fd,
			 uint64_t offset)
{
	struct aspace *as = current_process()->aspace;
	struct map_request r = *request;
	int64_t error;
	vaddr_t at;

	if (!IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	error = check_file(fd, offset);
	if (error)
		return restart_if_interrupted(error);
	r.prot = PAGE_READ | PAGE_WRITE;
	r.flags = 0;
	error = aspace_map(as, &r, &at);
	if (error)
		return error;
	r.bytes = ALIGN_UP(r.bytes, PAGE_SIZE); /* files come by pages */
	error = file_read_all(fd, at, r.bytes, offset);
	if (error >= 0 && request->prot != r.prot)
		error = aspace_protect(as, at, r.bytes, request->prot);
	if (error >= 0)
		return (int64_t)at;
	aspace_unmap(as, at, r.bytes);
	return error;
}
