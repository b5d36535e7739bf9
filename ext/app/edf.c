/* SPDX-License-Identifier: MIT */
/* Earliest deadline first: of all tasks that are runnable, those with the soonest
 * deadlines run.
 *
 * The application writes into a map, for each of its threads, how long after waking it
 * must be done. The deadline is computed at each wake-up, and kept in the task's storage;
 * a task without an entry has none and runs when no other wants to. One queue is ordered
 * by deadline. A task that wakes and is more urgent than one that runs, on a CPU that it
 * may use, takes that CPU: the policy kicks the CPU whose task has the latest deadline of
 * all. Slices are infinite: only a sooner deadline ends one.
 *
 * On one CPU this order is optimal (Liu and Layland, "Scheduling Algorithms for
 * Multiprogramming in a Hard-Real-Time Environment", JACM 20(1), 1973): if any order
 * meets all deadlines, this one does. On several it is not, but simple. Missed
 * deadlines are counted when a task blocks. */
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

/* The CPU, of a mask, whose task has the latest deadline, if that is later than `due`;
 * else -1. */
static s64 least_urgent(u64 mask, u64 due)
{
	u64 cpu, cpus = cpu_count();
	s64 found = -1;

	for (cpu = 0; cpu < cpus; cpu++) {
		struct nimble_sched_task *task = sched_task_on(cpu);

		if (!(mask >> cpu & 1) || !task || DUE(task) <= due)
			continue;
		due = DUE(task);
		found = (s64)cpu;
	}
	return found;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	s64 cpu = sched_pick_idle(task->mask, 0);

	sched_dsq_insert_vtime(task, QUEUE, NIMBLE_SLICE_INFINITE, DUE(task),
			       ctx->flags);
	if (cpu < 0)
		cpu = least_urgent(task->mask, DUE(task));
	if (cpu >= 0)
		sched_kick((u64)cpu, NIMBLE_KICK_PREEMPT);
	return 0;
}

/* Without this operation, the kernel would give a task that wakes to an idle CPU by
 * itself. */
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
		__sync_fetch_and_add(&count[time_ns() > DUE(task)], 1);
	return 0;
}
