/* SPDX-License-Identifier: MIT */
/* An extension that counts the system calls of the job that inserts it, and its direct
 * calls. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

MAP_ARRAY(count, u64, 2);

HOOK(syscall_entry)
u64 count_call(struct nimble_ctx_syscall_entry *ctx)
{
	__sync_fetch_and_add(&count[0], 1);
	return NIMBLE_CONTINUE;
}

HOOK(call)
u64 answer(struct nimble_ctx_call *ctx)
{
	ctx->args[0] = __sync_add_and_fetch(&count[1], 1);
	return NIMBLE_CALL_DONE;
}
