/* SPDX-License-Identifier: MIT */
/* Counting which handlers run after each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/sequences.h"

#define LONGEST 3

struct sequences {
	const struct nimble_ext *plain;
	uint64_t *count; /* [insn * LONGEST + length - 1], ending there */
	uint32_t insns, last, run; /* run: how many came one after another */
};

struct sequences *sequences_new(const struct nimble_ext *plain)
{
	struct sequences *s = calloc(1, sizeof(*s));

	s->plain = plain;
	nimble_code(plain, &s->insns);
	s->count = calloc(s->insns * LONGEST, sizeof(*s->count));
	return s;
}

static bool follows(const struct sequences *s, uint32_t insn)
{
	uint32_t count;
	const struct nx_insn *code = nimble_code(s->plain, &count);

	return s->run &&
	       insn == s->last + 1 + (code[s->last].opcode == NX_OP_LDDW);
}

void sequences_step(void *sequences, uint32_t insn, const uint64_t *reg)
{
	struct sequences *s = sequences;
	uint32_t length;

	(void)reg;
	s->run = follows(s, insn) ? s->run + 1 : 1;
	s->last = insn;
	for (length = 1; length <= LONGEST && length <= s->run; length++)
		s->count[insn * LONGEST + length - 1]++;
}

struct line {
	char text[160];
	uint64_t count;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->text,
		      ((const struct line *)b)->text);
}

static int by_count(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static char letter(char *seen, unsigned int reg)
{
	size_t n = strlen(seen);
	char *at = strchr(seen, (int)('A' + reg));

	if (reg == NX_REG_FRAME)
		return 'F';
	if (!at) {
		seen[n] = (char)('A' + reg);
		seen[n + 1] = 0;
		at = seen + n;
	}
	return (char)('a' + (at - seen));
}

/* The handlers of length instructions that end at insn. */
static void describe(const struct sequences *s, uint32_t insn, uint32_t length,
		     char *to, size_t bytes)
{
	uint32_t at[LONGEST], count, i;
	const struct nx_insn *code = nimble_code(s->plain, &count);
	char seen[16] = "";

	for (i = length; i-- > 0;) {
		at[i] = insn--;
		if (insn < count && i && insn &&
		    code[insn - 1].opcode == NX_OP_LDDW)
			insn--;
	}
	*to = 0;
	for (i = 0; i < length; i++) {
		struct nimble_cell cell;
		size_t used = strlen(to);

		nimble_cell(s->plain, at[i], &cell);
		used += (size_t)snprintf(to + used, bytes - used, "%s%s",
					 i ? " + " : "", cell.handler);
		if (cell.regs >= 1)
			used += (size_t)snprintf(to + used, bytes - used, " %c",
						 letter(seen, cell.reg[0]));
		if (cell.regs >= 2)
			snprintf(to + used, bytes - used, " %c",
				 letter(seen, cell.reg[1]));
	}
}

void sequences_print(struct sequences *s)
{
	struct line *lines = calloc(s->insns * LONGEST, sizeof(*lines));
	uint32_t i, n = 0, merged = 0;
	uint64_t total = 0;

	for (i = 0; i < s->insns * LONGEST; i++) {
		if (!s->count[i])
			continue;
		describe(s, i / LONGEST, i % LONGEST + 1, lines[n].text,
			 sizeof(lines[n].text));
		lines[n++].count = s->count[i];
		total += i % LONGEST ? 0 : s->count[i];
	}
	qsort(lines, n, sizeof(*lines), by_text);
	for (i = 0; i < n; i++)
		if (merged && !strcmp(lines[merged - 1].text, lines[i].text))
			lines[merged - 1].count += lines[i].count;
		else
			lines[merged++] = lines[i];
	qsort(lines, merged, sizeof(*lines), by_count);
	for (i = 0; i < merged; i++)
		printf("%.4f %llu %s\n", (double)lines[i].count / (double)total,
		       (unsigned long long)lines[i].count, lines[i].text);
	free(lines);
	free(s->count);
	free(s);
}
