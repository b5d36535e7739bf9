// SPDX-License-Identifier: GPL-2.0
/* The memory of an instance as a list of regions; pure. */
#include "host-module/partition/region.h"

static bool joins(const struct lwk_region *low, const struct lwk_region *high)
{
	return low->base + low->bytes == high->base && low->node == high->node;
}

static void remove_at(struct lwk_memory *mem, uint32_t i)
{
	mem->count--;
	memmove(&mem->region[i], &mem->region[i + 1],
		(mem->count - i) * sizeof(mem->region[0]));
}

static void insert_at(struct lwk_memory *mem, uint32_t i,
		      const struct lwk_region *piece)
{
	memmove(&mem->region[i + 1], &mem->region[i],
		(mem->count - i) * sizeof(mem->region[0]));
	mem->region[i] = *piece;
	mem->count++;
}

int lwk_memory_add(struct lwk_memory *mem, uint64_t base, uint64_t bytes,
		   uint32_t node)
{
	struct lwk_region piece = {.base = base, .bytes = bytes, .node = node};
	struct lwk_region *r = mem->region;
	uint32_t i = 0;

	while (i < mem->count && r[i].base < base)
		i++;
	if (i > 0 && joins(&r[i - 1], &piece)) {
		r[i - 1].bytes += bytes;
		if (i < mem->count && joins(&r[i - 1], &r[i])) {
			r[i - 1].bytes += r[i].bytes;
			remove_at(mem, i);
		}
	} else if (i < mem->count && joins(&piece, &r[i])) {
		r[i].base = base;
		r[i].bytes += bytes;
	} else if (mem->count < LWK_MAX_REGIONS) {
		insert_at(mem, i, &piece);
	} else {
		return -ENOSPC;
	}
	mem->bytes += bytes;
	return 0;
}

static uint32_t largest_index(const struct lwk_memory *mem)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < mem->count; i++)
		if (mem->region[i].bytes > mem->region[best].bytes)
			best = i;
	return best;
}

uint64_t lwk_memory_largest(const struct lwk_memory *mem)
{
	return mem->count ? mem->region[largest_index(mem)].bytes : 0;
}

void lwk_memory_seal(struct lwk_memory *mem)
{
	struct lwk_region first;
	uint32_t best;

	if (!mem->count)
		return;
	best = largest_index(mem);
	first = mem->region[best];
	remove_at(mem, best);
	insert_at(mem, 0, &first);
	mem->free_offset = first.bytes;
}

bool lwk_memory_overlaps(const struct lwk_memory *mem, uint64_t base,
			 uint64_t bytes)
{
	for (uint32_t i = 0; i < mem->count; i++) {
		const struct lwk_region *r = &mem->region[i];

		if (base < r->base + r->bytes && r->base < base + bytes)
			return true;
	}
	return false;
}

bool lwk_memory_is_free_range(const struct lwk_memory *mem, uint64_t base,
			      uint64_t bytes)
{
	for (uint32_t i = 0; i < mem->count; i++) {
		const struct lwk_region *r = &mem->region[i];
		uint64_t skip = i == 0 ? mem->free_offset : 0;

		if (base >= r->base + skip && base < r->base + r->bytes)
			return bytes <= r->base + r->bytes - base;
	}
	return false;
}
