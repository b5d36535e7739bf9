/* SPDX-License-Identifier: MIT */
/* Cooperative tasks: each runs until it blocks or yields.
 *
 * Slices are infinite, so no timer is ever armed and no task is ever interrupted to let
 * another one on: what a task does between two points where it waits is never mixed
 * with another's on the same CPU. A task that wakes goes to an idle CPU if there is one,
 * and else behind all that wait. A message that arrives wakes the task that blocks for
 * it; it gets a CPU when one is given up. The watchdog has its longest time: a task that
 * never gives its CPU up starves the others, which is what cooperation means. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1

LICENCE("MIT");
POLICY(.timeout_ms = 30000);

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
