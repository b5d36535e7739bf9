/* SPDX-License-Identifier: MIT */
/* Taking out jumps to the next instruction, and putting the rest together. */
/*
 * The compiler ends a body with a jump to nimble_hole_next and makes no conditional jump to
 * another function. So
 *	jcc 1f; jmp next; 1: ...	becomes	j!cc next; ...
 *	jcc next; jmp target (the end)	becomes	j!cc target (the end)
 * and a jump to the next at the end falls through.
 */
#include <string.h>

#include "toolchain/nimble/stencil/stencil.h"

static bool is_short_jump(const struct step *step)
{
	return step->count == 2 && step->bytes[0] == 0xeb;
}

static bool is_condition(const struct step *step)
{
	return step->count == 2 && (step->bytes[0] & 0xf0) == 0x70;
}

static bool jumps_to(const struct step *step, uint8_t kind)
{
	return step->count == 5 && step->bytes[0] == 0xe9 && step->holes &&
	       step->hole[0].kind == kind;
}

static bool is_target(const struct code *code, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < code->steps; i++)
		if (code->step[i].target == (int)which)
			return true;
	return false;
}

/* Jumps to what is taken out go on at what was behind it. */
static void take_out(struct code *code, unsigned int which)
{
	unsigned int i;

	code->steps--;
	memmove(&code->step[which], &code->step[which + 1],
		(code->steps - which) * sizeof(code->step[0]));
	for (i = 0; i < code->steps; i++)
		if (code->step[i].target > (int)which)
			code->step[i].target--;
}

/* The end is the next one: jump there inside. */
static void shorten(struct code *code)
{
	unsigned int i;

	for (i = 0; i < code->steps; i++) {
		struct step *step = &code->step[i];

		if (!jumps_to(step, HOLE_next))
			continue;
		step->bytes[0] = 0xeb;
		step->count = 2;
		step->holes = 0;
		step->refers = false;
		step->target = (int)code->steps;
	}
}

static bool skip_jump_to_next(struct code *code, unsigned int i)
{
	struct step *step = &code->step[i];

	if (i + 1 >= code->steps || !is_condition(step) ||
	    step->target != (int)i + 2 || !is_short_jump(step + 1) ||
	    step[1].target != (int)code->steps || is_target(code, i + 1))
		return false;
	step->bytes[0] ^= 1;
	step->target = (int)code->steps;
	take_out(code, i + 1);
	return true;
}

static bool join_jump(struct code *code, unsigned int i)
{
	struct step *step = &code->step[i];

	if (i + 2 != code->steps || !is_condition(step) ||
	    step->target != (int)code->steps ||
	    !jumps_to(step + 1, HOLE_target) || is_target(code, i + 1))
		return false;
	step->bytes[1] = 0x80 | ((step->bytes[0] ^ 1) & 15);
	step->bytes[0] = 0x0f;
	step->count = 6;
	step->target = NO_TARGET;
	step->holes = 1;
	step->hole[0].at = 2;
	step->hole[0].kind = HOLE_target;
	take_out(code, i + 1);
	return true;
}

static bool change_one(struct code *code)
{
	unsigned int i, last = code->steps - 1;

	if (code->steps && is_short_jump(&code->step[last]) &&
	    code->step[last].target == (int)code->steps) {
		take_out(code, last);
		return true;
	}
	for (i = 0; i < code->steps; i++)
		if (skip_jump_to_next(code, i) || join_jump(code, i))
			return true;
	return false;
}

void tidy(struct code *code)
{
	shorten(code);
	while (change_one(code))
		;
}

static unsigned int offset_of(const struct code *code, unsigned int which)
{
	unsigned int i, at = 0;

	for (i = 0; i < which; i++)
		at += code->step[i].count;
	return at;
}

static void add_hole(const char *name, struct stencil *to, unsigned int at,
		     uint8_t kind)
{
	if (to->holes == HOLES)
		refuse(name, "too many holes");
	to->hole[to->holes].at = (uint8_t)at;
	to->hole[to->holes].kind = kind;
	to->holes++;
}

void assemble(const struct code *code, struct stencil *to)
{
	unsigned int i, h;

	if (offset_of(code, code->steps) > NIMBLE_STENCIL_MOST)
		refuse(code->name, "more than %u bytes", NIMBLE_STENCIL_MOST);
	for (i = 0; i < code->steps; i++) {
		const struct step *step = &code->step[i];

		if (step->refers && !step->holes)
			refuse(code->name,
			       "a jump or an address without a hole");
		memcpy(to->bytes + to->count, step->bytes, step->count);
		for (h = 0; h < step->holes; h++)
			add_hole(code->name, to, to->count + step->hole[h].at,
				 step->hole[h].kind);
		to->count += step->count;
		if (step->target != NO_TARGET) {
			int distance =
				(int)offset_of(code,
					       (unsigned int)step->target) -
				(int)to->count;

			if (distance < -128 || distance > 127)
				refuse(code->name, "a jump too far");
			to->bytes[to->count - 1] = (uint8_t)distance;
		}
	}
	to->present = true;
}
