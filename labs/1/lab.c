/* SPDX-License-Identifier: MIT */
/* Lab 1: round robin.
 *
 * This policy runs each task until it blocks or ends. Make it take turns: each task has
 * the CPU for 4 ms, then the next one in the queue has it. A task that wakes while a CPU
 * idles goes there at once, also for 4 ms. Two places change. `make lab N=1` grades. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1

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

	if (cpu >> 32 == 1) /* it idled */
		sched_dsq_insert(task, NIMBLE_DSQ_LOCAL, NIMBLE_SLICE_INFINITE,
				 0);
	return (u32)cpu;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	return sched_dsq_insert(TASK(ctx->task), QUEUE, NIMBLE_SLICE_INFINITE,
				ctx->flags);
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	(void)ctx;
	return sched_dsq_move_to_local(QUEUE);
}
