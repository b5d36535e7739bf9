/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables, as each architecture supplies them.
 *
 * User tables have the four levels and the entries that kernel/abi/procpage.h
 * describes, as the module walks them too. A change of an entry of the 2 MiB
 * level keeps LWK_PDE_SEEN. Callers hold the address space's lock.
 */
#ifndef LWK_ARCH_MMU_H
#define LWK_ARCH_MMU_H

#include "kernel/abi/layout.h"
#include "kernel/lib/types.h"

/* phys_to_virt(pa), virt_to_phys(p): the LWK's memory as the kernel sees it. */
#include <arch-impl/mmu.h>

enum page_prot {
	PAGE_READ = 1,
	PAGE_WRITE = 2,
	PAGE_EXEC = 4,
};

/* Build the kernel's own tables from the boot block and use them on this
 * CPU. Called once, on the first CPU, after the page allocator is set up. */
void arch_mmu_init(void);

/* Use the kernel's tables, no application's. */
void arch_mmu_use_kernel(void);

/* Use an application's tables, by their root. */
void arch_mmu_use(paddr_t root);

/* New tables that map only the kernel; 0: out of memory. */
paddr_t arch_mmu_new(void);

/* Free all tables below the application's half, and the root. The caller
 * frees the frames that they map. */
void arch_mmu_free(paddr_t root);

/* Look up what is mapped at address va. False: nothing is; `bytes` is then
 * the size of the aligned block around va in which nothing is mapped. */
struct mapping {
	paddr_t frame; /* first byte of the page, whatever its size */
	uint64_t bytes; /* PAGE_SIZE or LARGE_SIZE; of a hole, maybe more */
	uint32_t prot; /* enum page_prot; 0 = mapped without access */
	bool cow; /* to be copied before it is written: never writable */
};
bool arch_mmu_lookup(paddr_t root, vaddr_t va, struct mapping *m);

/* Map one page of `bytes` at va, where nothing is mapped. 0 or -ENOMEM;
 * -EEXIST: a large page where there is a table. */
int arch_mmu_map(paddr_t root, vaddr_t va, paddr_t frame, uint64_t bytes,
		 uint32_t prot);

/* Take away the page at va, which m describes. Returns true where the proxy may
 * have it in its own tables (see procpage.h): a zap must follow. */
bool arch_mmu_unmap(paddr_t root, vaddr_t va, const struct mapping *m);

/* Change the protection of what is mapped from va on, up to `end` or to the end of the
 * block or hole at va: returns where that is. Pages that are to be copied before they
 * are written do not become writable. *c collects whether an entry has changed, and
 * whether a zap must follow, because the proxy may have rights that were taken away. */
struct rights_change {
	bool changed;
	bool zap;
};
vaddr_t arch_mmu_set_rights(paddr_t root, vaddr_t va, vaddr_t end,
			    uint32_t prot, struct rights_change *c);

/* Is the page at va a large one? */
bool arch_mmu_is_large(paddr_t root, vaddr_t va);

/* Replace the page at va, which m describes, by another frame of the same size, with
 * the rights `prot`. Returns as arch_mmu_unmap() if the frame differs. */
bool arch_mmu_replace(paddr_t root, vaddr_t va, const struct mapping *m,
		      paddr_t frame, uint32_t prot);

/* Mark the page at va, which m describes, as one to be copied before it is written,
 * and update *m. Returns as arch_mmu_unmap(), where it was writable. */
bool arch_mmu_share(paddr_t root, vaddr_t va, struct mapping *m);

/* Map what m describes where nothing is mapped; as arch_mmu_map(). */
int arch_mmu_map_as(paddr_t root, vaddr_t va, const struct mapping *m);

/* For small pages in one aligned block of LARGE_SIZE.
 *
 * Map a zeroed page wherever nothing is mapped in [va, end); *added: how many. Maps
 * nothing where a large page is. False: out of memory. */
bool arch_mmu_fill(paddr_t root, vaddr_t va, vaddr_t end, uint32_t prot,
		   uint64_t *added);

/* Take away all pages of [va, end); returns how many there were, with their frames in
 * frames[]. *seen: as arch_mmu_unmap() says it. */
uint64_t arch_mmu_take(paddr_t root, vaddr_t va, vaddr_t end, paddr_t *frames,
		       bool *seen);

/* Take away the table of small pages over va if it is empty. The caller frees it when
 * no CPU of the LWK can use it any more (after a shootdown), and, if *seen is set now,
 * no walk of the module's can (after a zap). If `seen` is NULL, it does so only where
 * no zap is needed. 0: there is no table, or it is in use. */
paddr_t arch_mmu_take_table(paddr_t root, vaddr_t va, bool *seen);

/* Replace the large page over va by small pages with the same frames and
 * rights. 0 or -ENOMEM. */
int arch_mmu_split(paddr_t root, vaddr_t va);

/* Forget this CPU's cached translations of [start, end). */
void arch_mmu_flush(vaddr_t start, vaddr_t end);

#endif
