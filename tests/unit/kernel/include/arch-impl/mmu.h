/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory of the kernel's unit tests: one array. */
#ifndef ARCH_IMPL_MMU_H
#define ARCH_IMPL_MMU_H

#include "kernel/lib/types.h"

/* Addresses begin here, so that 0 stays "no memory". */
#define HOST_MEMORY_BASE 0x40000000UL
extern char *host_memory;

static inline void *phys_to_virt(paddr_t pa)
{
	return host_memory + (pa - HOST_MEMORY_BASE);
}

static inline paddr_t virt_to_phys(const void *va)
{
	return (paddr_t)((const char *)va - host_memory) + HOST_MEMORY_BASE;
}

#endif
