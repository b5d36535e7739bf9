/* SPDX-License-Identifier: MIT */
/* Round robin: every task that can run gets the CPU for a quantum, in turn.
 *
 * All that wait stand in one queue; a CPU that has nothing to run takes the first. A task
 * that still wants to run when its quantum is over goes to the end. One that wakes while a
 * CPU idles goes there at once: nobody's turn comes before its own. The quantum is a map
 * of one entry, in nanoseconds, so that it can be changed while the policy schedules:
 * `nimble map set rr quantum 0 2000000`. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define QUANTUM 5000000 /* ns, where the map says 0 */

LICENCE("MIT");
POLICY(.timeout_ms = 5000);

MAP_ARRAY(quantum, u64, 1);

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return sched_dsq_create(QUEUE);
}

static u64 slice(void)
{
	return quantum[0] ? quantum[0] : QUANTUM;
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
