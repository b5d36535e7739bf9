// SPDX-License-Identifier: MIT
/* Reads and writes through a buffer; see bounce.h. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "toolchain/proxy/bounce.h"

/* The application's memory that one call names, and what stands in its place. */
struct bounce {
	char data[BOUNCE_BYTES]; /* first: O_DIRECT wants it aligned */
	struct iovec part[IOV_MAX];
	unsigned int parts;
};

/* Pipes, sockets and terminals pin nothing, and what is read of them is gone. */
static bool may_pin(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

static bool is_write(uint64_t nr)
{
	return nr == SYS_write || nr == SYS_pwrite64 || nr == SYS_writev ||
	       nr == SYS_pwritev || nr == SYS_pwritev2;
}

static bool moves_position(uint64_t nr)
{
	return nr == SYS_read || nr == SYS_readv;
}

/* Both directions: how many of the first `bytes` were copied. */
static size_t copy_parts(struct bounce *b, size_t bytes, bool to_application)
{
	size_t done = 0;

	for (unsigned int i = 0; i < b->parts && done < bytes; i++) {
		void *app = b->part[i].iov_base;
		size_t n = b->part[i].iov_len;
		size_t left;

		if (n > bytes - done)
			n = bytes - done;
		left = to_application ? proxy_copy(app, b->data + done, n)
				      : proxy_copy(b->data + done, app, n);
		done += n - left;
		if (left)
			break;
	}
	return done;
}

/* How much the call can move. */
static size_t total(const struct bounce *b)
{
	size_t bytes = 0;

	for (unsigned int i = 0; i < b->parts; i++) {
		if (b->part[i].iov_len >= BOUNCE_BYTES - bytes)
			return BOUNCE_BYTES;
		bytes += b->part[i].iov_len;
	}
	return bytes;
}

/* Makes the call, whose memory is now b->data. */
static int64_t through(struct bounce *b, const struct proxy_call *call,
		       const int32_t *kicked)
{
	int64_t ret = proxy_window(call, kicked);
	size_t done;

	if (ret <= 0 || is_write(call->nr))
		return ret;
	done = copy_parts(b, ret, true);
	if (done < (size_t)ret && moves_position(call->nr))
		lseek(call->arg[0], (off_t)done - ret, SEEK_CUR);
	return done ? (int64_t)done : -EFAULT;
}

static struct bounce *new_bounce(void)
{
	void *b = mmap(NULL, sizeof(struct bounce), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return b == MAP_FAILED ? NULL : b;
}

int64_t bounce_io(struct proxy_call *call, const int32_t *kicked)
{
	int64_t ret = proxy_window(call, kicked);
	struct bounce *b;
	size_t bytes;

	if (ret != -EFAULT || !may_pin(call->arg[0]))
		return ret;
	b = new_bounce();
	if (!b)
		return -ENOMEM;
	b->part[0] = (struct iovec){(void *)call->arg[1], call->arg[2]};
	b->parts = 1;
	bytes = total(b);
	call->arg[1] = (uintptr_t)b->data;
	call->arg[2] = bytes;
	if (!is_write(call->nr) || copy_parts(b, bytes, false) == bytes)
		ret = through(b, call, kicked);
	munmap(b, sizeof(*b));
	return ret;
}

int64_t bounce_vector(struct proxy_call *call, const int32_t *kicked)
{
	int64_t ret = proxy_window(call, kicked);
	struct iovec whole;
	struct bounce *b;

	/* Linux has refused more than IOV_MAX parts with EINVAL. */
	if (ret != -EFAULT || !may_pin(call->arg[0]) || call->arg[2] > IOV_MAX)
		return ret;
	b = new_bounce();
	if (!b)
		return -ENOMEM;
	b->parts = call->arg[2];
	if (!proxy_copy(b->part, (void *)call->arg[1],
			b->parts * sizeof(b->part[0]))) {
		whole = (struct iovec){b->data, total(b)};
		call->arg[1] = (uintptr_t)&whole;
		call->arg[2] = 1;
		if (!is_write(call->nr) ||
		    copy_parts(b, whole.iov_len, false) == whole.iov_len)
			ret = through(b, call, kicked);
	}
	munmap(b, sizeof(*b));
	return ret;
}
