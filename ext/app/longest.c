/* SPDX-License-Identifier: MIT */
/* Longest first: for programs that fork many tasks and join them all.
 *
 * Such a program ends when its last task does. If a long one begins last, the other CPUs
 * idle until it is done. So those that are known to be long begin first, and the short ones
 * fill what is left; the end is then at most a third later than the best possible (Graham,
 * "Bounds on Multiprocessing Timing Anomalies", SIAM J. Applied Mathematics 17(2), 1969).
 *
 * The application writes into a map how long each of its threads will take, in units of its
 * own. One queue, the longest first; a thread without an entry goes to the end. Slices are
 * infinite, as a task that is interrupted ends no sooner, and what it has in the caches is
 * lost. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define TASKS 512
#define LATER (1ull << 62)

LICENCE("MIT");
POLICY(.timeout_ms = 30000, .tasks = TASKS);

MAP_HASH(work, u32, u64, TASKS); /* by thread id */

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return sched_dsq_create(QUEUE);
}

/* Without this operation, the kernel would give a task that wakes to an idle CPU by
 * itself, in the order in which they wake. */
HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	return ctx->previous_cpu;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	u64 *work_of = map_lookup(MAP(work), &task->id);
	u64 length = work_of && *work_of < LATER ? *work_of : 0;
	s64 cpu = sched_pick_idle(task->mask, 0);

	sched_dsq_insert_vtime(task, QUEUE, NIMBLE_SLICE_INFINITE,
			       LATER - length, ctx->flags);
	if (cpu >= 0)
		sched_kick((u64)cpu, NIMBLE_KICK_IDLE);
	return 0;
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	(void)ctx;
	return sched_dsq_move_to_local(QUEUE);
}
