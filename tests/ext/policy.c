/* SPDX-License-Identifier: MIT */
/* A policy that does as it is told, well or badly, by the map "how": one entry for each
 * operation, and one for the order of its queue. "counts" says what was called. */
#include "ext/lib/nimble_ext.h"
#include "tests/ext/policy.h"

#define QUEUE 7
#define SLICE 2000000

LICENCE("MIT");
POLICY(.timeout_ms = 200, .tasks = 64);

MAP_ARRAY(how, u64, POLICY_ENTRIES);
MAP_ARRAY(counts, u64, POLICY_ENTRIES);

static u64 state = 88172645463325252;

static u64 random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Anything: an address, a small number, a queue that there is. */
static u64 anything(u64 task)
{
	u64 r = random();

	switch (r >> 8 & 7) {
	case 0:
		return r;
	case 1:
		return NIMBLE_DSQ_LOCAL_ON | (r >> 16 & 3);
	case 2:
		return NIMBLE_DSQ_LOCAL;
	case 3:
		return NIMBLE_DSQ_GLOBAL;
	case 4:
		return QUEUE;
	case 5:
		return task;
	default:
		return r >> 16 & 7;
	}
}

static u64 call_anything(u64 task)
{
	u64 a = anything(task), b = anything(task), c = anything(task);

	switch (random() >> 20 & 15) {
	case 0:
		return sched_dsq_insert((void *)a, b, c, random());
	case 1:
		return sched_dsq_insert((void *)task, b, c, 0);
	case 2:
		return sched_dsq_insert_vtime((void *)task, b, c, a, random());
	case 3:
		return sched_dsq_move_to_local(QUEUE);
	case 4:
		return sched_dsq_move((void *)task, b, c, a, random());
	case 5:
		return sched_kick(b & 3, random());
	case 6:
		return sched_pick_idle(random(), 0);
	case 7:
		return sched_select_default((void *)task, a, b);
	case 8:
		return sched_dsq_create(b);
	case 9:
		return sched_dsq_destroy(b & 7);
	case 10:
		return (u64)sched_dsq_next(QUEUE, a, b);
	case 11:
		return sched_dispatch_cancel();
	case 12:
		return timer_arm(b & 3, c & 0xfffff, random() & 1);
	case 13:
		return timer_cancel(b & 3);
	case 14:
		return (u64)sched_task_find(b);
	default:
		TASK(task)->slice = a;
		return b;
	}
}

/* Does what the program has told it to do in an operation, before the proper work.
 * true: it does nothing else. */
static int misbehave(u32 op, u64 task)
{
	volatile u64 turns = 0;

	/* Several CPUs are in the same operation at once. */
	__sync_fetch_and_add(&counts[op], 1);
	switch (how[op]) {
	case HOW_FAULT:
		turns = *(volatile u64 *)(task + (1ull << 40));
		return 1;
	case HOW_LOOP:
		for (;;)
			turns++;
	case HOW_NOTHING:
		return 1;
	case HOW_BAD_CPU:
		sched_dsq_insert((void *)task, NIMBLE_DSQ_LOCAL_ON | 50, SLICE,
				 0);
		return 1;
	case HOW_BAD_QUEUE:
		sched_dsq_insert((void *)task, 99, SLICE, 0);
		return 1;
	case HOW_TWICE:
		sched_dsq_insert((void *)task, QUEUE, SLICE, 0);
		sched_dsq_insert((void *)task, QUEUE, SLICE, 0);
		return 1;
	case HOW_NO_TASK:
		sched_dsq_insert((void *)&state, QUEUE, SLICE, 0);
		return 1;
	case HOW_END: {
		static const char format[] = "%s %d of %lu";
		u64 values[] = {(u64) "number", 3, 44};

		sched_end(17, format, sizeof(format), values, sizeof(values));
		return 1;
	}
	case HOW_ERROR: {
		static const char format[] = "CPU %u is %x";
		u64 values[] = {2, 255};

		sched_error(format, sizeof(format), values, sizeof(values));
		return 1;
	}
	case HOW_RANDOM:
		do
			call_anything(task);
		while (random() >> 40 & 3);
		return random() >> 50 & 1;
	case HOW_LOCAL:
		sched_dsq_insert((void *)task, NIMBLE_DSQ_LOCAL, SLICE, 0);
		return 1;
	case HOW_INFINITE:
		sched_dsq_insert((void *)task, QUEUE, NIMBLE_SLICE_INFINITE, 0);
		return 1;
	case HOW_VTIME:
		sched_dsq_insert_vtime((void *)task, QUEUE, SLICE,
				       TASK(task)->vtime, 0);
		return 1;
	}
	return 0;
}

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	counts[POLICY_INIT]++;
	if (how[POLICY_INIT] == HOW_REFUSE)
		return (u64)-17;
	return sched_dsq_create(QUEUE);
}

HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	if (misbehave(POLICY_SELECT_CPU, ctx->task))
		return random() & 3;
	return (u32)sched_select_default(TASK(ctx->task), ctx->previous_cpu,
					 ctx->flags);
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	if (!misbehave(POLICY_ENQUEUE, ctx->task))
		sched_dsq_insert(TASK(ctx->task), QUEUE, SLICE, ctx->flags);
	return 0;
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	if (!misbehave(POLICY_DISPATCH, ctx->previous))
		sched_dsq_move_to_local(QUEUE);
	return 0;
}

/* Those that only tell it something. */
#define TOLD(name, op)                                    \
	HOOK(sched_##name)                                \
	u64 name(struct nimble_ctx_sched_##name *ctx)     \
	{                                                 \
		return misbehave(POLICY_##op, ctx->task); \
	}
TOLD(tick, TICK)
TOLD(runnable, RUNNABLE)
TOLD(running, RUNNING)
TOLD(quiescent, QUIESCENT)
TOLD(exit_task, EXIT_TASK)
TOLD(enable, ENABLE)
TOLD(disable, DISABLE)

HOOK(sched_stopping)
u64 stopping(struct nimble_ctx_sched_stopping *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);

	task->vtime += SLICE - (task->slice < SLICE ? task->slice : 0);
	return misbehave(POLICY_STOPPING, ctx->task);
}

HOOK(sched_yield)
u64 yield(struct nimble_ctx_sched_yield *ctx)
{
	TASK(ctx->task)->slice = 0;
	return misbehave(POLICY_YIELD, ctx->task);
}

HOOK(sched_init_task)
u64 init_task(struct nimble_ctx_sched_init_task *ctx)
{
	misbehave(POLICY_INIT_TASK, ctx->task);
	return how[POLICY_INIT_TASK] == HOW_REFUSE ? (u64)-12 : 0;
}

HOOK(sched_update_idle)
u64 update_idle(struct nimble_ctx_sched_update_idle *ctx)
{
	(void)ctx;
	counts[POLICY_UPDATE_IDLE]++;
	return 0;
}

HOOK(sched_set_weight)
u64 set_weight(struct nimble_ctx_sched_set_weight *ctx)
{
	counts[POLICY_WEIGHT] =
		ctx->weight == TASK(ctx->task)->weight ? ctx->weight : 0;
	return 0;
}

HOOK(sched_dump)
u64 dump(struct nimble_ctx_sched_dump *ctx)
{
	static const char format[] = "queue %d holds %lu";
	u64 values[] = {QUEUE, sched_dsq_count(QUEUE)};

	(void)ctx;
	sched_dump_text(format, sizeof(format), values, sizeof(values));
	return 0;
}

HOOK(sched_exit)
u64 exit(struct nimble_ctx_sched_exit *ctx)
{
	const struct nimble_exit_record *record =
		(const struct nimble_exit_record *)ctx->info;

	counts[POLICY_EXIT] = record->kind;
	return 0;
}

HOOK(timer)
u64 timer(struct nimble_ctx_timer *ctx)
{
	counts[POLICY_TIMER]++;
	sched_kick(ctx->timer & 3, 0);
	return 0;
}
