/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel objects: powers of two from 32 bytes, aligned to their size class up to
 * a page; larger ones are whole pages. Thread context, any CPU. */
#ifndef LWK_MM_KMALLOC_H
#define LWK_MM_KMALLOC_H

#include "kernel/lib/types.h"

void *kmalloc(size_t bytes); /* NULL: out of memory, or bytes == 0 */
void *kzalloc(size_t bytes); /* the same, zeroed */
void kfree(void *ptr); /* NULL is allowed */

/* kzalloc() while the kernel comes up: it panics where there is no memory for `what`. */
void *kzalloc_boot(size_t bytes, const char *what);

/* Objects that are allocated now; for tests and leak checks. */
uint64_t kmalloc_live_objects(void);

#endif
