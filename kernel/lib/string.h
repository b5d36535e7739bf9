/* SPDX-License-Identifier: GPL-2.0 */
/* The memory and string functions that C code and the compiler expect. */
#ifndef LWK_LIB_STRING_H
#define LWK_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t bytes);
void *memmove(void *dst, const void *src, size_t bytes);
void *memset(void *dst, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
/* What follows the last c in s, or s where there is none: a path's last part. */
const char *strrchr_or_self(const char *s, char c);

/* Copy at most size - 1 bytes and end with zero. Returns the length copied. */
size_t strlcpy(char *dst, const char *src, size_t size);

#endif
