/* SPDX-License-Identifier: MIT */
/* Many system calls by one: a program writes calls into an arena, makes one direct call,
 * and finds their results there (the idea of FlexSC: Soares and Stumm, OSDI 2010; here the
 * calls are made by the caller's own trap, one after the other, with the caller's rights).
 *
 * An entry is eight words: the number, six arguments, the result. args[0] of the direct
 * call is the index of the first entry, args[1] how many there are, args[2] says whether
 * to stop at the first that fails; afterwards, args[0] is how many were made.
 *
 * A batch saves the way into the kernel and out of it, for each call but one; it costs
 * one run of this extension for each. docs/measuring.md has both. */
#include "ext/lib/nimble_ext.h"

#define ENTRIES 1024
#define RESULT 7
#define WORDS 8

LICENCE("MIT");

MAP_ARENA(calls, ENTRIES *WORDS * 8);

/* Kept between the calls of a batch: the entry that is being made, where the batch begins
 * and ends, each plus one bit that says that there is one. */
#define STATE(index, begin, end, stops) \
	(1ull << 63 | (stops) << 48 | (begin) << 32 | (end) << 16 | (index))
#define INDEX(state) ((state)&0xffff)
#define END(state) ((state) >> 16 & 0xffff)
#define BEGIN(state) ((state) >> 32 & 0xffff)
#define STOPS(state) ((state) >> 48 & 1)

static u64 *entry(u64 index)
{
	return (u64 *)&calls[(index & (ENTRIES - 1)) * WORDS * 8];
}

static u64 done(struct nimble_ctx_call *ctx, u64 made)
{
	ctx->args[0] = made;
	return NIMBLE_CALL_DONE;
}

static u64 make(struct nimble_ctx_call *ctx, u64 state)
{
	u64 *e = entry(INDEX(state)), i;

	ctx->state = state;
	for (i = 0; i < WORDS - 1; i++)
		ctx->args[i] = e[i];
	return NIMBLE_CALL_SYSCALL;
}

HOOK(call)
u64 batch(struct nimble_ctx_call *ctx)
{
	u64 state = ctx->state, first = ctx->args[0], count = ctx->args[1];

	if (!state) {
		if (count > ENTRIES || first > ENTRIES - count || !count)
			return done(ctx, 0);
		return make(ctx, STATE(first, first, first + count,
				       (u64)(ctx->args[2] != 0)));
	}
	entry(INDEX(state))[RESULT] = ctx->args[7];
	state++;
	if (INDEX(state) == END(state) ||
	    (STOPS(state) && (s64)ctx->args[7] < 0))
		return done(ctx, INDEX(state) - BEGIN(state));
	return make(ctx, state);
}
