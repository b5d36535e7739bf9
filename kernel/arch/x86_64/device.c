/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of devices: see kernel/arch/device.h. The tables of small pages that it once
 * needed stay for the next device. */
#include <asm/errno.h>

#include "kernel/abi/boot.h"
#include "kernel/abi/layout.h"
#include "kernel/arch/device.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/mm/page_alloc.h"

/* Then the tables above are the image's, which all others share. */
_Static_assert(LWK_DEVICE_BASE >= LWK_CODE_BASE + LWK_CODE_BYTES &&
		       LWK_DEVICE_BASE + LWK_MAX_DEVICES * LWK_DEVICE_BYTES <=
			       LWK_IMAGE_BASE + (1ULL << 30),
	       "in the image's gigabyte");

static uint64_t *entry_of(vaddr_t va)
{
	uint64_t *pde = arch_mmu_kernel_pde(va), *t;

	if (!(*pde & PTE_PRESENT)) {
		paddr_t table = page_alloc_zeroed(0);

		if (!table)
			return NULL;
		/* release: a processor that walks here finds it zeroed */
		__atomic_store_n(pde, table | PTE_PRESENT | PTE_WRITE,
				 __ATOMIC_RELEASE);
	}
	t = phys_to_virt(*pde & PTE_FRAME);
	return &t[va >> 12 & 511];
}

int arch_device_map(vaddr_t va, paddr_t pa, uint64_t bytes)
{
	vaddr_t end = va + bytes;

	for (; va < end; va += PAGE_SIZE, pa += PAGE_SIZE) {
		uint64_t *entry = entry_of(va);

		if (!entry)
			return -ENOMEM;
		/* Not global, so that a write of CR3 forgets it. */
		*entry = pa | PTE_PRESENT | PTE_ACCESSED | PTE_WRITE |
			 PTE_DIRTY | PTE_NX | PTE_PCD | PTE_PWT;
	}
	return 0;
}

void arch_device_unmap(vaddr_t va, uint64_t bytes)
{
	vaddr_t end = va + bytes;

	for (; va < end; va += PAGE_SIZE) {
		uint64_t *pde = arch_mmu_kernel_pde(va);
		uint64_t *entry = *pde & PTE_PRESENT ? entry_of(va) : NULL;

		if (entry)
			*entry = 0;
	}
}

uint64_t arch_mmio_read(vaddr_t va, unsigned int bytes)
{
	uint64_t value = 0;

	switch (bytes) {
	case 1:
		asm volatile("movb (%1), %b0"
			     : "+r"(value)
			     : "r"(va)
			     : "memory");
		break;
	case 2:
		asm volatile("movw (%1), %w0"
			     : "+r"(value)
			     : "r"(va)
			     : "memory");
		break;
	case 4:
		asm volatile("movl (%1), %k0"
			     : "=r"(value)
			     : "r"(va)
			     : "memory");
		break;
	case 8:
		asm volatile("movq (%1), %0"
			     : "=r"(value)
			     : "r"(va)
			     : "memory");
		break;
	}
	return value;
}

void arch_mmio_write(vaddr_t va, unsigned int bytes, uint64_t value)
{
	switch (bytes) {
	case 1:
		asm volatile("movb %b0, (%1)"
			     :
			     : "q"(value), "r"(va)
			     : "memory");
		break;
	case 2:
		asm volatile("movw %w0, (%1)"
			     :
			     : "r"(value), "r"(va)
			     : "memory");
		break;
	case 4:
		asm volatile("movl %k0, (%1)"
			     :
			     : "r"(value), "r"(va)
			     : "memory");
		break;
	case 8:
		asm volatile("movq %0, (%1)"
			     :
			     : "r"(value), "r"(va)
			     : "memory");
		break;
	}
}
