/* SPDX-License-Identifier: MIT */
/* Counts system calls by number; read the map "counts". */
#include "ext/lib/nimble_ext.h"

#define SYSCALLS 512

LICENCE("MIT");

MAP_ARRAY(counts, u64, SYSCALLS);

HOOK(syscall_entry)
u64 count(struct nimble_ctx_syscall_entry *ctx)
{
	if (ctx->nr < SYSCALLS)
		__sync_fetch_and_add(&counts[ctx->nr], 1);
	return NIMBLE_CONTINUE;
}
