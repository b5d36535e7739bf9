/* SPDX-License-Identifier: MIT */
/* An extension: counts the system calls of the job that inserts it. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

MAP_ARRAY(count, u64, 1);

HOOK(syscall_entry)
u64 count_call(struct nimble_ctx_syscall_entry *ctx)
{
	__sync_fetch_and_add(&count[0], 1);
	return NIMBLE_CONTINUE;
}
