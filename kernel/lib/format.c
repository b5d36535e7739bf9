/* SPDX-License-Identifier: GPL-2.0 */
/* printf-like formatting. */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

struct out {
	char *buf;
	size_t size;
	size_t used;
};

struct spec {
	bool left;
	bool zero;
	int width;
	int precision; /* -1: none */
	int longs; /* 0 int, 1 long, 2 long long, size_t */
};

static void put(struct out *o, char c)
{
	if (o->used + 1 < o->size)
		o->buf[o->used++] = c;
}

static void put_padded(struct out *o, const struct spec *s, const char *text,
		       size_t len)
{
	size_t pad = (size_t)s->width > len ? s->width - len : 0;

	while (!s->left && pad && pad--)
		put(o, s->zero ? '0' : ' ');
	while (len--)
		put(o, *text++);
	while (s->left && pad && pad--)
		put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, uint64_t value,
		       bool negative, unsigned int base, const char *digits)
{
	char text[24];
	char *p = text + sizeof(text);

	do {
		*--p = digits[value % base];
		value /= base;
	} while (value);
	if (negative && s->zero) {
		struct spec rest = *s;

		put(o, '-');
		rest.width = s->width ? s->width - 1 : 0;
		put_padded(o, &rest, p, text + sizeof(text) - p);
		return;
	}
	if (negative)
		*--p = '-';
	put_padded(o, s, p, text + sizeof(text) - p);
}

static const char *parse_spec(struct spec *s, const char *fmt, va_list *args)
{
	*s = (struct spec){.precision = -1};
	for (;; fmt++) {
		if (*fmt == '-')
			s->left = true;
		else if (*fmt == '0')
			s->zero = true;
		else
			break;
	}
	if (*fmt == '*') {
		s->width = va_arg(*args, int);
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		s->width = s->width * 10 + *fmt - '0';
	if (*fmt == '.') {
		s->precision = 0;
		if (*++fmt == '*') {
			s->precision = va_arg(*args, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			s->precision = s->precision * 10 + *fmt - '0';
	}
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		s->longs++;
	return fmt;
}

static void put_spec(struct out *o, const struct spec *s, char c, va_list *args)
{
	const char *hex = "0123456789abcdef";

	switch (c) {
	case 'd':
	case 'i': {
		int64_t v = s->longs ? va_arg(*args, long) : va_arg(*args, int);

		put_number(o, s, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10,
			   hex);
		break;
	}
	case 'X':
		hex = "0123456789ABCDEF";
		/* fall through */
	case 'u':
	case 'x':
		put_number(o, s,
			   s->longs ? va_arg(*args, unsigned long)
				    : va_arg(*args, unsigned int),
			   false, c == 'u' ? 10 : 16, hex);
		break;
	case 'p':
		put(o, '0');
		put(o, 'x');
		put_number(o, s, (uintptr_t)va_arg(*args, void *), false, 16,
			   hex);
		break;
	case 'c': {
		char ch = (char)va_arg(*args, int);

		put_padded(o, s, &ch, 1);
		break;
	}
	case 's': {
		const char *text = va_arg(*args, const char *);

		if (!text)
			text = "(null)";
		put_padded(o, s, text,
			   strnlen(text, s->precision < 0
						 ? SIZE_MAX
						 : (size_t)s->precision));
		break;
	}
	default: /* %% and what we do not know: as it stands */
		put(o, c);
	}
}

size_t format_v(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = {buf, size, 0};
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(&s, fmt + 1, &ap);
		if (!*fmt)
			break;
		put_spec(&o, &s, *fmt, &ap);
	}
	va_end(ap);
	buf[o.used] = 0;
	return o.used;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = format_v(buf, size, fmt, args);
	va_end(args);
	return n;
}
