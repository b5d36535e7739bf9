/* SPDX-License-Identifier: MIT */
/* A solution of lab 5. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

MAP_ARRAY(come, u64, 1); /* to the meeting that is going on */
MAP_ARRAY(over, u64, 1); /* meetings that are */

static u64 meetings_over(void)
{
	return *(volatile u64 *)&over[0];
}

/* A thread comes: the number of the meeting. Nobody can begin the next before this one
 * has come, so the number does not change under it. */
static u64 arrive(u64 all)
{
	u64 meeting = meetings_over() + 1;

	if (__sync_fetch_and_add(&come[0], 1) + 1 == all) {
		__sync_fetch_and_and(&come[0], 0);
		__sync_fetch_and_add(&over[0], 1);
	}
	return meeting;
}

HOOK(call)
u64 meet(struct nimble_ctx_call *ctx)
{
	if (!ctx->args[1])
		ctx->args[1] = arrive(ctx->args[0]);
	ctx->args[2] = meetings_over() >= ctx->args[1];
	return NIMBLE_CALL_DONE;
}
