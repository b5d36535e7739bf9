/* SPDX-License-Identifier: GPL-2.0 */
/* printf-like formatting: %d %i %u %x %X %c %s %p %% with l, ll, z, width, zero
 * fill, '-' and precision for %s. No floating point. */
#ifndef LWK_LIB_FORMAT_H
#define LWK_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Format into buf, at most size bytes with the terminating zero (size > 0).
 * Returns the length that was stored. */
size_t format_v(char *buf, size_t size, const char *fmt, va_list args);
size_t format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
