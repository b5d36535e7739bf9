/* SPDX-License-Identifier: MIT */
/* Strict priority: of all tasks that wait, the one whose process has the greatest
 * number in a map runs next.
 *
 * One queue holds them all, ordered by "virtual time", here simply the number turned
 * round: a queue's first task is the one with the least. Processes without an entry
 * have number 0. A change of the map takes effect at a task's next turn, after its
 * slice. A task of low priority may wait for ever, which is what strict priority
 * means; so the watchdog, which ends a policy that forgets a task, is given its
 * longest time. */
#include "ext/lib/nimble_ext.h"

#define PROCESSES 256
#define MOST 1000000
#define QUEUE 1
#define SLICE 5000000 /* ns */

LICENCE("MIT");
POLICY(.timeout_ms = 30000);

MAP_HASH(priority, u32, u64, PROCESSES);

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return sched_dsq_create(QUEUE);
}

static u64 number_of(const struct nimble_sched_task *task)
{
	u64 *number = map_lookup(MAP(priority), &task->process);

	return !number ? 0 : *number < MOST ? *number : MOST;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);

	return sched_dsq_insert_vtime(task, QUEUE, SLICE,
				      MOST - number_of(task), ctx->flags);
}

/* The task whose slice has ended is in no queue yet: it goes on where it comes before
 * all that wait. */
HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	struct nimble_sched_task *first = sched_dsq_next(QUEUE, 0, 0);

	if (first && ctx->previous &&
	    number_of(TASK(ctx->previous)) > number_of(first))
		TASK(ctx->previous)->slice = SLICE;
	else
		sched_dsq_move_to_local(QUEUE);
	return 0;
}
