/* SPDX-License-Identifier: MIT */
/* A solution of lab 3. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define TASKS 512
#define NEVER (1ull << 62)

LICENCE("MIT");
POLICY(.timeout_ms = 30000, .tasks = TASKS);

MAP_HASH(deadline, u32, u64, TASKS); /* by thread id; ns after it wakes */
MAP_ARRAY(count, u64, 2); /* deadlines met, and missed */

/* In a task's storage: when it must be done. */
#define DUE(task) ((task)->storage[0])

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return sched_dsq_create(QUEUE);
}

HOOK(sched_runnable)
u64 runnable(struct nimble_ctx_sched_runnable *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	u64 *after = map_lookup(MAP(deadline), &task->id);

	DUE(task) = after ? time_ns() + *after : NEVER;
	return 0;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	struct nimble_sched_task *now = sched_task_on(0);

	sched_dsq_insert_vtime(task, QUEUE, NIMBLE_SLICE_INFINITE, DUE(task),
			       ctx->flags);
	if (now && DUE(now) > DUE(task))
		sched_kick(0, NIMBLE_KICK_PREEMPT);
	return 0;
}

HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	return ctx->previous_cpu;
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	(void)ctx;
	return sched_dsq_move_to_local(QUEUE);
}

HOOK(sched_quiescent)
u64 quiescent(struct nimble_ctx_sched_quiescent *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);

	if (DUE(task) != NEVER)
		count[time_ns() > DUE(task)]++;
	return 0;
}
