// SPDX-License-Identifier: MIT
/* O_DIRECT through a buffer; see bounce.h. readv() and its kind are not
 * bounced: with O_DIRECT they give EFAULT. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kernel/abi/slot.h"
#include "toolchain/proxy/bounce.h"

static int is_direct(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & O_DIRECT;
}

static int64_t through(void *buffer, struct proxy_call *call,
		       const int32_t *kicked)
{
	uint64_t app = call->arg[1];
	int is_write = call->nr == SYS_write || call->nr == SYS_pwrite64;
	int64_t ret;

	if (call->arg[2] > BOUNCE_BYTES)
		call->arg[2] = BOUNCE_BYTES;
	if (is_write && proxy_copy(buffer, (void *)app, call->arg[2]))
		return -EFAULT;
	call->arg[1] = (uintptr_t)buffer;
	ret = proxy_window(call, kicked);
	if (!is_write && ret > 0 && proxy_copy((void *)app, buffer, ret))
		return -EFAULT;
	return ret;
}

int64_t bounce_io(struct proxy_call *call, const int32_t *kicked)
{
	int64_t ret = proxy_window(call, kicked);
	void *buffer;

	if (ret != -EFAULT || !is_direct(call->arg[0]))
		return ret;
	buffer = mmap(NULL, BOUNCE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return -errno;
	ret = through(buffer, call, kicked);
	munmap(buffer, BOUNCE_BYTES);
	return ret;
}
