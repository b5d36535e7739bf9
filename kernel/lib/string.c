/* SPDX-License-Identifier: GPL-2.0 */
/* Memory and string functions. Copies and fills use `rep movsq`/`rep stosq`,
 * which the processors of interest run at full width as they do the forms of one
 * byte (Intel SDM vol. 1, 7.3.9.3), and others eight times as fast. */
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

void *memcpy(void *dst, const void *src, size_t bytes)
{
	size_t words = bytes / 8, rest = bytes % 8;
	void *d = dst;

	asm volatile("rep movsq"
		     : "+D"(d), "+S"(src), "+c"(words)
		     :
		     : "memory");
	if (rest)
		asm volatile("rep movsb"
			     : "+D"(d), "+S"(src), "+c"(rest)
			     :
			     : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t bytes)
{
	char *d = dst;
	const char *s = src;

	if (d <= s || d >= s + bytes)
		return memcpy(dst, src, bytes);
	while (bytes--)
		d[bytes] = s[bytes];
	return dst;
}

void *memset(void *dst, int value, size_t bytes)
{
	unsigned long pattern = (value & 0xff) * 0x0101010101010101UL;
	size_t words = bytes / 8, rest = bytes % 8;
	void *d = dst;

	asm volatile("rep stosq"
		     : "+D"(d), "+c"(words)
		     : "a"(pattern)
		     : "memory");
	if (rest)
		asm volatile("rep stosb"
			     : "+D"(d), "+c"(rest)
			     : "a"(pattern)
			     : "memory");
	return dst;
}

/* At any alignment. */
static uint64_t get_word(const unsigned char *at)
{
	uint64_t word;

	__builtin_memcpy(&word, at, sizeof(word));
	return word;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const unsigned char *x = a, *y = b;

	/* As far as whole words are the same. */
	for (; bytes >= 8 && get_word(x) == get_word(y); bytes -= 8) {
		x += 8;
		y += 8;
	}
	for (; bytes; bytes--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return p - s;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (!*a)
			break;
	}
	return 0;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = 0;
	return n;
}

const char *strrchr_or_self(const char *s, char c)
{
	const char *last = s;

	for (; *s; s++)
		if (*s == c)
			last = s + 1;
	return last;
}
