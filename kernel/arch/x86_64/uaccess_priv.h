/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: user copies and the table of instructions that may fault. */
#ifndef ARCH_UACCESS_PRIV_H
#define ARCH_UACCESS_PRIV_H

#include "kernel/lib/types.h"

struct extable_entry {
	uint64_t from;
	uint64_t to;
	uint64_t nofault;
};

extern const struct extable_entry extable_start[], extable_end[];

unsigned long uaccess_copy(void *dst, const void *src, size_t n);
unsigned long uaccess_copy_nofault(void *dst, const void *src, size_t n);
unsigned long uaccess_clear(void *dst, size_t n);
long uaccess_cmpxchg32(uint32_t *at, uint32_t old, uint32_t new,
		       uint32_t *seen);
long uaccess_string(char *dst, const char *src, size_t size);

#endif
