/* SPDX-License-Identifier: GPL-2.0 */
/* What the pure files need from their environment.
 *
 * Pure files (image.c, layout.c, region.c, pagetable.c, walk.c, cookie.h,
 * ringidx.h) decide and calculate, and call nothing of Linux. They include this
 * header alone, so that tests/host/ compiles them for user space as they are.
 */
#ifndef LWK_SHIM_H
#define LWK_SHIM_H

#ifdef __KERNEL__

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include <linux/atomic.h>

#else

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)

/* As Linux's: returns what was there. */
#define cmpxchg(ptr, old, new)                                      \
	({                                                          \
		__typeof__(*(ptr)) was_ = (old);                    \
		__atomic_compare_exchange_n((ptr), &was_, (new), 0, \
					    __ATOMIC_SEQ_CST,       \
					    __ATOMIC_SEQ_CST);      \
		was_;                                               \
	})

#endif

#define LWK_ROUND_UP(x, to) (((x) + (to)-1) & ~((__typeof__(x))(to)-1))
#define LWK_ROUND_DOWN(x, to) ((x) & ~((__typeof__(x))(to)-1))

#endif
