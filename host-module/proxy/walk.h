/* SPDX-License-Identifier: GPL-2.0 */
/* Walking a process's page tables (kernel/abi/procpage.h); pure. */
#ifndef LWK_WALK_H
#define LWK_WALK_H

#include "host-module/partition/region.h"

struct lwk_leaf {
	uint64_t frame; /* physical address of the 4 KiB that hold the address */
	bool writable; /* by the application, at every level */
};

/* Finds the frame behind an application address, without locks, and marks the
 * 2 MiB around it as seen by the proxy before it looks below. -ENOENT: absent,
 * or not for user mode; -EIO: a table or frame that is not the LWK's to use. */
int lwk_walk(const struct lwk_memory *mem, uint64_t root, uint64_t address,
	     struct lwk_leaf *leaf);

struct lwk_range {
	uint64_t start;
	uint64_t end;
};

/* Clears the mark of every 2 MiB (or 1 GiB leaf) that the range touches. All
 * that a cleared mark covered must be unmapped, so the range is widened to
 * whole marks. */
void lwk_walk_forget(const struct lwk_memory *mem, uint64_t root,
		     struct lwk_range *range);

#endif
