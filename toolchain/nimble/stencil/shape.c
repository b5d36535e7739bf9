/* SPDX-License-Identifier: MIT */
/* From a stencil for each combination of registers to shapes, and back to compare. */
/*
 * Stencils of a family that have the same length and holes may have a shape in common:
 * base ^ F[first] ^ G[second]. F and G are found by walking from one of them: in its
 * row and column they are what differs. A stencil that does not agree, such as that of
 * "xor r1, r1", is left for the next shape. Of all stencils to start at, that is taken
 * whose shape explains most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/stencil/stencil.h"

#define MOST_SHAPES 1024
#define MOST_COLUMNS 0x80
#define NOBODY 0xff
struct stencil stencils[NIMBLE_STENCILS][REGS][REGS];

static struct nimble_shape shapes[MOST_SHAPES];
static unsigned int shape_count;
static struct nimble_family families[NIMBLE_STENCILS];
static uint8_t base[1 << 16];
static unsigned int base_count;
static struct nimble_fix fixes[MOST_SHAPES * 8];
static unsigned int fix_count;
static struct nimble_hole holes[MOST_SHAPES * HOLES];
static unsigned int hole_count;
static uint8_t which[1 << 15] = {
	0}; /* the first is nobody's: 0 is "one shape" */
static unsigned int which_count = 1;
static uint8_t columns[MOST_COLUMNS][16];
static bool column_known[MOST_COLUMNS][REGS];
static unsigned int column_count = 1; /* the first: nothing changes */

/* F and G of a shape that is being found. */
struct guess {
	const struct stencil *from;
	bool known[2][REGS];
	uint8_t differs[2][REGS][NIMBLE_STENCIL_MOST];
	bool member[REGS][REGS];
	unsigned int members;
	bool used[2][REGS]; /* by members: only of those F and G matter */
};

static bool alike(const struct stencil *a, const struct stencil *b)
{
	return a->count == b->count && a->holes == b->holes &&
	       !memcmp(a->hole, b->hole, a->holes * sizeof(a->hole[0]));
}

static void combine(const struct stencil *a, const uint8_t *b, const uint8_t *c,
		    uint8_t *to)
{
	unsigned int i;

	for (i = 0; i < a->count; i++)
		to[i] = a->bytes[i] ^ b[i] ^ c[i];
}

/* What of F or G follows from a stencil whose other one is known. */
static bool learn(struct guess *g, const struct stencil *s, unsigned int side,
		  unsigned int reg, unsigned int other)
{
	if (g->known[side][reg] || !g->known[!side][other])
		return false;
	combine(s, g->from->bytes, g->differs[!side][other],
		g->differs[side][reg]);
	g->known[side][reg] = true;
	return true;
}

static bool agrees(const struct guess *g, const struct stencil *s,
		   unsigned int first, unsigned int second)
{
	uint8_t bytes[NIMBLE_STENCIL_MOST];

	if (!g->known[0][first] || !g->known[1][second])
		return false;
	combine(g->from, g->differs[0][first], g->differs[1][second], bytes);
	return !memcmp(bytes, s->bytes, s->count);
}

/* Does a byte depend on the register? */
static bool depends(const struct guess *g, unsigned int side, unsigned int at)
{
	unsigned int r, first = REGS;

	for (r = 0; r < REGS; r++) {
		if (!g->used[side][r])
			continue;
		if (first < REGS &&
		    g->differs[side][r][at] != g->differs[side][first][at])
			return true;
		first = first < REGS ? first : r;
	}
	return false;
}

/* Where a row and a column meet that nothing else is in, such as "xor r1, r1" in the two of
 * r1, the first register is what the code depends on. */
static bool learn_diagonal(struct guess *g, const struct stencil *s,
			   unsigned int reg)
{
	if (g->known[0][reg] || g->known[1][reg])
		return false;
	g->known[1][reg] = true;
	return learn(g, s, 0, reg, reg);
}

/* The shape that a stencil would have, and all that have it, too. */
static void explain(struct guess *g, struct stencil (*family)[REGS],
		    uint8_t (*shape_of)[REGS], unsigned int first,
		    unsigned int second)
{
	unsigned int f, s;
	bool more = true;

	memset(g, 0, sizeof(*g));
	g->from = &family[first][second];
	g->known[0][first] = g->known[1][second] = true;
	while (more) {
		more = false;
		for (f = 0; f < REGS; f++)
			for (s = 0; s < REGS; s++) {
				const struct stencil *at = &family[f][s];

				if (!at->present || shape_of[f][s] != NOBODY ||
				    !alike(at, g->from))
					continue;
				more |= learn(g, at, 0, f, s);
				more |= learn(g, at, 1, s, f);
				if (f == s && first == second)
					more |= learn_diagonal(g, at, f);
			}
	}
	for (f = 0; f < REGS; f++)
		for (s = 0; s < REGS; s++) {
			const struct stencil *at = &family[f][s];

			g->member[f][s] =
				at->present && shape_of[f][s] == NOBODY &&
				alike(at, g->from) && agrees(g, at, f, s);
			g->members += g->member[f][s];
			g->used[0][f] |= g->member[f][s];
			g->used[1][s] |= g->member[f][s];
		}
}

/* A column that has these values where they are known; a new one if need be. */
static uint8_t find_column(const char *name, const uint8_t *values,
			   const bool *known)
{
	unsigned int c, r;

	for (c = 1; c < column_count; c++) {
		for (r = 0; r < REGS; r++)
			if (known[r] && column_known[c][r] &&
			    columns[c][r] != values[r])
				break;
		if (r == REGS)
			break;
	}
	if (c == MOST_COLUMNS)
		refuse(name, "too many columns");
	if (c == column_count)
		column_count++;
	for (r = 0; r < REGS; r++)
		if (known[r]) {
			columns[c][r] = values[r];
			column_known[c][r] = true;
		}
	return (uint8_t)c;
}

/* The column that says how a byte depends on the first or second register; start
 * becomes what it is relative to. */
static uint8_t column_of(const char *name, const struct guess *g,
			 unsigned int side, unsigned int at, uint8_t *start)
{
	uint8_t values[REGS];
	uint8_t lowest = 0;
	bool found = false;
	unsigned int r;

	/* Relative to the first register that is used, so that columns are alike. */
	for (r = 0; r < REGS; r++) {
		if (!g->used[side][r])
			continue;
		if (!found)
			lowest = g->differs[side][r][at];
		found = true;
		values[r] = g->differs[side][r][at] ^ lowest;
	}
	*start ^= lowest;
	return depends(g, side, at) ? find_column(name, values, g->used[side])
				    : 0;
}

static void add_fix(const char *name, struct nimble_shape *shape,
		    const struct guess *g, unsigned int at, uint8_t *start)
{
	struct nimble_fix fix = {.at = (uint8_t)at};

	fix.first = column_of(name, g, 0, at, start);
	fix.second = column_of(name, g, 1, at, start);
	fix.byte = *start;
	if (!fix.first && !fix.second)
		return;
	if (fix_count + NIMBLE_FIX_STEP >= sizeof(fixes) / sizeof(fixes[0]))
		refuse(name, "too many bytes depend on registers");
	fixes[fix_count++] = fix;
	shape->fixes++;
}

/* With the last one again, or where there is none, a byte that stays as it is. */
static void fill_up(const struct nimble_shape *shape, uint8_t first_byte)
{
	const struct nimble_fix none = {.byte = first_byte};

	if (!shape->fixes)
		fixes[fix_count++] = none;
	while ((fix_count - shape->fix) % NIMBLE_FIX_STEP) {
		fixes[fix_count] = fixes[fix_count - 1];
		fix_count++;
	}
}

static void add_shape(const char *name, const struct guess *g)
{
	struct nimble_shape *shape = &shapes[shape_count++];
	const struct stencil *from = g->from;
	unsigned int i;

	if (shape_count == MOST_SHAPES ||
	    base_count + from->count > sizeof(base) - NIMBLE_SHAPE_STEP)
		refuse(name, "too many shapes");
	shape->base = (uint16_t)base_count;
	shape->bytes = (uint8_t)from->count;
	memcpy(base + base_count, from->bytes, from->count);
	shape->fix = (uint16_t)fix_count;
	for (i = 0; i < from->count; i++)
		add_fix(name, shape, g, i, base + base_count + i);
	fill_up(shape, base[base_count]);
	base_count += from->count;
	shape->hole = (uint16_t)hole_count;
	shape->holes = (uint8_t)from->holes;
	memcpy(holes + hole_count, from->hole, from->holes * sizeof(holes[0]));
	hole_count += from->holes;
	for (i = 0; i < from->holes; i++)
		shape->leaves |= from->hole[i].kind == HOLE_out;
}

/* false: every stencil of the family has its shape. */
static bool next_shape(unsigned int family, unsigned int number,
		       uint8_t (*shape_of)[REGS])
{
	static struct guess g, best;
	unsigned int f, s;

	best.members = 0;
	for (f = 0; f < REGS; f++)
		for (s = 0; s < REGS; s++) {
			if (!stencils[family][f][s].present ||
			    shape_of[f][s] != NOBODY)
				continue;
			explain(&g, stencils[family], shape_of, f, s);
			if (g.members > best.members)
				best = g;
		}
	if (!best.members)
		return false;
	add_shape(family_name(family), &best);
	for (f = 0; f < REGS; f++)
		for (s = 0; s < REGS; s++)
			if (best.member[f][s])
				shape_of[f][s] = (uint8_t)number;
	return true;
}

/* The same table as another family's, or one of its own. */
static uint16_t find_which(const char *name, uint8_t (*shape_of)[REGS])
{
	unsigned int at;

	for (at = 1; at < which_count; at += REGS * REGS)
		if (!memcmp(which + at, shape_of, REGS * REGS))
			return (uint16_t)at;
	if (which_count + REGS * REGS > sizeof(which))
		refuse(name, "too many families of several shapes");
	memcpy(which + which_count, shape_of, REGS * REGS);
	which_count += REGS * REGS;
	return (uint16_t)(which_count - REGS * REGS);
}

static void derive_family(unsigned int family)
{
	uint8_t shape_of[REGS][REGS];
	unsigned int number = 0, f, s;

	memset(shape_of, NOBODY, sizeof(shape_of));
	families[family].shape = (uint16_t)shape_count;
	while (next_shape(family, number, shape_of))
		number++;
	for (f = 0; f < REGS; f++)
		for (s = 0; s < REGS; s++)
			if (shape_of[f][s] == NOBODY)
				shape_of[f][s] = 0;
	if (number > 1)
		families[family].which =
			find_which(family_name(family), shape_of);
}

/* As translation will see it. */
static const struct nimble_stencil_table table = {
	families, shapes, fixes, holes, base, which, columns};

static void compare(unsigned int family, unsigned int f, unsigned int s)
{
	const struct stencil *want = &stencils[family][f][s];
	const struct nimble_shape *shape =
		nimble_shape_of(&table, family, f, s);
	uint8_t bytes[NIMBLE_STENCIL_MOST + NIMBLE_SHAPE_STEP];

	nimble_shape_copy(&table, shape, f, s, bytes);
	if (shape->bytes != want->count || shape->holes != want->holes ||
	    memcmp(bytes, want->bytes, want->count))
		refuse(family_name(family),
		       "for r%u, r%u the shape gives other code", f, s);
	if (memcmp(holes + shape->hole, want->hole,
		   want->holes * sizeof(want->hole[0])))
		refuse(family_name(family),
		       "for r%u, r%u the shape has other holes", f, s);
}

static void compare_family(unsigned int family)
{
	unsigned int f, s;

	for (f = 0; f < REGS; f++)
		for (s = 0; s < REGS; s++)
			if (stencils[family][f][s].present)
				compare(family, f, s);
}

/* Families of one register, or of none, have stencils for second 0 only: let the others
 * have the same. */
static void spread(unsigned int family)
{
	unsigned int f, s;

	if (stencils[family][0][1].present)
		return;
	for (f = 0; f < REGS; f++)
		for (s = 1; s < REGS; s++)
			stencils[family][f][s] = stencils[family][f][0];
}

void derive_shapes(void)
{
	unsigned int family;

	for (family = 0; family < NIMBLE_STENCILS; family++) {
		if (!stencils[family][0][0].present)
			refuse(family_name(family), "it has no stencil");
		spread(family);
		derive_family(family);
	}
	for (family = 0; family < NIMBLE_STENCILS; family++)
		compare_family(family);
}

static void write_bytes(FILE *out, const uint8_t *bytes, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		fprintf(out, "%u,%s", bytes[i], i % 16 == 15 ? "\n" : "");
}

static void write_fixes(FILE *out)
{
	unsigned int i;

	for (i = 0; i < fix_count; i++)
		fprintf(out, "{%u,%u,%u,%u},%s", fixes[i].at, fixes[i].byte,
			fixes[i].first, fixes[i].second,
			i % 8 == 7 ? "\n" : "");
}

static void write_holes(FILE *out)
{
	unsigned int i;

	for (i = 0; i < hole_count; i++)
		fprintf(out, "{%u,%u},%s", holes[i].at, holes[i].kind,
			i % 8 == 7 ? "\n" : "");
}

static void write_shapes(FILE *out)
{
	unsigned int i;

	for (i = 0; i < shape_count; i++) {
		const struct nimble_shape *s = &shapes[i];

		fprintf(out, "{%u,%u,%u,%u,%u,%u,%u},\n", s->base, s->fix,
			s->hole, s->bytes, s->fixes, s->holes, s->leaves);
	}
}

void write_table(const char *path)
{
	FILE *out = fopen(path, "w");
	unsigned int i;

	if (!out)
		refuse(path, "it cannot be written");
	fprintf(out,
		"/* Made by toolchain/nimble/stencil/: %u shapes, %u bytes. */\n"
		"#include \"nimble/engine/stencil.h\"\n"
		"static const struct nimble_family family[] = {\n",
		shape_count, base_count);
	for (i = 0; i < NIMBLE_STENCILS; i++)
		fprintf(out, "{%u,%u}, /* %s */\n", families[i].shape,
			families[i].which, family_name(i));
	fprintf(out, "};\nstatic const struct nimble_shape shape[] = {\n");
	write_shapes(out);
	fprintf(out, "};\nstatic const struct nimble_fix fix[] = {\n");
	write_fixes(out);
	fprintf(out, "};\nstatic const struct nimble_hole hole[] = {\n");
	write_holes(out);
	fprintf(out, "};\nstatic const uint8_t base[] = {\n");
	write_bytes(out, base, base_count + NIMBLE_SHAPE_STEP);
	fprintf(out, "};\nstatic const uint8_t which[] = {\n");
	write_bytes(out, which, which_count);
	fprintf(out, "};\nstatic const uint8_t column[][16] = {\n");
	for (i = 0; i < column_count; i++) {
		fprintf(out, "{");
		write_bytes(out, columns[i], 16);
		fprintf(out, "},\n");
	}
	fprintf(out, "};\nconst struct nimble_stencil_table "
		     "nimble_stencil_table = {family, shape, fix, hole, base, "
		     "which, column};\n");
	if (fclose(out))
		refuse(path, "it cannot be written");
}
