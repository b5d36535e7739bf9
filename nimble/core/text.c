/* SPDX-License-Identifier: MIT */
/* Formatting and comparing text, without a libc. */
#include "nimble/core/priv.h"

void nimble_put(struct nimble_out *out, char c)
{
	if (out->at < out->end)
		*out->at++ = c;
}

static void pad(struct nimble_out *out, char c, unsigned int width,
		unsigned int used)
{
	for (; used < width; used++)
		nimble_put(out, c);
}

void nimble_put_number(struct nimble_out *out, const struct nimble_spec *spec,
		       uint64_t value, bool negative, unsigned int base)
{
	const char *all = spec->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char digits[20];
	unsigned int n = 0, used;

	value = negative ? -value : value;
	do {
		digits[n++] = all[value % base];
		value /= base;
	} while (value);
	used = n + negative;
	if (!spec->left && !spec->zero)
		pad(out, ' ', spec->width, used);
	if (negative)
		nimble_put(out, '-');
	if (!spec->left && spec->zero)
		pad(out, '0', spec->width, used);
	while (n)
		nimble_put(out, digits[--n]);
	if (spec->left)
		pad(out, ' ', spec->width, used);
}

static void put_text(struct nimble_out *out, const char *text)
{
	while (*text)
		nimble_put(out, *text++);
}

void nimble_vformat(char *to, size_t bytes, const char *format, va_list args)
{
	struct nimble_out out = {to, to + bytes - 1};
	const struct nimble_spec plain = {0};
	int number;

	for (; *format; format++) {
		if (*format != '%') {
			nimble_put(&out, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(&out, va_arg(args, const char *));
			break;
		case 'u':
			nimble_put_number(&out, &plain,
					  va_arg(args, unsigned int), false,
					  10);
			break;
		case 'd':
			number = va_arg(args, int);
			nimble_put_number(&out, &plain,
					  (uint64_t)(int64_t)number, number < 0,
					  10);
			break;
		case 'x':
			nimble_put_number(&out, &plain,
					  va_arg(args, unsigned int), false,
					  16);
			break;
		case 'X':
			nimble_put_number(&out, &plain, va_arg(args, uint64_t),
					  false, 16);
			break;
		default:
			nimble_put(&out, *format);
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
