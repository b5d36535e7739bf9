/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables of applications. The module walks them while they change, without
 * a lock, and sets LWK_PDE_SEEN in entries of the 2 MiB level: see
 * kernel/abi/procpage.h. So every entry is written whole, those of that level by
 * atomic read-modify-write, and tables are freed only with the root. */
#include <asm/errno.h>

#include "kernel/abi/procpage.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/x86.h"
#include "kernel/core/panic.h"
#include "kernel/mm/page_alloc.h"

/* Bits that the processor ignores. Mapped without access: PRESENT is off, and this
 * is on. */
#define PTE_NO_ACCESS (1ULL << 10)
/* To be copied before it is written; WRITE is off. */
#define PTE_COW (1ULL << 11)

static uint64_t load(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

static uint64_t flags_of(uint32_t prot)
{
	uint64_t f = PTE_USER | PTE_ACCESSED;

	/* x86 cannot write without reading, so write implies read */
	if (!prot)
		return f | PTE_NO_ACCESS;
	f |= PTE_PRESENT;
	if (prot & PAGE_WRITE)
		f |= PTE_WRITE | PTE_DIRTY;
	if (!(prot & PAGE_EXEC))
		f |= PTE_NX;
	return f;
}

/* Of the page that m describes, with other rights. */
static uint64_t flags_for(const struct mapping *m, uint32_t prot)
{
	uint64_t large = m->bytes == LARGE_SIZE ? PTE_LARGE : 0;

	if (m->cow)
		return flags_of(prot & ~(uint32_t)PAGE_WRITE) | PTE_COW | large;
	return flags_of(prot) | large;
}

static uint32_t prot_of(uint64_t e)
{
	if (!(e & PTE_PRESENT))
		return 0;
	return PAGE_READ | (e & PTE_WRITE ? PAGE_WRITE : 0) |
	       (e & PTE_NX ? 0 : PAGE_EXEC);
}

static bool is_mapped(uint64_t e)
{
	return e & (PTE_PRESENT | PTE_NO_ACCESS);
}

static bool is_large(uint64_t e)
{
	return is_mapped(e) && (e & PTE_LARGE);
}

/* The entry of the 2 MiB level for va, or NULL where a table above is missing;
 * *missing, where given, is then the size of what that table would cover. */
static uint64_t *find_pde(paddr_t root, vaddr_t va, uint64_t *missing)
{
	uint64_t *t = phys_to_virt(root);
	int shift;

	for (shift = 39; shift > LARGE_SHIFT; shift -= 9) {
		uint64_t e = load(&t[va >> shift & 511]);

		if (!(e & PTE_PRESENT)) {
			if (missing)
				*missing = 1UL << shift;
			return NULL;
		}
		t = phys_to_virt(e & PTE_FRAME);
	}
	return &t[va >> LARGE_SHIFT & 511];
}

/* As find_pde(), but missing tables are made. NULL: out of memory. */
static uint64_t *make_pde(paddr_t root, vaddr_t va)
{
	uint64_t *t = phys_to_virt(root);
	int shift;

	for (shift = 39; shift > LARGE_SHIFT; shift -= 9) {
		uint64_t *e = &t[va >> shift & 511];

		if (!(*e & PTE_PRESENT)) {
			paddr_t table = page_alloc_zeroed(0);

			if (!table)
				return NULL;
			__atomic_store_n(
				e, table | PTE_PRESENT | PTE_WRITE | PTE_USER,
				__ATOMIC_RELEASE);
		}
		t = phys_to_virt(*e & PTE_FRAME);
	}
	return &t[va >> LARGE_SHIFT & 511];
}

static uint64_t *pte_of(uint64_t pde, vaddr_t va)
{
	uint64_t *t = phys_to_virt(pde & PTE_FRAME);

	return &t[va >> PAGE_SHIFT & 511];
}

/* Replace an entry of the 2 MiB level, keeping SEEN. Returns the old one. */
static uint64_t replace_pde(uint64_t *pde, uint64_t value)
{
	uint64_t old = load(pde);

	while (!__atomic_compare_exchange_n(pde, &old,
					    value | (old & LWK_PDE_SEEN), false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		arch_pause();
	return old;
}

bool arch_mmu_lookup(paddr_t root, vaddr_t va, struct mapping *m)
{
	uint64_t *pde = find_pde(root, va, &m->bytes);
	uint64_t e;

	if (!pde)
		return false;
	e = load(pde);
	m->bytes = LARGE_SIZE;
	if (is_large(e)) {
		m->frame = e & PTE_FRAME & ~(LARGE_SIZE - 1);
		m->prot = prot_of(e);
		m->cow = e & PTE_COW;
		return true;
	}
	if (!(e & PTE_PRESENT))
		return false;
	m->bytes = PAGE_SIZE;
	e = load(pte_of(e, va));
	if (!is_mapped(e))
		return false;
	m->frame = e & PTE_FRAME;
	m->prot = prot_of(e);
	m->cow = e & PTE_COW;
	return true;
}

static int make_table(uint64_t *pde)
{
	paddr_t table = page_alloc_zeroed(0);

	if (!table)
		return -ENOMEM;
	replace_pde(pde, table | PTE_PRESENT | PTE_WRITE | PTE_USER);
	return 0;
}

int arch_mmu_map_as(paddr_t root, vaddr_t va, const struct mapping *m)
{
	uint64_t entry = m->frame | flags_for(m, m->prot);
	uint64_t *pde = make_pde(root, va);
	uint64_t *pte;

	if (!pde)
		return -ENOMEM;
	if (m->bytes == LARGE_SIZE) {
		if (load(pde) & ~LWK_PDE_SEEN)
			return -EEXIST;
		replace_pde(pde, entry);
		return 0;
	}
	ASSERT(!is_large(load(pde)));
	if (!(load(pde) & PTE_PRESENT) && make_table(pde))
		return -ENOMEM;
	pte = pte_of(load(pde), va);
	ASSERT(!is_mapped(load(pte)));
	/* release: whoever sees the entry sees the page's contents */
	__atomic_store_n(pte, entry, __ATOMIC_RELEASE);
	return 0;
}

int arch_mmu_map(paddr_t root, vaddr_t va, paddr_t frame, uint64_t bytes,
		 uint32_t prot)
{
	const struct mapping m = {frame, bytes, prot, false};

	return arch_mmu_map_as(root, va, &m);
}

/* Write the entry of the page that m describes; returns SEEN as it stood after
 * the write was visible. */
static bool write_entry(paddr_t root, vaddr_t va, const struct mapping *m,
			uint64_t value)
{
	uint64_t *pde = find_pde(root, va, NULL);

	ASSERT(pde);
	if (m->bytes == LARGE_SIZE)
		return replace_pde(pde, value) & LWK_PDE_SEEN;
	/* The exchange is a full fence between the entry and SEEN; it pairs
	 * with the module's compare and exchange of SEEN. */
	__atomic_exchange_n(pte_of(load(pde), va), value, __ATOMIC_SEQ_CST);
	return load(pde) & LWK_PDE_SEEN;
}

bool arch_mmu_unmap(paddr_t root, vaddr_t va, const struct mapping *m)
{
	return write_entry(root, va, m, 0);
}

bool arch_mmu_protect(paddr_t root, vaddr_t va, const struct mapping *m,
		      uint32_t prot)
{
	bool seen = write_entry(root, va, m, m->frame | flags_for(m, prot));

	return seen && (m->prot & ~prot);
}

bool arch_mmu_replace(paddr_t root, vaddr_t va, const struct mapping *m,
		      paddr_t frame, uint32_t prot)
{
	const struct mapping new = {frame, m->bytes, prot, false};
	bool seen = write_entry(root, va, m, frame | flags_for(&new, prot));

	return seen && frame != m->frame;
}

bool arch_mmu_share(paddr_t root, vaddr_t va, struct mapping *m)
{
	bool was_writable = m->prot & PAGE_WRITE;

	m->cow = true;
	m->prot &= ~(uint32_t)PAGE_WRITE;
	return write_entry(root, va, m, m->frame | flags_for(m, m->prot)) &&
	       was_writable;
}

int arch_mmu_split(paddr_t root, vaddr_t va)
{
	uint64_t *pde = find_pde(root, va, NULL);
	paddr_t table = page_alloc(0);
	uint64_t *t = phys_to_virt(table);
	uint64_t e, i;

	if (!table)
		return -ENOMEM;
	ASSERT(pde && is_large(load(pde)));
	e = load(pde) & ~(PTE_LARGE | LWK_PDE_SEEN);
	for (i = 0; i < 512; i++)
		t[i] = e + i * PAGE_SIZE;
	replace_pde(pde, table | PTE_PRESENT | PTE_WRITE | PTE_USER);
	return 0;
}

static void free_level(paddr_t table, int shift, int count)
{
	uint64_t *t = phys_to_virt(table);
	int i;

	for (i = 0; i < count; i++) {
		if (!(t[i] & PTE_PRESENT) || (t[i] & PTE_LARGE))
			continue;
		if (shift > LARGE_SHIFT)
			free_level(t[i] & PTE_FRAME, shift - 9, 512);
		else
			page_free(t[i] & PTE_FRAME, 0);
	}
	page_free(table, 0);
}

void arch_mmu_free(paddr_t root)
{
	free_level(root, 39, 256);
}
