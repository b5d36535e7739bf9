/* SPDX-License-Identifier: MIT */
/* Records which task runs where: a record for each switch, for `lwk sched record`,
 * which loads it. It costs nothing otherwise. */
#include "ext/lib/nimble_ext.h"
#include "nimble/abi/record.h"

LICENCE("MIT");

MAP_RING(switches, 1 << 20);

HOOK(task_switch)
u64 record(struct nimble_ctx_task_switch *ctx)
{
	const struct nimble_switch s = {
		.now_ns = ctx->now_ns,
		.previous = (u32)ctx->previous,
		.next = (u32)ctx->next,
		.cpu = ctx->cpu,
		.runnable = ctx->runnable,
	};

	ring_output(MAP(switches), &s, sizeof(s));
	return 0;
}
