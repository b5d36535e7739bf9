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
