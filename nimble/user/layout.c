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

const void *nimble_section(const struct nimble_ext *ext, unsigned int id,
			   uint32_t *bytes)
{
	const struct nx_section *section = &ext->image.header->section[id];

	*bytes = section->bytes;
	return (const uint8_t *)ext->image.copy + section->offset;
}

const char *nimble_string(const struct nimble_ext *ext, uint32_t offset)
{
	return offset < ext->image.strings_bytes ? ext->image.strings + offset
						 : "?";
}

uint64_t nimble_map_memory_at(const struct nimble_ext *ext, unsigned int map,
			      uint64_t *bytes)
{
	*bytes = ext->maps[map].values_bytes;
	return (uintptr_t)ext->maps[map].values;
}

int nimble_map_by_handle(const struct nimble_ext *ext, uint64_t handle)
{
	uint64_t index = handle ^ NIMBLE_MAP_HANDLE;

	return index < ext->image.nmaps ? (int)index : -1;
}

unsigned int nimble_reached_bytes(const struct nx_insn *insn)
{
	return nimble_access_bytes(insn->opcode);
}
