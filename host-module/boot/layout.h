/* SPDX-License-Identifier: GPL-2.0 */
/* Where in region[0] the parts of the shared area lie (kernel/abi/boot.h);
 * pure. */
#ifndef LWK_SHARED_LAYOUT_H
#define LWK_SHARED_LAYOUT_H

#include "host-module/partition/region.h"
#include "kernel/abi/log.h"
#include "kernel/abi/nimble_ctl.h"
#include "kernel/abi/ring.h"
#include "kernel/abi/time.h"

/* The control window: the structure, what goes in, what comes out. */
#define LWK_WINDOW_IN LWK_PAGE_SIZE
#define LWK_WINDOW_OUT (LWK_WINDOW_IN + NIMBLE_CTL_MAX_IN)
#define LWK_WINDOW_BYTES (LWK_WINDOW_OUT + NIMBLE_CTL_MAX_OUT)

#define LWK_LOG_BYTES (256ULL << 10)
/* The greatest power of two that leaves room for the header. */
#define LWK_LOG_TEXT_BYTES (128ULL << 10)

/* Offsets from region[0].base, each a multiple of LWK_PAGE_SIZE. */
struct lwk_layout {
	uint64_t boot;
	uint64_t time;
	uint64_t rings; /* to_lwk and to_linux of CPU 0, then of CPU 1, ... */
	uint64_t log;
	uint64_t window;
	uint64_t tables;
	uint64_t tables_bytes;
	uint64_t end; /* of the shared area: free_offset */
};

#define LWK_RING_STRIDE LWK_ROUND_UP(sizeof(struct lwk_ring), LWK_PAGE_SIZE)

static inline uint64_t lwk_layout_ring_to_lwk(const struct lwk_layout *l,
					      uint32_t cpu)
{
	return l->rings + 2 * cpu * LWK_RING_STRIDE;
}

static inline uint64_t lwk_layout_ring_to_linux(const struct lwk_layout *l,
						uint32_t cpu)
{
	return lwk_layout_ring_to_lwk(l, cpu) + LWK_RING_STRIDE;
}

/* -ENOSPC: region[0] is too small. */
int lwk_layout_make(struct lwk_layout *layout, const struct lwk_memory *mem,
		    uint64_t image_bytes, uint32_t cpu_count);

#endif
