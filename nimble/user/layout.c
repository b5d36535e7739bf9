/* SPDX-License-Identifier: MIT */
/* Where an extension's memory is. */
#include "nimble/core/priv.h"
#include "nimble/user/layout.h"

int64_t nimble_spare(const struct nimble_ext *ext)
{
	return ext->frames[NIMBLE_LEVEL_TASK].run.budget;
}

void nimble_layout(const struct nimble_ext *ext, struct nimble_layout *layout)
{
	const struct nimble_frame *frame = &ext->frames[NIMBLE_LEVEL_TASK];

	layout->arena = ext->arena;
	layout->readable = ext->arena_bytes;
	layout->writable = ext->writable_bytes;
	layout->frame_bytes = ext->image.header->frame_bytes;
	layout->values = ext->image.nmaps ? (uintptr_t)ext->maps[0].values : 0;
	layout->ctx = (uintptr_t)frame->ctx;
	layout->frame = (uintptr_t)frame->stack + layout->frame_bytes;
}
