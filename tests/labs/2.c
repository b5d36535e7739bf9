/* SPDX-License-Identifier: MIT */
/* A solution of lab 2. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define QUANTUM 5000000 /* ns */

LICENCE("MIT");
POLICY(.timeout_ms = 30000);

MAP_HASH(tickets, u32, u64, 64); /* by process */

static u64 state = 88172645463325252ull;

static u64 draw(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Of a task, where it may run there; a process that the map does not name has one. */
static u64 tickets_of(struct nimble_sched_task *task, u64 cpu)
{
	u64 *its;

	if (!task || !(task->mask >> cpu & 1))
		return 0;
	its = map_lookup(MAP(tickets), &task->process);
	return its ? *its : 1;
}

static struct nimble_sched_task *after(struct nimble_sched_task *task)
{
	return sched_dsq_next(QUEUE, (u64)task, 0);
}

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
	return sched_dsq_insert(TASK(ctx->task), QUEUE, QUANTUM, ctx->flags);
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	struct nimble_sched_task *previous = TASK(ctx->previous), *task;
	u64 all = tickets_of(previous, ctx->cpu), drawn;

	for (task = after(0); task; task = after(task))
		all += tickets_of(task, ctx->cpu);
	if (!all)
		return 0;
	drawn = draw(all);
	if (drawn < tickets_of(previous, ctx->cpu)) {
		previous->slice = QUANTUM;
		return 0;
	}
	drawn -= tickets_of(previous, ctx->cpu);
	for (task = after(0); task; task = after(task)) {
		if (drawn < tickets_of(task, ctx->cpu))
			return (u64)sched_dsq_move(task, NIMBLE_DSQ_LOCAL, 0, 0,
						   0);
		drawn -= tickets_of(task, ctx->cpu);
	}
	return 0;
}
