/* SPDX-License-Identifier: MIT */
/* Lab 2: lottery scheduling (Waldspurger and Weihl, "Lottery Scheduling: Flexible
 * Proportional-Share Resource Management", OSDI 1994).
 *
 * Each process has tickets, as many as the map says. Whenever a CPU chooses, a ticket is
 * drawn, and the process that holds it has the CPU for a quantum; so over a while each
 * has its share. This policy takes the first of the queue instead.
 *
 * What you need: sched_dsq_next() walks along the queue; sched_dsq_move() takes one
 * task out of it, to NIMBLE_DSQ_LOCAL. The task that has the CPU now, ctx->previous
 * (0: none that could go on), is not in the queue, but takes part as well: if it wins,
 * write its `slice`, and move nothing. `make lab N=2` grades: of 3 s, processes with
 * 10, 20 and 30 tickets must have a sixth, a third and a half, about. */
#include "ext/lib/nimble_ext.h"

#define QUEUE 1
#define QUANTUM 5000000 /* ns */

LICENCE("MIT");
POLICY(.timeout_ms = 30000);

MAP_HASH(tickets, u32, u64, 64); /* by process */

/* Any number: xorshift64, see Marsaglia, "Xorshift RNGs", 2003. */
static u64 state = 88172645463325252ull;

u64 draw(u64 below);
u64 draw(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
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
	(void)ctx;
	return sched_dsq_move_to_local(QUEUE);
}
