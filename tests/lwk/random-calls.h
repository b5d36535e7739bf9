/* SPDX-License-Identifier: MIT */
/* What the files of random-calls share: chance, and where things are in memory. */
#ifndef TESTS_LWK_RANDOM_CALLS_H
#define TESTS_LWK_RANDOM_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096UL
#define SCRATCH_PAGES 64UL
#define ARENA ((char *)0x200000000UL) /* what is mapped and unmapped */
#define ARENA_BYTES (64UL << 20)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- Chance ----------------------------------------------------------------- */

struct dice {
	uint64_t state;
	unsigned int left; /* calls to make */
};

/* Marsaglia, "Xorshift RNGs" (2003), with Vigna's multiplier. */
static inline uint64_t roll(struct dice *d)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return d->state * 0x2545f4914f6cdd1dUL;
}

static inline uint64_t below(struct dice *d, uint64_t n)
{
	return (roll(d) >> 16) % n;
}

static inline bool one_in(struct dice *d, uint64_t n)
{
	return below(d, n) == 0;
}

#define ONE_OF(d, table) ((table)[below(d, ARRAY_SIZE(table))])

/* ---- random-calls.c ----------------------------------------------------------- */

/* Memory for arguments; what to execute anew, and with which arguments. */
extern char *scratch, *self, **arguments;

/* Where a thread that was cloned begins. */
void cloned(void);

/* ---- random-arguments.c --------------------------------------------------------- */

/* Which call: its number, and an index for make_arguments(). */
int choose_call(struct dice *d, long *nr);
/* What to make it with. */
void make_arguments(struct dice *d, int index, long nr, uint64_t a[6]);

void *in_scratch(struct dice *d);
void *address(struct dice *d);
uint64_t number(struct dice *d);
/* Words of one kind at p. */
void fill(struct dice *d, uint64_t *p, size_t words);

#endif
