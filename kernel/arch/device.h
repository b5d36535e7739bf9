/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of devices, as each architecture supplies it. */
#ifndef LWK_ARCH_DEVICE_H
#define LWK_ARCH_DEVICE_H

#include "kernel/lib/types.h"

/* Map whole pages for all CPUs, uncached, from LWK_DEVICE_BASE on, where nothing is
 * mapped yet. 0; or -ENOMEM: some of them may be mapped. One caller at a time. */
int arch_device_map(vaddr_t va, paddr_t pa, uint64_t bytes);

/* Unmap them; CPUs may still have translations of them. */
void arch_device_unmap(vaddr_t va, uint64_t bytes);

/* One access; bytes is 1, 2, 4 or 8, and va a multiple of it. Any context. */
uint64_t arch_mmio_read(vaddr_t va, unsigned int bytes);
void arch_mmio_write(vaddr_t va, unsigned int bytes, uint64_t value);

#endif
