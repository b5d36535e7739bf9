/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: the inline part of kernel/arch/mmu.h. */
#ifndef ARCH_IMPL_MMU_H
#define ARCH_IMPL_MMU_H

#include "kernel/abi/layout.h"
#include "kernel/lib/types.h"

static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(pa + LWK_PHYS_MAP);
}

static inline paddr_t virt_to_phys(const void *va)
{
	return (paddr_t)va - LWK_PHYS_MAP;
}

#endif
