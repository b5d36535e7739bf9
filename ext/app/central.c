/* SPDX-License-Identifier: MIT */
/* Central: one CPU decides for all.
 *
 * CPU 0 runs tasks like the others, but it alone takes from the queue: a CPU that has
 * nothing to do says so in a map and asks CPU 0, which hands tasks out, to itself
 * last. So all decisions are made in one place, one after another, and the other CPUs
 * spend no time on them. Slices are infinite there. A timer on CPU 0 looks every
 * millisecond which CPU has had its task for a quantum while others wait, and ends the
 * task's slice. The task then waits like all others, even if it is the CPU's only one.
 * The idea is that of scx_central, Linux's example of the same. */
#include "ext/lib/nimble_ext.h"

#define CENTRE 0
#define QUEUE 1
#define CPUS 64
#define QUANTUM 20000000 /* ns */
#define LOOK 1000000 /* ns */

LICENCE("MIT");
POLICY(.timeout_ms = 30000, .flags = NIMBLE_POLICY_ENQ_LAST);

MAP_ARRAY(asks, u64, CPUS); /* by CPU: it has nothing to do */
MAP_ARRAY(since, u64, CPUS); /* by CPU: when its task got it; 0: it has none */

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	timer_arm(CENTRE, LOOK, 0);
	return sched_dsq_create(QUEUE);
}

/* All tasks wake near the centre, which hands them out; the centre is kicked if a CPU
 * idles. */
HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	(void)ctx;
	return CENTRE;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	s64 idle = sched_pick_idle(task->mask & ~(1ull << CENTRE), 0);

	sched_dsq_insert(task, QUEUE, NIMBLE_SLICE_INFINITE, ctx->flags);
	if (idle >= 0)
		sched_kick((u64)idle, NIMBLE_KICK_IDLE);
	return 0;
}

/* Hands the first task that may run there to a CPU. Returns whether there
 * was one. */
static u64 hand_to(u64 cpu)
{
	struct nimble_sched_task *task = sched_dsq_next(QUEUE, 0, 0);

	for (; task; task = sched_dsq_next(QUEUE, (u64)task, 0))
		if (task->mask >> cpu & 1)
			return sched_dsq_move(task, NIMBLE_DSQ_LOCAL_ON | cpu,
					      0, 0, 0) == 1;
	return 0;
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	u64 cpu, cpus = cpu_count();

	if (ctx->cpu != CENTRE) {
		asks[ctx->cpu % CPUS] = 1;
		sched_kick(CENTRE, NIMBLE_KICK_PREEMPT);
		return 0;
	}
	for (cpu = 0; cpu < cpus; cpu++)
		if (cpu != CENTRE && asks[cpu % CPUS] && hand_to(cpu))
			asks[cpu % CPUS] = 0;
	return hand_to(CENTRE);
}

HOOK(sched_running)
u64 running(struct nimble_ctx_sched_running *ctx)
{
	since[TASK(ctx->task)->cpu % CPUS] = time_ns() + 1;
	return 0;
}

HOOK(sched_stopping)
u64 stopping(struct nimble_ctx_sched_stopping *ctx)
{
	since[TASK(ctx->task)->cpu % CPUS] = 0;
	return 0;
}

HOOK(timer)
u64 look(struct nimble_ctx_timer *ctx)
{
	u64 cpu, cpus = cpu_count();

	for (cpu = 0; cpu < cpus && sched_dsq_count(QUEUE) > 0; cpu++) {
		u64 its = since[cpu % CPUS];

		if (its && ctx->now_ns + 1 >= its + QUANTUM)
			sched_kick(cpu, NIMBLE_KICK_PREEMPT);
	}
	return (u64)timer_arm(CENTRE, LOOK, 0);
}
