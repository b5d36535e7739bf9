// SPDX-License-Identifier: MIT
// Frames in parts, as non-blocking descriptors give and take them.
#include "toolchain/guest.d/frame.h"

#include <errno.h>
#include <unistd.h>

static size_t frame_bytes(const struct frame *frame)
{
	return sizeof(frame->head) + frame->head.length;
}

int frame_read(int fd, struct frame_transfer *in)
{
	unsigned char *bytes = (unsigned char *)&in->frame;
	size_t want = sizeof(in->frame.head);
	ssize_t got;

	if (in->done >= want) {
		if (in->frame.head.length > FRAME_MAX)
			return -EPROTO;
		want = frame_bytes(&in->frame);
		if (in->done == want)
			return 1;
	}
	got = read(fd, bytes + in->done, want - in->done);
	if (got == 0)
		return -EPIPE;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	in->done += (size_t)got;
	if (in->done < sizeof(in->frame.head))
		return 0;
	if (in->frame.head.length > FRAME_MAX)
		return -EPROTO;
	return in->done == frame_bytes(&in->frame);
}

int frame_write(int fd, struct frame_transfer *out)
{
	const unsigned char *bytes = (const unsigned char *)&out->frame;
	size_t want = frame_bytes(&out->frame);
	ssize_t put;

	put = write(fd, bytes + out->done, want - out->done);
	if (put < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	out->done += (size_t)put;
	return out->done == want;
}

int frame_fill(struct frame_transfer *out, enum frame_type type, int fd)
{
	ssize_t got = read(fd, out->frame.payload, FRAME_MAX);

	if (got < 0)
		return -errno;
	out->frame.head.type = type;
	out->frame.head.length = (uint32_t)got;
	out->done = 0;
	return (int)got;
}
