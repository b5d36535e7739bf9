/* SPDX-License-Identifier: MIT */
/* Shares memory with the application: a record for each getppid, and an arena in
 * which the application says by an offset where to count. */
#include "ext/lib/nimble_ext.h"

#define GETPPID 110

LICENCE("MIT");

MAP_RING(events, 4096);
MAP_ARENA(shared, 8192);

struct event {
	u64 nr;
	u64 first;
};

HOOK(syscall_entry)
u64 share(struct nimble_ctx_syscall_entry *ctx)
{
	struct event event = {ctx->nr, ctx->args[0]};
	u64 offset = *(u64 *)shared;

	if (ctx->nr != GETPPID)
		return NIMBLE_CONTINUE;
	ring_output(MAP(events), &event, sizeof(event));
	if (offset <= sizeof(shared) - sizeof(u64))
		++*(u64 *)(shared + offset);
	return NIMBLE_CONTINUE;
}
