/* SPDX-License-Identifier: GPL-2.0 */
/* Pages for machine code: see kernel/arch/code.h. */
#include "kernel/arch/code.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/sync/spinlock.h"

#include <asm/errno.h>

/* The alias has tables of its own, in the half where other tables have an
 * application. */
#define ALIAS_START LARGE_SIZE

_Static_assert(ARCH_CODE_PAGES *PAGE_SIZE == LARGE_SIZE, "one table");

static paddr_t frames; /* 0: there are none */
static uint64_t *code_table; /* of ARCH_CODE_START, shared by all tables */

/* Guards the alias; taken with interrupts off, for a page at a time. */
static struct spinlock lock = SPINLOCK_INIT;
static paddr_t alias_root;
static uint64_t *alias_table;

/* No CPU has written there, and no other CPU is running, so none has it cached. */
static bool take_out_of_map(paddr_t pa)
{
	uint64_t va = (uint64_t)phys_to_virt(pa);
	uint64_t *entry = arch_mmu_kernel_pde(va);

	if (!(*entry & PTE_LARGE))
		return false;
	*entry = 0;
	arch_mmu_flush(va, va + PAGE_SIZE);
	return true;
}

static uint64_t *new_table(uint64_t *entry)
{
	paddr_t table = page_alloc_zeroed(0);

	if (!table)
		return NULL;
	*entry = table | PTE_PRESENT | PTE_WRITE;
	return phys_to_virt(table);
}

static int make_alias(void)
{
	uint64_t *table;

	alias_root = arch_mmu_new();
	if (!alias_root)
		return -ENOMEM;
	table = new_table(phys_to_virt(alias_root));
	table = table ? new_table(table) : NULL;
	alias_table = table ? new_table(&table[ALIAS_START >> 21]) : NULL;
	return alias_table ? 0 : -ENOMEM;
}

int arch_code_init(void)
{
	paddr_t pa = page_alloc(LARGE_ORDER);

	if (!pa || make_alias())
		return -ENOMEM;
	code_table = new_table(arch_mmu_kernel_pde(ARCH_CODE_START));
	if (!code_table || !take_out_of_map(pa))
		return -ENOMEM;
	frames = pa;
	return 0;
}

/* With the alias's tables, which have the kernel's half like all others. */
static void write_page(uint32_t index, const void *from)
{
	uint64_t flags = arch_irq_save();
	uint64_t before = read_cr3();

	spin_lock(&lock);
	alias_table[index] = (frames + index * PAGE_SIZE) | PTE_PRESENT |
			     PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_NX;
	write_cr3(alias_root);
	memcpy((void *)(ALIAS_START + index * PAGE_SIZE), from, PAGE_SIZE);
	alias_table[index] = 0;
	write_cr3(before); /* forgets the alias */
	spin_unlock(&lock);
	arch_irq_restore(flags);
}

void arch_code_write(uint32_t index, const void *from)
{
	ASSERT(frames && index < ARCH_CODE_PAGES && !code_table[index]);
	write_page(index, from);
	/* Not global, so that a write of CR3 forgets it. Read-only and
	 * executable. */
	__atomic_store_n(&code_table[index],
			 (frames + index * PAGE_SIZE) | PTE_PRESENT |
				 PTE_ACCESSED,
			 __ATOMIC_RELEASE);
}

void arch_code_unmap(uint32_t index, uint32_t count)
{
	vaddr_t start = ARCH_CODE_START + index * PAGE_SIZE;

	ASSERT(index + count <= ARCH_CODE_PAGES);
	memset(&code_table[index], 0, count * sizeof(*code_table));
	arch_mmu_flush(start, start + count * PAGE_SIZE);
}
