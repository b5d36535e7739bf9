/* SPDX-License-Identifier: MIT */
/* Never ends: the budget must stop it. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

HOOK(syscall_entry)
u64 loop(struct nimble_ctx_syscall_entry *ctx)
{
	volatile u64 turns = ctx->nr;

	for (;;)
		turns++;
}

HOOK(sched_enqueue)
u64 loop_in_enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	volatile u64 turns = ctx->flags;

	for (;;)
		turns++;
}
