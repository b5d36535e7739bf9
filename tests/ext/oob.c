/* SPDX-License-Identifier: MIT */
/* Reads outside its memory: the check must stop it. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

HOOK(syscall_entry)
u64 read_outside(struct nimble_ctx_syscall_entry *ctx)
{
	const volatile u64 *far = (const volatile u64 *)((u64)ctx + (1 << 30));

	return *far;
}

HOOK(sched_enqueue)
u64 read_kernel(struct nimble_ctx_sched_enqueue *ctx)
{
	const volatile u64 *far = (const volatile u64 *)0xffffffff80000000ull;

	return *far + ctx->flags;
}
