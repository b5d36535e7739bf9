/* SPDX-License-Identifier: MIT */
/* Counting which handlers run after each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/sequences.h"

#define LONGEST 4

struct sequences {
	const struct nimble_ext *plain;
	uint64_t *count; /* [insn * LONGEST + length - 1], ending there */
	bool *target; /* jumped to: may not stand inside a cell */
	uint32_t insns, last, run; /* run: how many came one after another */
};

/* A tool of short life: without memory there is nothing left to do. */
static void *zeroed(size_t count, size_t bytes)
{
	void *memory = calloc(count, bytes);

	if (!memory) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return memory;
}

static void find_targets(struct sequences *s)
{
	uint32_t i, count;
	const struct nx_insn *code = nimble_code(s->plain, &count);

	for (i = 0; i < count; i++) {
		unsigned int class = BPF_CLASS(code[i].opcode);
		bool far = code[i].opcode == (BPF_JMP32 | BPF_JA);
		uint32_t to =
			i + 1 + (uint32_t)(far ? code[i].imm : code[i].off);

		if ((class == BPF_JMP || class == BPF_JMP32) && to < count)
			s->target[to] = true;
	}
}

struct sequences *sequences_new(const struct nimble_ext *plain)
{
	struct sequences *s = zeroed(1, sizeof(*s));

	s->plain = plain;
	nimble_code(plain, &s->insns);
	s->target = zeroed(s->insns, sizeof(*s->target));
	find_targets(s);
	s->count = zeroed(s->insns * LONGEST, sizeof(*s->count));
	return s;
}

static bool follows(const struct sequences *s, uint32_t insn)
{
	uint32_t count;
	const struct nx_insn *code = nimble_code(s->plain, &count);

	return s->run && !s->target[insn] &&
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

/* The cells of length instructions that end at insn. */
static void describe(const struct sequences *s, uint32_t insn, uint32_t length,
		     char *to, size_t bytes)
{
	uint32_t at[LONGEST], count, i;
	const struct nx_insn *code = nimble_code(s->plain, &count);

	for (i = length; i-- > 0; insn--) {
		at[i] = insn;
		if (i && insn > 1 && code[insn - 2].opcode == NX_OP_LDDW)
			insn--;
	}
	*to = 0;
	for (i = 0; i < length; i++) {
		struct nimble_cell cell;
		size_t used = strlen(to);

		nimble_cell(s->plain, at[i], &cell);
		snprintf(to + used, bytes - used, "%s%s %s %u %u",
			 i ? " + " : "", cell.format ? cell.format : "-",
			 cell.handler, cell.reg[0], cell.reg[1]);
	}
}

void sequences_print(struct sequences *s)
{
	struct line *lines = zeroed(s->insns * LONGEST, sizeof(*lines));
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
		printf("%.6f %s\n", (double)lines[i].count / (double)total,
		       lines[i].text);
	free(lines);
	free(s->target);
	free(s->count);
	free(s);
}
