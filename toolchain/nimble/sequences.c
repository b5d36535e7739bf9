/* SPDX-License-Identifier: MIT */
/* Counting how often each handler runs, in the order of the code. */
#include <stdio.h>
#include <stdlib.h>

#include "toolchain/nimble/sequences.h"

struct sequences {
	const struct nimble_ext *plain;
	uint64_t *count; /* [insn] */
	bool *target; /* jumped to or called: starts a cell */
	uint32_t insns;
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

/* Where an instruction may send control, but the next one; or count. */
static uint32_t target_of(const struct nx_insn *insn, uint32_t i,
			  uint32_t count)
{
	unsigned int class = BPF_CLASS(insn->opcode);
	bool far = insn->opcode == (BPF_JMP32 | BPF_JA) ||
		   insn->opcode == (BPF_JMP | BPF_CALL);

	if ((class != BPF_JMP && class != BPF_JMP32) ||
	    insn->opcode == (BPF_JMP | BPF_EXIT) ||
	    (insn->opcode == (BPF_JMP | BPF_CALL) &&
	     insn->src != NX_CALL_LOCAL))
		return count;
	return i + 1 + (uint32_t)(far ? insn->imm : insn->off);
}

struct sequences *sequences_new(const struct nimble_ext *plain)
{
	struct sequences *s = zeroed(1, sizeof(*s));
	const struct nx_insn *code = nimble_code(plain, &s->insns);
	uint32_t i;

	s->plain = plain;
	s->target = zeroed(s->insns, sizeof(*s->target));
	s->count = zeroed(s->insns, sizeof(*s->count));
	for (i = 0; i < s->insns; i++) {
		uint32_t to = target_of(&code[i], i, s->insns);

		if (to < s->insns)
			s->target[to] = true;
		i += code[i].opcode == NX_OP_LDDW;
	}
	for (i = 0; i < nimble_entries(plain); i++)
		s->target[nimble_entry_insn(plain, i)] = true;
	return s;
}

void sequences_step(void *sequences, uint32_t insn, const uint64_t *reg)
{
	struct sequences *s = sequences;

	(void)reg;
	s->count[insn]++;
}

/* A line each: share of all that ran, the handler, "<" where a cell starts. */
void sequences_print(struct sequences *s)
{
	uint32_t i, count;
	const struct nx_insn *code = nimble_code(s->plain, &count);
	uint64_t total = 0;

	for (i = 0; i < count; i++)
		total += s->count[i];
	for (i = 0; i < count; i++) {
		struct nimble_cell cell;

		nimble_cell(s->plain, i, &cell);
		printf("%.6f %s %s %u %u%s\n",
		       total ? (double)s->count[i] / (double)total : 0,
		       cell.format ? cell.format : "-", cell.handler,
		       cell.reg[0], cell.reg[1], s->target[i] ? " <" : "");
		i += code[i].opcode == NX_OP_LDDW;
	}
	free(s->target);
	free(s->count);
	free(s);
}
