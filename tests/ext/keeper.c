/* SPDX-License-Identifier: MIT */
/* A policy that keeps every task but its process's first, and never lets it run. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");
POLICY(.timeout_ms = 30000);

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	const struct nimble_sched_task *task = TASK(ctx->task);

	if (task->id == task->process)
		sched_dsq_insert(TASK(ctx->task), NIMBLE_DSQ_LOCAL, 0, 0);
	return 0;
}
