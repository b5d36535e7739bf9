/* SPDX-License-Identifier: MIT */
/* Putting a .nx image together, for the linker, nimble-run and tests. */
#ifndef TOOLCHAIN_NXBUILD_H
#define TOOLCHAIN_NXBUILD_H

#include <stddef.h>
#include <stdint.h>

#include "nimble/abi/insn.h"
#include "nimble/abi/nx.h"

struct nx_buffer {
	uint8_t *data;
	size_t bytes, room;
};

/* Zero it, append to sections, then nx_finish(). */
struct nx_build {
	struct nx_buffer section[NX_SECTIONS];
	uint32_t bss_bytes;
	uint32_t frame_bytes; /* 0: NX_DEFAULT_FRAME */
	uint32_t name, licence; /* from nx_string() */
};

/* Append bytes (zeros where from is NULL); gives the offset they start at. */
uint32_t nx_append(struct nx_build *build, unsigned int section,
		   const void *from, size_t bytes);
/* Offset of a string, which is stored once. */
uint32_t nx_string(struct nx_build *build, const char *text);
/* The signature of a helper of helpers.def: a letter for its result and for
 * each argument; NULL: there is none of that name. */
const char *nx_signature(const char *name);
/* Index of an import, which is added if it is new. */
uint32_t nx_import(struct nx_build *build, const char *name);
/* The image, malloc'ed; frees the sections. */
uint8_t *nx_finish(struct nx_build *build, size_t *bytes);

#endif
