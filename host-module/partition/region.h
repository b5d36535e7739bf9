/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of an instance as a list of regions; pure. */
#ifndef LWK_REGION_H
#define LWK_REGION_H

#include "host-module/shim.h"
#include "kernel/abi/boot.h"
#include "kernel/abi/layout.h"

struct lwk_memory {
	struct lwk_region region[LWK_MAX_REGIONS];
	uint32_t count;
	uint64_t bytes; /* of all regions */
	/* Where the memory that the LWK manages begins in region[0]: image
	 * and shared area lie below. The beginning of region[0] until the
	 * instance is booted. */
	uint64_t free_offset;
};

/* Adds a chunk that overlaps no region. Keeps the list sorted by address and
 * joins neighbours of one node. -ENOSPC: LWK_MAX_REGIONS pieces. */
int lwk_memory_add(struct lwk_memory *mem, uint64_t base, uint64_t bytes,
		   uint32_t node);

/* Moves the largest region to the front: it takes the image. */
void lwk_memory_seal(struct lwk_memory *mem);

bool lwk_memory_overlaps(const struct lwk_memory *mem, uint64_t base,
			 uint64_t bytes);

/* Whether [base, base + bytes) is the LWK's to hand out: in one region, and
 * not in the image or the shared area. */
bool lwk_memory_is_free_range(const struct lwk_memory *mem, uint64_t base,
			      uint64_t bytes);

/* Bytes of the largest region. */
uint64_t lwk_memory_largest(const struct lwk_memory *mem);

/* The memory at a physical address that was checked. mem.c supplies it in
 * the module, a model in the tests. */
void *lwk_memory_ptr(const struct lwk_memory *mem, uint64_t phys);

#endif
