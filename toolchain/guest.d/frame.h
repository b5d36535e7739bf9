/* SPDX-License-Identifier: MIT */
/* What crosses the one channel between toolchain/guest and its agent. */
#ifndef MARGAY_GUEST_FRAME_H
#define MARGAY_GUEST_FRAME_H

/*
 * A stream of frames each way: a header, then length bytes of payload. One
 * channel carries everything, so the exit status arrives behind the last
 * output, and output on both streams arrives in the order it was written in.
 *
 * Host to guest: one COMMAND first (its arguments, each ended by a NUL), then
 * INPUT frames; an INPUT of length 0 ends the command's standard input.
 * Guest to host: OUTPUT and ERROR frames, then one STATUS (4 bytes: the exit
 * status as a shell gives it), after which nothing follows.
 */
#include <stddef.h>
#include <stdint.h>

enum frame_type {
	FRAME_COMMAND = 'C',
	FRAME_INPUT = 'I',
	FRAME_OUTPUT = 'O',
	FRAME_ERROR = 'E',
	FRAME_STATUS = 'X',
};

/* Little-endian, as both sides are. */
struct frame_header {
	uint32_t type; /* an enum frame_type */
	uint32_t length; /* bytes of payload, at most FRAME_MAX */
};

_Static_assert(sizeof(struct frame_header) == 8, "frame header layout");

#define FRAME_MAX 32768u

struct frame {
	struct frame_header head;
	unsigned char payload[FRAME_MAX];
};

/*
 * A frame on its way in or out of a descriptor that may take or give a part
 * of it at a time: done counts the bytes, header included.
 */
struct frame_transfer {
	struct frame frame;
	size_t done;
};

/*
 * Reads on until the frame is whole. Returns 1 when it is, 0 when more must
 * come first, -EPIPE at the end of the stream, -EPROTO for a length that no
 * sender gives, or the negated errno of read(). Set done to 0 before the next
 * frame.
 */
int frame_read(int fd, struct frame_transfer *in);

/* Writes on; returns as frame_read() does. */
int frame_write(int fd, struct frame_transfer *out);

/*
 * Makes out a frame of what one read() of fd gives, up to FRAME_MAX bytes.
 * Returns the length, 0 at the end of the file, or a negated errno.
 */
int frame_fill(struct frame_transfer *out, enum frame_type type, int fd);

#endif
