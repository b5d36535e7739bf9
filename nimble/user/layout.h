/* SPDX-License-Identifier: MIT */
/* Where an extension's memory is: for tests that compare it with a model, and for tools. */
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

/* A section of its image (enum nx_section_id), and its bytes. What the loader does not
 * use, it has not looked at. */
const void *nimble_section(const struct nimble_ext *ext, unsigned int id,
			   uint32_t *bytes);
/* A string of its image; "?" where there is none. */
const char *nimble_string(const struct nimble_ext *ext, uint32_t offset);
/* Which map a handle stands for; -1: none. */
int nimble_map_by_handle(const struct nimble_ext *ext, uint64_t handle);
/* How many bytes a load, a store or an atomic operation reaches. */
unsigned int nimble_reached_bytes(const struct nx_insn *insn);
/* Where a map's memory in the arena is; 0 bytes: it has none there. */
uint64_t nimble_map_memory_at(const struct nimble_ext *ext, unsigned int map,
			      uint64_t *bytes);
/* What the last run there left of its budget, in plain instructions. */
int64_t nimble_spare(const struct nimble_ext *ext);

#endif
