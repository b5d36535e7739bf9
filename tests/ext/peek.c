/* SPDX-License-Identifier: MIT */
/* A direct call that uses a helper for trusted extensions: args[1] = the word at physical
 * address args[0]. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

HOOK(call)
u64 call(struct nimble_ctx_call *ctx)
{
	u64 word = 0;

	ctx->args[2] = (u64)phys_read(&word, sizeof(word), ctx->args[0]);
	ctx->args[1] = word;
	return NIMBLE_CALL_DONE;
}
