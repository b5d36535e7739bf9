/* SPDX-License-Identifier: MIT */
/* What the files of libnimble share. */
#ifndef LIBNIMBLE_PRIV_H
#define LIBNIMBLE_PRIV_H

#include "libnimble/libnimble.h"

/* Constant after it is opened, so that threads share it without locks. */
struct libnimble {
	struct libnimble_carrier carrier;
	const char *backend; /* libnimble_backend() */
	uint32_t instance;
	int fd; /* -1 = none */
};

/* Fills in version and instance of a request and sends it. Keeps the message
 * if it fails. */
int nimble_send(struct libnimble *n, struct nimble_ctl *ctl);

/* Sets this thread's message; returns err. */
int nimble_error(int err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sends a request whose answer is of unknown size. Allocates *out, and *used
 * becomes the size of the answer in bytes. */
int nimble_receive(struct libnimble *n, struct nimble_ctl *ctl, void **out,
		   size_t *used);

#endif
