/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for machine code that is made while the kernel runs, as each architecture
 * supplies it: ARCH_CODE_PAGES pages at ARCH_CODE_START, within reach of the image.
 *
 * No other mapping makes them writable: the frames are not in the map of all memory.
 * arch_code_write() writes a page by an alias that only its CPU has, in tables of its
 * own, and then maps it executable; the page must not be mapped yet. The caller guards
 * which extension has which page (nimble/code_pool.c).
 */
#ifndef LWK_ARCH_CODE_H
#define LWK_ARCH_CODE_H

#include "kernel/abi/layout.h"
#include "kernel/lib/types.h"

#define ARCH_CODE_START LWK_CODE_BASE
#define ARCH_CODE_PAGES ((uint32_t)(LWK_CODE_BYTES / LWK_PAGE_SIZE))

/* Take the frames. Called once, on the first CPU, before any other runs. 0 or -ENOMEM. */
int arch_code_init(void);

/* Fill page `index` with PAGE_SIZE bytes and map it. Thread context. */
void arch_code_write(uint32_t index, const void *from);

/* Unmap pages; CPUs may still have translations of them. */
void arch_code_unmap(uint32_t index, uint32_t count);

#endif
