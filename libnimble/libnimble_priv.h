/* SPDX-License-Identifier: MIT */
/* What the files of libnimble share. */
#ifndef LIBNIMBLE_PRIV_H
#define LIBNIMBLE_PRIV_H

#include "libnimble/libnimble.h"

/* Constant after it was opened, so that threads share it without locks. */
struct libnimble {
	struct libnimble_carrier carrier;
	const char *backend; /* libnimble_backend() */
	uint32_t instance;
	int fd; /* -1 = none */
};

/* Sends a request, whose version and instance are filled in here. Keeps the
 * message of one that fails. */
int nimble_send(struct libnimble *n, struct nimble_ctl *ctl);

/* Sets this thread's message; returns err. */
int nimble_error(int err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sends a request whose answer is of unknown size: *out is allocated, and *used
 * are the bytes of the answer. */
int nimble_receive(struct libnimble *n, struct nimble_ctl *ctl, void **out,
		   size_t *used);

#endif
