// SPDX-License-Identifier: MIT
/* A process without a break.
 *
 * Linux puts the break of a static-PIE at 0x55..., in the middle of the range
 * that the application owns, and the C library asks for some before main().
 * These definitions replace the library's. Every request fails, so the
 * library's first allocation and malloc() use mmap(). __curbrk must not be
 * null, or else the library makes the system call itself (dl-early_allocate.c
 * of glibc). The first calls come before there is thread-local memory: errno is
 * not set.
 */
#include <stdint.h>

void *__curbrk = (void *)1;

int __brk(void *address);
void *__sbrk(intptr_t increment);

int __brk(void *address)
{
	(void)address;
	return -1;
}

void *__sbrk(intptr_t increment)
{
	(void)increment;
	return (void *)-1;
}

int brk(void *address) __attribute__((alias("__brk")));
void *sbrk(intptr_t increment) __attribute__((alias("__sbrk")));
