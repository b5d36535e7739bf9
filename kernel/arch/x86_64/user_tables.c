/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables of applications. The module walks them while they change, without
 * a lock, and sets LWK_PDE_SEEN in entries of the 2 MiB level: see
 * kernel/abi/procpage.h. So every entry is written whole, those of that level by
 * atomic read-modify-write. An entry of that level that points to a table counts the
 * table's entries in bits that the processor ignores, so that an empty one is known:
 * arch_mmu_take_table(). Tables above are freed only with the root. */
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

/* The count: bits 52 to 61 of an entry that points to a table. */
#define COUNT_ONE (1ULL << 52)
#define COUNT_MASK (1023 * COUNT_ONE)

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

/* The entry of the page that m describes, with other rights. */
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

/* The entry of the 2 MiB level for va, or NULL: a table above is missing;
 * *missing, if given, is then the size of what that table would cover. */
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
	/* release: a CPU that sees the entry sees the page's contents */
	__atomic_store_n(pte, entry, __ATOMIC_RELEASE);
	__atomic_fetch_add(pde, COUNT_ONE, __ATOMIC_RELAXED);
	return 0;
}

bool arch_mmu_fill(paddr_t root, vaddr_t va, vaddr_t end, uint32_t prot,
		   uint64_t *added)
{
	uint64_t *pde = make_pde(root, va), *pte;
	uint64_t flags = flags_of(prot), n = 0;
	paddr_t frame = 1;

	*added = 0;
	if (!pde)
		return false;
	if (is_large(load(pde)))
		return true;
	if (!(load(pde) & PTE_PRESENT) && make_table(pde))
		return false;
	for (pte = pte_of(load(pde), va); va < end; va += PAGE_SIZE, pte++) {
		if (is_mapped(load(pte)))
			continue;
		frame = page_alloc_zeroed(0);
		if (!frame)
			break;
		__atomic_store_n(pte, frame | flags, __ATOMIC_RELEASE);
		n++;
	}
	__atomic_fetch_add(pde, n * COUNT_ONE, __ATOMIC_RELAXED);
	*added = n;
	return frame;
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
	paddr_t frame;
	bool seen;

	if (m->bytes == LARGE_SIZE)
		return write_entry(root, va, m, 0);
	arch_mmu_take(root, va, va + PAGE_SIZE, &frame, &seen);
	return seen;
}

uint64_t arch_mmu_take(paddr_t root, vaddr_t va, vaddr_t end, paddr_t *frames,
		       bool *seen)
{
	uint64_t *pde = find_pde(root, va, NULL), *pte;
	uint64_t n = 0;

	*seen = false;
	if (!pde || !(load(pde) & PTE_PRESENT))
		return 0;
	ASSERT(!is_large(load(pde)));
	for (pte = pte_of(load(pde), va); va < end; va += PAGE_SIZE, pte++) {
		uint64_t e = load(pte);

		if (!is_mapped(e))
			continue;
		__atomic_store_n(pte, 0, __ATOMIC_RELAXED);
		frames[n++] = e & PTE_FRAME;
	}
	/* A full fence between the entries and SEEN, as in write_entry(). */
	if (n)
		*seen = __atomic_fetch_sub(pde, n * COUNT_ONE,
					   __ATOMIC_SEQ_CST) &
			LWK_PDE_SEEN;
	return n;
}

paddr_t arch_mmu_take_table(paddr_t root, vaddr_t va, bool *seen)
{
	uint64_t *pde = find_pde(root, va, NULL);
	uint64_t e = pde ? load(pde) : 0;

	if (!(e & PTE_PRESENT) || is_large(e) || (e & COUNT_MASK))
		return 0;
	if (!seen)
		e &= ~LWK_PDE_SEEN;
	while (!__atomic_compare_exchange_n(pde, &e, 0, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED))
		if (!seen)
			return 0;
	if (seen)
		*seen |= e & LWK_PDE_SEEN;
	return e & PTE_FRAME;
}

/* The entry e with other rights. */
static uint64_t with_rights(uint64_t e, uint32_t prot)
{
	const struct mapping m = {.bytes = e & PTE_LARGE ? LARGE_SIZE
							 : PAGE_SIZE,
				  .cow = e & PTE_COW};

	return (e & PTE_FRAME) | flags_for(&m, prot);
}

static void set_large_rights(uint64_t *pde, uint32_t prot,
			     struct rights_change *c)
{
	uint64_t e = load(pde), new = with_rights(e, prot);

	if (prot_of(e) == prot_of(new))
		return;
	e = replace_pde(pde, new);
	c->changed = true;
	c->zap |= (e & LWK_PDE_SEEN) && (prot_of(e) & ~prot_of(new));
}

static void set_small_rights(uint64_t *pde, vaddr_t va, vaddr_t end,
			     uint32_t prot, struct rights_change *c)
{
	uint64_t *pte = pte_of(load(pde), va);
	bool changed = false;
	uint32_t lost = 0;

	for (; va < end; va += PAGE_SIZE, pte++) {
		uint64_t e = load(pte), new;

		if (!is_mapped(e))
			continue;
		new = with_rights(e, prot);
		if (prot_of(e) == prot_of(new))
			continue;
		__atomic_store_n(pte, new, __ATOMIC_RELAXED);
		lost |= prot_of(e) & ~prot_of(new);
		changed = true;
	}
	c->changed |= changed;
	if (!lost)
		return;
	/* Between the entries and SEEN, as in write_entry(). */
	arch_fence();
	c->zap |= (load(pde) & LWK_PDE_SEEN) != 0;
}

vaddr_t arch_mmu_set_rights(paddr_t root, vaddr_t va, vaddr_t end,
			    uint32_t prot, struct rights_change *c)
{
	uint64_t block = LARGE_SIZE;
	uint64_t *pde = find_pde(root, va, &block);
	vaddr_t next = ALIGN_DOWN(va, block) + block;

	if (pde && is_large(load(pde)))
		set_large_rights(pde, prot, c);
	else if (pde && (load(pde) & PTE_PRESENT))
		set_small_rights(pde, va, MIN(next, end), prot, c);
	return next;
}

bool arch_mmu_is_large(paddr_t root, vaddr_t va)
{
	const uint64_t *pde = find_pde(root, va, NULL);

	return pde && is_large(load(pde));
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
	replace_pde(pde, table | PTE_PRESENT | PTE_WRITE | PTE_USER |
				 512 * COUNT_ONE);
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
