// SPDX-License-Identifier: GPL-2.0
/* Where in region[0] the parts of the shared area lie; pure. */
#include "host-module/boot/layout.h"
#include "host-module/boot/pagetable.h"

static uint64_t take(uint64_t *end, uint64_t bytes)
{
	uint64_t at = *end;

	*end += LWK_ROUND_UP(bytes, LWK_PAGE_SIZE);
	return at;
}

int lwk_layout_make(struct lwk_layout *layout, const struct lwk_memory *mem,
		    uint64_t image_bytes, uint32_t cpu_count)
{
	uint64_t end = LWK_ROUND_UP(image_bytes, LWK_PAGE_SIZE);

	layout->boot = take(&end, sizeof(struct lwk_boot));
	layout->time = take(&end, sizeof(struct lwk_time));
	layout->rings = take(&end, 2ULL * cpu_count * LWK_RING_STRIDE);
	layout->log = take(&end, LWK_LOG_BYTES);
	layout->window = take(&end, LWK_WINDOW_BYTES);
	layout->tables_bytes = lwk_pagetable_bytes_max(mem);
	layout->tables = take(&end, layout->tables_bytes);
	layout->end = end;
	return end > mem->region[0].bytes ? -ENOSPC : 0;
}
