/* SPDX-License-Identifier: MIT */
/* Where an extension's memory is, to compare it with a model. */
#ifndef TESTS_UNIT_NIMBLE_LAYOUT_H
#define TESTS_UNIT_NIMBLE_LAYOUT_H

#include "nimble/core/priv.h"

#define NIMBLE_LAYOUT_MAPS 8

struct nimble_layout {
	uint8_t *arena;
	size_t readable, writable; /* bytes from its start */
	uint64_t ctx, frame; /* addresses in r1 and r10: CPU 0, task level */
	uint64_t data, rodata; /* addresses, as those below */
	uint64_t map[NIMBLE_LAYOUT_MAPS]; /* of the values of the first maps, or 0 */
	uint32_t frame_bytes;
};

/* What the last run there left of its budget, in plain instructions. */
static inline int64_t nimble_spare(const struct nimble_ext *ext)
{
	return ext->frames[NIMBLE_LEVEL_TASK].run.budget;
}

static inline void nimble_layout(const struct nimble_ext *ext,
				 struct nimble_layout *layout)
{
	const struct nimble_frame *frame = &ext->frames[NIMBLE_LEVEL_TASK];
	uint32_t i;

	layout->arena = ext->arena;
	layout->readable = ext->arena_bytes;
	layout->writable = ext->writable_bytes;
	layout->frame_bytes = ext->image.header->frame_bytes;
	layout->data = (uintptr_t)ext->data;
	layout->rodata = (uintptr_t)ext->rodata;
	for (i = 0; i < NIMBLE_LAYOUT_MAPS; i++)
		layout->map[i] = i < ext->image.nmaps
					 ? (uintptr_t)ext->maps[i].values
					 : 0;
	layout->ctx = (uintptr_t)frame->ctx;
	layout->frame = (uintptr_t)frame->stack + layout->frame_bytes;
}

#endif
