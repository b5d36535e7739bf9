/* SPDX-License-Identifier: MIT */
/* What the examples share: an extension from a file, and the time. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "libnimble/libnimble.h"

/* Loads an extension and attaches it. Returns its id, or 0 after a message. */
static inline uint32_t example_attach(struct libnimble **n, const char *path)
{
	uint32_t id = 0;
	int err = libnimble_open(n, NULL);

	err = err ?: libnimble_load_file(*n, path, 0, NULL, &id);
	err = err ?: libnimble_attach(*n, id, NIMBLE_ALL, 0);
	if (!err)
		return id;
	fprintf(stderr, "%s: %s (%s)\n", path, libnimble_message(),
		libnimble_error_name(err));
	return 0;
}

static inline uint64_t example_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline uint64_t example_now(void)
{
	return example_ns(CLOCK_MONOTONIC);
}

#endif
