/* SPDX-License-Identifier: MIT */
/* Formats of extensions in user space: text and values come from their memory. */
/*
 * A conversion takes the next value, a u64: %d %i %u %x %X %p %c %s, with flags, width
 * and lengths as printf has them; %s an address of theirs.
 */
#include <stdio.h>
#include <string.h>

#include "nimble/user/sim_priv.h"

#define STRING_MOST 64
#define WIDTH_MOST 4 /* characters of flags and width */

struct writer {
	struct nimble_run *run;
	FILE *to;
	const char *format, *end;
	const uint64_t *value;
	uint64_t values;
};

static void put_string(struct writer *w, uint64_t at)
{
	int i;

	for (i = 0; i < STRING_MOST; i++) {
		const char *c =
			nimble_arg_memory(w->run, at + (uint64_t)i, 1, false);

		if (!c || !*c)
			return;
		fputc(*c, w->to);
	}
}

/* `length` is that of the number: with one 'l' or more the whole word counts. */
static int64_t as_signed(uint64_t value, unsigned int length)
{
	return length ? (int64_t)value : (int32_t)value;
}

static uint64_t as_unsigned(uint64_t value, unsigned int length)
{
	return length ? value : (uint32_t)value;
}

static void convert(struct writer *w, const char *width, unsigned int length,
		    char how)
{
	uint64_t value = w->values ? (w->values--, *w->value++) : 0;
	char spec[16];

	snprintf(spec, sizeof(spec), "%%%sll%c", width,
		 how == 'i'   ? 'd'
		 : how == 'p' ? 'x'
			      : how);
	switch (how) {
	case 'd':
	case 'i':
		fprintf(w->to, spec, (long long)as_signed(value, length));
		break;
	case 'p':
		length = 2;
		/* fall through */
	case 'u':
	case 'x':
	case 'X':
		fprintf(w->to, spec,
			(unsigned long long)as_unsigned(value, length));
		break;
	case 'c':
		fputc((char)value, w->to);
		break;
	case 's':
		put_string(w, value);
		break;
	default:
		fputc('?', w->to);
	}
}

static bool is_in(char c, const char *set)
{
	return c && strchr(set, c);
}

/* After a '%'. */
static void directive(struct writer *w)
{
	char width[WIDTH_MOST + 1] = "";
	unsigned int used = 0, length = 0;

	for (; w->format < w->end && is_in(*w->format, "-0123456789");
	     w->format++)
		if (used < WIDTH_MOST - 1)
			width[used++] = *w->format;
	for (; w->format < w->end && is_in(*w->format, "lhzjt"); w->format++)
		length += *w->format != 'h';
	if (w->format == w->end)
		return;
	if (*w->format == '%')
		fputc('%', w->to);
	else
		convert(w, width, length, *w->format);
	w->format++;
}

void nimble_user_format(struct nimble_run *run, char *to, size_t size,
			uint64_t format, uint64_t bytes, uint64_t values,
			uint64_t values_bytes)
{
	struct writer w = {.run = run};

	memset(to, 0, size);
	w.format = nimble_arg_memory(run, format, bytes, false);
	w.value = nimble_arg_memory(run, values, values_bytes & ~7ull, false);
	w.values = values_bytes / 8;
	if (!w.format || (w.values && !w.value) ||
	    !nimble_charge(run, 4 + size / 16 + bytes / 16))
		return;
	w.to = fmemopen(to, size, "w");
	if (!w.to)
		return;
	w.end = w.format + strnlen(w.format, bytes);
	while (w.format < w.end)
		if (*w.format++ == '%')
			directive(&w);
		else
			fputc(w.format[-1], w.to);
	fclose(w.to);
	to[size - 1] = 0;
}
