/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own page tables: the image with W^X, the LWK's memory at
 * LWK_PHYS_MAP, the local APIC's page. Nothing else of the machine is mapped, so
 * the LWK cannot write Linux's memory by mistake. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/sync/spinlock.h"

/* A page of the image's gigabyte that the image (LWK_IMAGE_MAX) leaves free. */
#define LAPIC_VIRT (LWK_IMAGE_BASE + LWK_IMAGE_MAX)

/* Beyond so many pages it is cheaper to drop all translations. */
#define FLUSH_PAGES 32

/* GS's base tells kernel from user mode (trap_entry.S): both kernel ranges are
 * negative as signed numbers. */
_Static_assert((int64_t)LWK_PHYS_MAP < 0 && (int64_t)LWK_IMAGE_BASE < 0,
	       "kernel addresses");
_Static_assert(LWK_IMAGE_BASE == 0xffffffff80000000, "lwk.lds says the same");

static paddr_t kernel_root;
static bool lapic_mapped;

void *lapic_mmio_base(void)
{
	ASSERT(lapic_mapped);
	return (void *)LAPIC_VIRT;
}

static uint64_t *table_below(uint64_t *entry)
{
	if (!(*entry & PTE_PRESENT)) {
		paddr_t table = page_alloc_zeroed(0);

		if (!table)
			panic("no memory for the kernel's page tables");
		*entry = table | PTE_PRESENT | PTE_WRITE;
	}
	return phys_to_virt(*entry & PTE_FRAME);
}

uint64_t *arch_mmu_kernel_pde(uint64_t va)
{
	uint64_t *t = phys_to_virt(kernel_root);

	t = table_below(&t[va >> 39 & 511]);
	t = table_below(&t[va >> 30 & 511]);
	return &t[va >> 21 & 511];
}

static void map_kernel(uint64_t va, paddr_t pa, uint64_t bytes, uint64_t flags)
{
	uint64_t end = va + bytes;

	while (va != end) {
		uint64_t *entry = arch_mmu_kernel_pde(va), *t;

		if (IS_ALIGNED(va | pa, LARGE_SIZE) && end - va >= LARGE_SIZE) {
			*entry = pa | flags | PTE_LARGE;
			va += LARGE_SIZE;
			pa += LARGE_SIZE;
			continue;
		}
		t = table_below(entry);
		t[va >> 12 & 511] = pa | flags;
		va += PAGE_SIZE;
		pa += PAGE_SIZE;
	}
}

/* ---- Guards below stacks ----------------------------------------------- */

/* Guards the kernel's tables after they are built. */
static struct spinlock tables_lock = SPINLOCK_INIT;

/* Replace a large page by a table with the same frames and rights. A CPU that has the
 * large page cached may go on using it. 0 or -ENOMEM. */
static int split(uint64_t *entry)
{
	uint64_t first = *entry & ~(uint64_t)PTE_LARGE, i;
	paddr_t table = page_alloc(0);
	uint64_t *t;

	if (!table)
		return -ENOMEM;
	t = phys_to_virt(table);
	for (i = 0; i < LARGE_SIZE / PAGE_SIZE; i++)
		t[i] = first + i * PAGE_SIZE;
	/* release: a processor that walks here finds the table filled */
	__atomic_store_n(entry, table | PTE_PRESENT | PTE_WRITE,
			 __ATOMIC_RELEASE);
	return 0;
}

/* The entry of a page of the kernel's, which is mapped. NULL: no memory. */
static uint64_t *entry_of(uint64_t va)
{
	uint64_t *t = phys_to_virt(kernel_root);

	t = phys_to_virt(t[va >> 39 & 511] & PTE_FRAME);
	t = phys_to_virt(t[va >> 30 & 511] & PTE_FRAME);
	t = &t[va >> 21 & 511];
	if ((*t & PTE_LARGE) && split(t))
		return NULL;
	t = phys_to_virt(*t & PTE_FRAME);
	return &t[va >> 12 & 511];
}

int mmu_guard(void *page)
{
	uint64_t *entry;

	spin_lock(&tables_lock);
	entry = entry_of((uint64_t)page);
	if (entry)
		*entry &= ~(uint64_t)PTE_PRESENT;
	spin_unlock(&tables_lock);
	arch_mmu_flush((vaddr_t)page, (vaddr_t)page + PAGE_SIZE);
	return entry ? 0 : -ENOMEM;
}

/* No CPU caches a page that was not mapped. */
void mmu_unguard(void *page)
{
	spin_lock(&tables_lock);
	*entry_of((uint64_t)page) |= PTE_PRESENT;
	spin_unlock(&tables_lock);
}

static void map_image(paddr_t base)
{
	const uint64_t common = PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED;
	uint64_t start = (uint64_t)image_start;
	uint64_t text = (uint64_t)text_end - start;
	uint64_t rodata = (uint64_t)rodata_end - (uint64_t)text_end;
	uint64_t data = (uint64_t)image_end - (uint64_t)rodata_end;

	map_kernel(start, base, text, common);
	map_kernel((uint64_t)text_end, base + text, rodata, common | PTE_NX);
	map_kernel((uint64_t)rodata_end, base + text + rodata, data,
		   common | PTE_WRITE | PTE_DIRTY | PTE_NX);
}

void arch_mmu_init(void)
{
	const uint64_t rw = PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED |
			    PTE_WRITE | PTE_DIRTY | PTE_NX;
	uint64_t ro_bytes = (uint64_t)rodata_end - (uint64_t)image_start;
	uint32_t i;

	kernel_root = page_alloc_zeroed(0);
	if (!kernel_root)
		panic("no memory for the kernel's page tables");
	map_image(boot->region[0].base);
	for (i = 0; i < boot->region_count; i++) {
		const struct lwk_region *r = &boot->region[i];
		uint64_t skip = i ? 0 : ro_bytes;

		/* text has no writable alias */
		map_kernel(LWK_PHYS_MAP + r->base + skip, r->base + skip,
			   r->bytes - skip, rw);
	}
	if (!boot->lapic_mode)
		map_kernel(LAPIC_VIRT, boot->lapic_base, PAGE_SIZE,
			   rw | PTE_PCD | PTE_PWT);
	lapic_mapped = true;
	arch_mmu_use_kernel();
}

void arch_mmu_use_kernel(void)
{
	write_cr3(kernel_root);
}

void arch_mmu_use(paddr_t root)
{
	if ((read_cr3() & PTE_FRAME) != root)
		write_cr3(root);
}

paddr_t arch_mmu_new(void)
{
	paddr_t root = page_alloc_zeroed(0);

	if (root)
		memcpy((uint64_t *)phys_to_virt(root) + 256,
		       (uint64_t *)phys_to_virt(kernel_root) + 256,
		       256 * sizeof(uint64_t));
	return root;
}

void arch_mmu_flush(vaddr_t start, vaddr_t end)
{
	if (end - start > FLUSH_PAGES * PAGE_SIZE) {
		write_cr3(read_cr3());
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		asm volatile("invlpg (%0)" : : "r"(start) : "memory");
}
