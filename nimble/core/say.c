/* SPDX-License-Identifier: MIT */
/* What an extension wants to say: format and values come from its memory. */
/*
 * A conversion takes the next value, a u64: %d %i %u %x %X %p %c %s, with '-', '0', a width
 * and lengths as printf has them: without an 'l' the lower half of the value counts. %s is
 * an address of theirs, of which at most STRING_MOST bytes are shown.
 */
#include "nimble/core/priv.h"

#define STRING_MOST 64
#define WIDTH_MOST 99 /* more would be work for nothing */
#define BYTES_PER_UNIT 16

struct say {
	struct nimble_run *run;
	char *to, *end; /* end: of the last byte, which is the zero */
	const char *format, *format_end;
	const uint64_t *value;
	uint64_t values;
};

/* One conversion's. */
struct spec {
	bool left, zero;
	unsigned int width, longs;
};

static void put(struct say *s, char c)
{
	if (s->to < s->end)
		*s->to++ = c;
}

static void pad(struct say *s, char c, unsigned int width, unsigned int used)
{
	for (; used < width; used++)
		put(s, c);
}

static void put_number(struct say *s, const struct spec *spec, uint64_t value,
		       bool negative, unsigned int base, const char *digits)
{
	char text[20];
	unsigned int n = 0, used;

	do {
		text[n++] = digits[value % base];
		value /= base;
	} while (value);
	used = n + negative;
	if (!spec->left && !spec->zero)
		pad(s, ' ', spec->width, used);
	if (negative)
		put(s, '-');
	if (!spec->left && spec->zero)
		pad(s, '0', spec->width, used);
	while (n)
		put(s, text[--n]);
	if (spec->left)
		pad(s, ' ', spec->width, used);
}

static void put_signed(struct say *s, const struct spec *spec, uint64_t value)
{
	int64_t v = spec->longs ? (int64_t)value : (int32_t)value;

	put_number(s, spec, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10,
		   "0123456789");
}

static void put_string(struct say *s, uint64_t at)
{
	uint64_t i;

	for (i = 0; i < STRING_MOST; i++) {
		const char *c = nimble_arg_memory(s->run, at + i, 1, false);

		if (!c || !*c)
			return;
		put(s, *c);
	}
}

static void convert(struct say *s, struct spec *spec, char how)
{
	uint64_t value = s->values ? (s->values--, *s->value++) : 0;
	uint64_t word = spec->longs || how == 'p' ? value : (uint32_t)value;

	switch (how) {
	case 'd':
	case 'i':
		put_signed(s, spec, value);
		break;
	case 'u':
		put_number(s, spec, word, false, 10, "0123456789");
		break;
	case 'x':
	case 'p':
		put_number(s, spec, word, false, 16, "0123456789abcdef");
		break;
	case 'X':
		put_number(s, spec, word, false, 16, "0123456789ABCDEF");
		break;
	case 'c':
		put(s, (char)value);
		break;
	case 's':
		put_string(s, value);
		break;
	default:
		put(s, '?');
	}
}

/* The next character of the format; 0 at its end. */
static char peek(const struct say *s)
{
	return s->format < s->format_end ? *s->format : 0;
}

static void parse(struct say *s, struct spec *spec)
{
	for (; peek(s) == '-' || peek(s) == '0'; s->format++)
		if (*s->format == '-')
			spec->left = true;
		else
			spec->zero = true;
	for (; peek(s) >= '0' && peek(s) <= '9'; s->format++)
		if (spec->width <= WIDTH_MOST / 10)
			spec->width = spec->width * 10 +
				      (unsigned int)(*s->format - '0');
	for (; peek(s) == 'l' || peek(s) == 'h' || peek(s) == 'z' ||
	       peek(s) == 'j' || peek(s) == 't';
	     s->format++)
		spec->longs += *s->format != 'h';
}

/* After a '%'. */
static void directive(struct say *s)
{
	struct spec spec = {0};
	char how;

	parse(s, &spec);
	how = peek(s);
	if (!how)
		return;
	s->format++;
	if (how == '%')
		put(s, '%');
	else
		convert(s, &spec, how);
}

void nimble_say(struct nimble_run *run, char *to, size_t size, uint64_t format,
		uint64_t bytes, uint64_t values, uint64_t values_bytes)
{
	struct say s = {.run = run, .to = to, .end = to + size - 1};
	char c;

	*to = 0;
	s.format = nimble_arg_memory(run, format, bytes, false);
	s.value = nimble_arg_memory(run, values, values_bytes & ~7ull, false);
	s.values = values_bytes / 8;
	if (!s.format || (s.values && !s.value) ||
	    !nimble_charge(run,
			   4 + size / BYTES_PER_UNIT + bytes / BYTES_PER_UNIT))
		return;
	s.format_end = s.format + bytes;
	while (s.to < s.end && (c = peek(&s))) {
		s.format++;
		if (c == '%')
			directive(&s);
		else
			put(&s, c);
	}
	*s.to = 0;
}
