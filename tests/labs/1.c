/* SPDX-License-Identifier: MIT */
/* A solution of lab 1. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define QUANTUM 4000000 /* ns */

LICENCE("MIT");
POLICY(.timeout_ms = 1000);

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return sched_dsq_create(QUEUE);
}

HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	s64 cpu = sched_select_default(task, ctx->previous_cpu, ctx->flags);

	if (cpu >> 32 == 1)
		sched_dsq_insert(task, NIMBLE_DSQ_LOCAL, QUANTUM, 0);
	return (u32)cpu;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	return sched_dsq_insert(TASK(ctx->task), QUEUE, QUANTUM, ctx->flags);
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	(void)ctx;
	return sched_dsq_move_to_local(QUEUE);
}
