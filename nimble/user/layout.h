/* SPDX-License-Identifier: MIT */
/* Where an extension's memory is: for tests that compare it with a model. */
#ifndef NIMBLE_USER_LAYOUT_H
#define NIMBLE_USER_LAYOUT_H

#include "nimble/nimble.h"

#define NIMBLE_LAYOUT_MAPS 8

struct nimble_layout {
	uint8_t *arena;
	size_t readable, writable; /* bytes from its start */
	uint64_t ctx, frame; /* addresses in r1 and r10: CPU 0, task level */
	uint64_t data, rodata; /* addresses, as those below */
	uint64_t map[NIMBLE_LAYOUT_MAPS]; /* of the values of the first maps, or 0 */
	uint32_t frame_bytes;
};

void nimble_layout(const struct nimble_ext *ext, struct nimble_layout *layout);
/* What the last run there left of its budget, in plain instructions. */
int64_t nimble_spare(const struct nimble_ext *ext);

#endif
