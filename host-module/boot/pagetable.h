/* SPDX-License-Identifier: GPL-2.0 */
/* The bootstrap page tables of an instance (kernel/abi/boot.h); pure. */
#ifndef LWK_PAGETABLE_H
#define LWK_PAGETABLE_H

#include "host-module/partition/region.h"

#define LWK_PTE_PRESENT 0x1ULL
#define LWK_PTE_WRITE 0x2ULL
#define LWK_PTE_USER 0x4ULL
#define LWK_PTE_LARGE 0x80ULL
#define LWK_PTE_NX (1ULL << 63)
#define LWK_PTE_ADDRESS 0x000ffffffffff000ULL

#define LWK_SHIFT_PT 12
#define LWK_SHIFT_PD 21
#define LWK_SHIFT_PDPT 30
#define LWK_SHIFT_PML4 39

static inline unsigned int lwk_pte_index(uint64_t address, unsigned int shift)
{
	return (address >> shift) & 511;
}

/* Zeroed pages that become tables. */
struct lwk_table_pool {
	uint64_t *pages;
	uint64_t phys; /* of pages */
	uint64_t bytes;
	uint64_t used; /* bytes */
};

struct lwk_bootstrap {
	uint64_t image_bytes;
	uint64_t trampoline; /* physical address of its page */
};

/* Bytes of tables that lwk_pagetable_build() takes at most. */
uint64_t lwk_pagetable_bytes_max(const struct lwk_memory *mem);

/* Maps the image, all regions and the trampoline's page; the first page of the
 * pool is the root. -ENOSPC: the pool is too small. */
int lwk_pagetable_build(struct lwk_table_pool *pool,
			const struct lwk_memory *mem,
			const struct lwk_bootstrap *what);

#endif
