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
	struct nimble_out out; /* end: of the last byte, which is the zero */
	const char *format, *format_end;
	const uint64_t *value;
	uint64_t values;
};

static void put_string(struct say *s, uint64_t at)
{
	uint64_t i;

	for (i = 0; i < STRING_MOST; i++) {
		const char *c = nimble_arg_memory(s->run, at + i, 1, false);

		if (!c || !*c)
			return;
		nimble_put(&s->out, *c);
	}
}

static void convert(struct say *s, struct nimble_spec *spec, char how)
{
	uint64_t value = s->values ? (s->values--, *s->value++) : 0;
	uint64_t word = spec->longs || how == 'p' ? value : (uint32_t)value;

	spec->upper = how == 'X';
	switch (how) {
	case 'd':
	case 'i':
		value = spec->longs ? value : (uint64_t)(int64_t)(int32_t)value;
		nimble_put_number(&s->out, spec, value, (int64_t)value < 0, 10);
		break;
	case 'u':
		nimble_put_number(&s->out, spec, word, false, 10);
		break;
	case 'x':
	case 'X':
	case 'p':
		nimble_put_number(&s->out, spec, word, false, 16);
		break;
	case 'c':
		nimble_put(&s->out, (char)value);
		break;
	case 's':
		put_string(s, value);
		break;
	default:
		nimble_put(&s->out, '?');
	}
}

/* The next character of the format; 0 at its end. */
static char peek(const struct say *s)
{
	return s->format < s->format_end ? *s->format : 0;
}

static void parse(struct say *s, struct nimble_spec *spec)
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
	struct nimble_spec spec = {0};
	char how;

	parse(s, &spec);
	how = peek(s);
	if (!how)
		return;
	s->format++;
	if (how == '%')
		nimble_put(&s->out, '%');
	else
		convert(s, &spec, how);
}

void nimble_say(struct nimble_run *run, char *to, size_t size, uint64_t format,
		uint64_t bytes, uint64_t values, uint64_t values_bytes)
{
	struct say s = {.run = run, .out = {to, to + size - 1}};
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
	while (s.out.at < s.out.end && (c = peek(&s))) {
		s.format++;
		if (c == '%')
			directive(&s);
		else
			nimble_put(&s.out, c);
	}
	*s.out.at = 0;
}
