/* SPDX-License-Identifier: MIT */
/* Lab 3: earliest deadline first.
 *
 * The map says for each task, by its id, how long after it wakes it must be done. Of
 * all tasks that are runnable, that with the soonest deadline is to have the CPU, at
 * once: one that wakes with a sooner deadline interrupts one that runs. Tasks that the
 * map does not name have no deadline and come last. Count in `count` the deadlines that
 * were met, [0], and missed, [1], when a task blocks or ends.
 *
 * What you need: hook sched_runnable is called when a task wakes, sched_quiescent when
 * it blocks; a task's `storage` is yours; sched_dsq_insert_vtime() orders a queue by a
 * number; sched_task_on() tells which task has a CPU, and sched_kick() with
 * NIMBLE_KICK_PREEMPT makes the CPU choose anew. There is one CPU. `make lab N=3`
 * grades. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define TASKS 512

LICENCE("MIT");
POLICY(.timeout_ms = 30000, .tasks = TASKS);

MAP_HASH(deadline, u32, u64, TASKS); /* by id; ns after it wakes */
MAP_ARRAY(count, u64, 2); /* met, missed */

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return sched_dsq_create(QUEUE);
}

HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	return ctx->previous_cpu;
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
