/* SPDX-License-Identifier: MIT */
/* Formatting and comparing text, without a libc. */
#include "nimble/core/priv.h"

struct out {
	char *at, *end;
};

static void put(struct out *out, char c)
{
	if (out->at < out->end)
		*out->at++ = c;
}

static void put_number(struct out *out, uint64_t value, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put(out, digits[--n]);
}

static void put_signed(struct out *out, int value)
{
	if (value < 0)
		put(out, '-');
	put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void put_text(struct out *out, const char *text)
{
	while (*text)
		put(out, *text++);
}

void nimble_vformat(char *to, size_t bytes, const char *format, va_list args)
{
	struct out out = {to, to + bytes - 1};

	for (; *format; format++) {
		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(&out, va_arg(args, const char *));
			break;
		case 'u':
			put_number(&out, va_arg(args, unsigned int), 10);
			break;
		case 'd':
			put_signed(&out, va_arg(args, int));
			break;
		case 'x':
			put_number(&out, va_arg(args, unsigned int), 16);
			break;
		case 'X':
			put_number(&out, va_arg(args, uint64_t), 16);
			break;
		default:
			put(&out, *format);
		}
	}
	*out.at = 0;
}

void nimble_format(char *to, size_t bytes, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	nimble_vformat(to, bytes, format, args);
	va_end(args);
}

bool nimble_same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}
