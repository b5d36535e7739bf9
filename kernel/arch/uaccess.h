/* SPDX-License-Identifier: GPL-2.0 */
/* Access to the current application's memory. Thread context with its address
 * space in use; may fault pages in. Addresses outside the application's range
 * and failing accesses give -EFAULT, with part of the data perhaps copied. */
#ifndef LWK_ARCH_UACCESS_H
#define LWK_ARCH_UACCESS_H

#include "kernel/abi/layout.h"
#include "kernel/lib/types.h"

static inline bool user_range_ok(vaddr_t a, uint64_t bytes)
{
	return a <= LWK_APP_END && bytes <= LWK_APP_END - a;
}

int copy_from_user(void *dst, vaddr_t src, size_t bytes);
int copy_to_user(vaddr_t dst, const void *src, size_t bytes);
int clear_user(vaddr_t dst, size_t bytes);

/* Copy a zero-terminated string, at most size bytes with the zero. Returns its
 * length, -EFAULT, or -ENAMETOOLONG. */
long copy_string_from_user(char *dst, vaddr_t src, size_t size);

/* Copy a structure whose size the program gives, of which the kernel knows `known`
 * bytes. Bytes that the program does not have become zero; -E2BIG: bytes that the
 * kernel does not know are not zero. (Linux's rule for structures that grow.) */
int copy_struct_from_user(void *dst, size_t known, vaddr_t src, uint64_t bytes);

/* As copy_from_user(), but never faults a page in: for any context whose
 * address space is the one meant. */
int copy_from_user_nofault(void *dst, vaddr_t src, size_t bytes);
int copy_to_user_nofault(vaddr_t dst, const void *src, size_t bytes);

/* Atomically replace `old` by `new` in the aligned word at `at`; *seen is the value
 * before, which is `old` if it was replaced. Never faults a page in. -EFAULT. */
int user_cmpxchg32_nofault(vaddr_t at, uint32_t old, uint32_t new,
			   uint32_t *seen);

#endif
