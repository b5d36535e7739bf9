/* SPDX-License-Identifier: MIT */
/* Round robin: tasks take turns, each for one quantum.
 *
 * One queue holds all tasks that wait, in the order in which they came; whoever's
 * quantum is over goes to its end. A task that wakes while a CPU idles does not wait:
 * it goes to that CPU at once, since nobody's turn comes before its own there. The
 * quantum is the application's to choose: a short one answers soon, a long one switches
 * seldom. A task that is alone on its CPU is not interrupted at all, so its quantum
 * begins when it gets the CPU and is looked at when somebody else comes. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define USUAL 10000000 /* ns */

LICENCE("MIT");
POLICY(.timeout_ms = 30000);

MAP_ARRAY(quantum, u64, 1); /* ns; 0: USUAL */

static u64 slice(void)
{
	return quantum[0] ? quantum[0] : USUAL;
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
	struct nimble_sched_task *task = TASK(ctx->task);
	s64 cpu = sched_select_default(task, ctx->previous_cpu, ctx->flags);

	if (cpu >> 32 == 1)
		sched_dsq_insert(task, NIMBLE_DSQ_LOCAL, slice(), 0);
	return (u32)cpu;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	return sched_dsq_insert(TASK(ctx->task), QUEUE, slice(), ctx->flags);
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	(void)ctx;
	return sched_dsq_move_to_local(QUEUE);
}
