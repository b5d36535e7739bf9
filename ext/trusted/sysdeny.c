/* SPDX-License-Identifier: MIT */
/* Refuses the system calls that the map "denied" marks; for administrators. */
#include "ext/lib/nimble_ext.h"

#define SYSCALLS 512

LICENCE("MIT");

MAP_ARRAY(denied, u8, SYSCALLS); /* nonzero: answer -EPERM */
MAP_PERCPU(refused, u64, 1); /* how often that happened */

HOOK(syscall_entry)
u64 filter(struct nimble_ctx_syscall_entry *ctx)
{
	u32 zero = 0;
	u64 *count;

	if (ctx->nr >= SYSCALLS || !denied[ctx->nr])
		return NIMBLE_CONTINUE;
	count = map_lookup(MAP(refused), &zero);
	if (count)
		++*count;
	return NIMBLE_DENY;
}
