/* SPDX-License-Identifier: GPL-2.0 */
/* Formats of extensions: text and values come from their memory, and neither is
 * believed. A conversion takes the next value, a u64: %d %i %u %x %X %c %p %s, with
 * flags, width, precision and lengths as printf has them; %s an address of theirs. */
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/nimble_priv.h"

#define STRING_MOST 64
#define SPEC_MOST 16
#define BYTES_PER_UNIT 16

struct writer {
	struct nimble_run *run;
	char *to;
	size_t size, used;
	const char *format, *end;
	const uint64_t *value;
	uint64_t values;
};

static void put_text(struct writer *w, const char *text)
{
	w->used += strlcpy(w->to + w->used, text, w->size - w->used);
}

static void put_char(struct writer *w, char c)
{
	char text[2] = {c, 0};

	put_text(w, text);
}

/* A string of the extension, as far as it ends. */
static void put_string(struct writer *w, uint64_t at)
{
	int i;

	for (i = 0; i < STRING_MOST; i++) {
		const char *c =
			nimble_arg_memory(w->run, at + (uint64_t)i, 1, false);

		if (!c || !*c)
			return;
		put_char(w, *c);
	}
}

/* One value, by the flags and width that were copied to spec. */
static void put_number(struct writer *w, char *spec, size_t length, char how,
		       uint64_t value)
{
	char text[SPEC_MOST + 32];
	size_t most = w->size - w->used;

	spec[length] = 'l';
	spec[length + 1] = how == 'p' ? 'x' : how == 'i' ? 'd' : how;
	spec[length + 2] = 0;
	format(text, MIN(sizeof(text), most ? most : 1), spec, value);
	put_text(w, text);
}

static void convert(struct writer *w, char *spec, size_t length, char how)
{
	uint64_t value = w->values ? (w->values--, *w->value++) : 0;

	switch (how) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'p':
		put_number(w, spec, length, how, value);
		break;
	case 'c':
		put_char(w, (char)value);
		break;
	case 's':
		put_string(w, value);
		break;
	default:
		put_char(w, '?');
	}
}

static bool is_length(char c)
{
	return c == 'l' || c == 'h' || c == 'z' || c == 'j' || c == 't';
}

static bool is_flag(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

/* After a '%'. A width has two digits: one of a million would be work for nothing. */
static void directive(struct writer *w)
{
	char spec[SPEC_MOST + 4] = "%";
	size_t length = 1;

	while (w->format < w->end && is_flag(*w->format)) {
		if (length < 4)
			spec[length++] = *w->format;
		w->format++;
	}
	while (w->format < w->end && is_length(*w->format))
		w->format++;
	if (w->format == w->end)
		return;
	if (*w->format == '%')
		put_char(w, '%');
	else
		convert(w, spec, length, *w->format);
	w->format++;
}

void extension_format(struct nimble_run *run, char *to, size_t size,
		      uint64_t format, uint64_t bytes, uint64_t values,
		      uint64_t values_bytes)
{
	struct writer w = {.run = run, .to = to, .size = size};

	*to = 0;
	w.format = nimble_arg_memory(run, format, bytes, false);
	w.value = nimble_arg_memory(run, values, values_bytes & ~7ULL, false);
	w.values = values_bytes / 8;
	if (!w.format || (w.values && !w.value) ||
	    !nimble_charge(run,
			   4 + size / BYTES_PER_UNIT + bytes / BYTES_PER_UNIT))
		return;
	w.end = w.format + strnlen(w.format, bytes);
	while (w.format < w.end && w.used + 1 < size)
		if (*w.format++ == '%')
			directive(&w);
		else
			put_char(&w, w.format[-1]);
}
