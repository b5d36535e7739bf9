/* SPDX-License-Identifier: MIT */
/* Events as text in one ring buffer, and as numbers in another. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

MAP_RING(words, 4096);
MAP_RING(numbers, 4096);

HOOK(syscall_entry)
u64 greet(struct nimble_ctx_syscall_entry *ctx)
{
	static const char text[] = "somebody calls\n";

	ring_output(MAP(words), text, sizeof(text));
	ring_output(MAP(numbers), &ctx->nr, sizeof(ctx->nr));
	return NIMBLE_CONTINUE;
}
