/* SPDX-License-Identifier: MIT */
/* Threaded code: handlers, by family, and superoperators. */
#ifndef NIMBLE_ENGINE_THREADED_H
#define NIMBLE_ENGINE_THREADED_H

/*
 * A cell is a handler's address, a word of registers, a byte for each, two for each
 * step, and the steps' operand words (bodies.h). Translation grows a cell step by step: a
 * node is an operation, or NIMBLE_BASE_OPS and the number of a superoperator.
 */
#include <stdint.h>

#include "nimble/engine/ops.h"

#define NIMBLE_CELL_WORDS 2 /* before the operands */

#define SUPER2(...) +1
#define SUPER3(...) +1
enum {
	NIMBLE_SUPERS = 0
#include "nimble/engine/super.def"
};

struct nimble_super {
	const char *name;
	nimble_handler handler;
	uint8_t step[3]; /* enum nimble_op */
	uint8_t count;
	uint8_t next; /* with the same beginning; NIMBLE_SUPERS: there is none */
};

struct nimble_threads {
	nimble_handler handler[NIMBLE_BASE_OPS]; /* NULL: the slow path does it */
	struct nimble_super super[NIMBLE_SUPERS];
	uint8_t longer[NIMBLE_BASE_OPS + NIMBLE_SUPERS]; /* the first, by node */
};

/* Fill what is found by node; super is there. Once, before anything is translated. */
void nimble_threads_link(struct nimble_threads *threads);

/* The superoperator that is a node and one more step, or NIMBLE_SUPERS. */
static inline unsigned int
nimble_super_find(const struct nimble_threads *threads, unsigned int node,
		  unsigned int op)
{
	unsigned int s = threads->longer[node];

	while (s != NIMBLE_SUPERS &&
	       threads->super[s].step[threads->super[s].count - 1] != op)
		s = threads->super[s].next;
	return s;
}

/* engine/threaded.c, compiled for both. */
extern struct nimble_threads nimble_threads_checked;
extern struct nimble_threads nimble_threads_unchecked;
void nimble_threaded_checked_init(void);
void nimble_threaded_unchecked_init(void);

#endif
