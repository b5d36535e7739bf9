/* SPDX-License-Identifier: GPL-2.0 */
/* The LWK's image: an ELF64 executable linked at LWK_IMAGE_BASE; pure. */
#ifndef LWK_IMAGE_H
#define LWK_IMAGE_H

#include "host-module/shim.h"

struct lwk_image {
	uint64_t entry; /* virtual address */
	uint64_t bytes; /* from LWK_IMAGE_BASE to the end of the last .bss */
};

/* Checks a file of `bytes` bytes and trusts nothing in it. Returns 0 and
 * *image, or -ENOEXEC and *why, one sentence that is different for each
 * fault. room is the size in bytes of the place to load it to. */
int lwk_image_check(const void *file, size_t bytes, uint64_t room,
		    struct lwk_image *image, const char **why);

/* Copies the segments of a file that lwk_image_check() passed to `to`, which
 * has image->bytes bytes and is zero. */
void lwk_image_load(const void *file, void *to);

#endif
