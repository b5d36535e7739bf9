/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's unit tests share: memory, and panics that can be expected. */
#ifndef TESTS_UNIT_KERNEL_HOST_H
#define TESTS_UNIT_KERNEL_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/lib/types.h"

/* Give the page allocator `bytes` of memory. Once in a program. */
void host_memory_init(uint64_t bytes);
/* The same, with the last `reserve` bytes for the administrator. */
void host_memory_init_reserve(uint64_t bytes, uint64_t reserve);
/* The answer of page_for_admin(). */
extern bool host_for_admin;

/* Run fn(0) to fn(count - 1) at once, each in a thread of the host's. */
void host_parallel(unsigned int count, void (*fn)(unsigned int index));

/* Run the statement; it must panic. */
extern jmp_buf host_panic_jump;
extern bool host_panic_expected;
#define expect_panic(statement)                                    \
	do {                                                       \
		host_panic_expected = true;                        \
		if (!setjmp(host_panic_jump)) {                    \
			statement;                                 \
			fail_msg("did not panic: %s", #statement); \
		}                                                  \
		host_panic_expected = false;                       \
	} while (0)

#endif
