/* SPDX-License-Identifier: GPL-2.0 */
/* Checks of the boot block. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/log.h"
#include "kernel/abi/ring.h"
#include "kernel/abi/time.h"
#include "kernel/core/boot_check.h"
#include "kernel/lib/types.h"

#define PADDR_LIMIT (1ULL << 46) /* LWK_PHYS_MAP reaches so far */

/* Whether [base, base + bytes) lies in the part of region[0] that the module
 * owns. */
static bool in_shared_area(const struct lwk_boot *b, paddr_t base,
			   uint64_t bytes)
{
	paddr_t start = b->region[0].base + b->image_bytes;
	paddr_t end = b->region[0].base + b->free_offset;

	return base >= start && bytes <= end - start && base <= end - bytes;
}

static bool regions_ok(const struct lwk_boot *b)
{
	uint32_t i, j;

	for (i = 0; i < b->region_count; i++) {
		const struct lwk_region *r = &b->region[i];

		if (!r->bytes ||
		    !IS_ALIGNED(r->base | r->bytes, LWK_CHUNK_SIZE))
			return false;
		if (r->base >= PADDR_LIMIT || r->bytes > PADDR_LIMIT - r->base)
			return false;
		for (j = 0; j < i; j++)
			if (r->base < b->region[j].base + b->region[j].bytes &&
			    b->region[j].base < r->base + r->bytes)
				return false;
	}
	return true;
}

static bool cpus_ok(const struct lwk_boot *b)
{
	uint32_t i;

	for (i = 0; i < b->cpu_count; i++)
		if (!in_shared_area(b, b->cpu[i].ring_to_lwk,
				    sizeof(struct lwk_ring)) ||
		    !in_shared_area(b, b->cpu[i].ring_to_linux,
				    sizeof(struct lwk_ring)))
			return false;
	return true;
}

int boot_check(const struct lwk_boot *b)
{
	if (b->magic != LWK_BOOT_MAGIC || b->version != LWK_BOOT_VERSION ||
	    b->bytes != sizeof(*b))
		return -EINVAL;
	if (!b->cpu_count || b->cpu_count > LWK_MAX_CPUS || !b->region_count ||
	    b->region_count > LWK_MAX_REGIONS || b->tsc_khz < 1000)
		return -EINVAL;
	if (!regions_ok(b))
		return -EINVAL;
	if (b->image_bytes > LWK_IMAGE_MAX || b->free_offset < b->image_bytes ||
	    b->free_offset > b->region[0].bytes ||
	    !IS_ALIGNED(b->free_offset, PAGE_SIZE))
		return -EINVAL;
	if (!in_shared_area(b, b->time_page, sizeof(struct lwk_time)) ||
	    b->log_bytes < PAGE_SIZE ||
	    !in_shared_area(b, b->log, b->log_bytes) ||
	    !in_shared_area(b, b->window, b->window_bytes))
		return -EINVAL;
	return cpus_ok(b) ? 0 : -EINVAL;
}
