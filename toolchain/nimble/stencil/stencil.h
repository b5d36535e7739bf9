/* SPDX-License-Identifier: MIT */
/* The stencil tool: its steps, and what they hand on. */
#ifndef NIMBLE_STENCIL_STENCIL_H
#define NIMBLE_STENCIL_STENCIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimble/engine/stencil.h"

#define REGS 11
#define HOLES 8 /* of a stencil */
#define STEPS 32 /* instructions of a stencil */
#define NO_TARGET (-1)

/* The code of one family for two registers, without the jump to the next. */
struct stencil {
	bool present;
	uint8_t bytes[NIMBLE_STENCIL_MOST];
	unsigned int count, holes;
	struct nimble_hole hole[HOLES];
};

extern struct stencil stencils[NIMBLE_STENCILS][REGS][REGS];

/* One x86 instruction. */
struct step {
	uint8_t bytes[16];
	unsigned int count;
	bool refers; /* to something outside: there must be a hole for that */
	int target; /* of a jump inside: the step; steps: the end; or NO_TARGET */
	unsigned int holes;
	struct nimble_hole hole[2];
};

struct code {
	const char *name;
	struct step step[STEPS];
	unsigned int steps;
};

/* Name the stencil, and end the program with an error. */
void refuse(const char *name, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

const char *family_name(unsigned int family);

/* elf.c: fill stencils[] from an object file. */
void read_object(const char *path);

/* x86.c: take bytes apart; what is not known to be harmless is refused. `indirect` and
 * `call` allow a jump through memory and a call. Jumps inside get their target. */
void decode(struct code *code, const uint8_t *bytes, size_t count,
	    bool indirect, bool call);

/* tidy.c: jumps to the next go, at the end and in between. */
void tidy(struct code *code);
void assemble(const struct code *code, struct stencil *to);

/* shape.c: what is written. Each shape is compared with all its stencils. */
void derive_shapes(void);
void write_table(const char *path);

#endif
