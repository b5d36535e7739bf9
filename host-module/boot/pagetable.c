// SPDX-License-Identifier: GPL-2.0
/* The bootstrap page tables of an instance; pure. 4 levels whatever Linux
 * uses; pages of 2 MiB, which every x86-64 processor has (Intel SDM vol. 3,
 * 4.5). The LWK replaces these tables by its own as it starts. */
#include "host-module/boot/pagetable.h"

#define MIB2 (1ULL << LWK_SHIFT_PD)
#define GIB1 (1ULL << LWK_SHIFT_PDPT)

/* The root; three tables below it for the trampoline, two for the image (at
 * most LWK_IMAGE_MAX); for each region a PDPT for each 512 GiB and a PD for
 * each GiB that it touches. */
uint64_t lwk_pagetable_bytes_max(const struct lwk_memory *mem)
{
	uint64_t pages = 1 + 3 + 2;

	for (uint32_t i = 0; i < mem->count; i++) {
		uint64_t first = mem->region[i].base;
		uint64_t last = first + mem->region[i].bytes - 1;

		pages += (last >> LWK_SHIFT_PML4) - (first >> LWK_SHIFT_PML4);
		pages += (last >> LWK_SHIFT_PDPT) - (first >> LWK_SHIFT_PDPT);
		pages += 2;
	}
	return pages * LWK_PAGE_SIZE;
}

static uint64_t *table_at(const struct lwk_table_pool *pool, uint64_t entry)
{
	uint64_t offset = (entry & LWK_PTE_ADDRESS) - pool->phys;

	return pool->pages + offset / sizeof(uint64_t);
}

/* The table below an entry, made where there is none; NULL: pool is empty. */
static uint64_t *next_table(struct lwk_table_pool *pool, uint64_t *entry)
{
	if (!(*entry & LWK_PTE_PRESENT)) {
		if (pool->used + LWK_PAGE_SIZE > pool->bytes)
			return NULL;
		*entry = (pool->phys + pool->used) | LWK_PTE_PRESENT |
			 LWK_PTE_WRITE;
		pool->used += LWK_PAGE_SIZE;
	}
	return table_at(pool, *entry);
}

/* Maps one page of 1 << shift bytes. */
static int map_page(struct lwk_table_pool *pool, uint64_t virt, uint64_t phys,
		    unsigned int shift)
{
	uint64_t *table = pool->pages;
	unsigned int level = LWK_SHIFT_PML4;

	for (; level > shift; level -= 9) {
		table = next_table(pool, &table[lwk_pte_index(virt, level)]);
		if (!table)
			return -ENOSPC;
	}
	table[lwk_pte_index(virt, shift)] =
		phys | LWK_PTE_PRESENT | LWK_PTE_WRITE |
		(shift == LWK_SHIFT_PT ? 0 : LWK_PTE_LARGE);
	return 0;
}

static int map_range(struct lwk_table_pool *pool, uint64_t virt, uint64_t phys,
		     uint64_t bytes)
{
	for (uint64_t done = 0; done < bytes; done += MIB2) {
		int err =
			map_page(pool, virt + done, phys + done, LWK_SHIFT_PD);

		if (err)
			return err;
	}
	return 0;
}

int lwk_pagetable_build(struct lwk_table_pool *pool,
			const struct lwk_memory *mem,
			const struct lwk_bootstrap *what)
{
	int err;

	if (pool->bytes < LWK_PAGE_SIZE)
		return -ENOSPC;
	pool->used = LWK_PAGE_SIZE;
	err = map_range(pool, LWK_IMAGE_BASE, mem->region[0].base,
			what->image_bytes);
	for (uint32_t i = 0; !err && i < mem->count; i++)
		err = map_range(pool, LWK_PHYS_MAP + mem->region[i].base,
				mem->region[i].base, mem->region[i].bytes);
	if (!err)
		err = map_page(pool, what->trampoline, what->trampoline,
			       LWK_SHIFT_PT);
	return err;
}
