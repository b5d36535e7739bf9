/* SPDX-License-Identifier: MIT */
/* Takes as much of every CPU as timers and messages give: each run is as long as its budget
 * lets it be, arms its timer anew, and sends two messages for the one that came. */
#include "ext/lib/nimble_ext.h"

#define TIMERS 4

LICENCE("MIT");

MAP_ARRAY(runs, u64, 1);

static void take_time(void)
{
	volatile u64 turns = 0;

	__sync_fetch_and_add(&runs[0], 1);
	while (budget_left() > 600)
		turns++;
}

static void send(void)
{
	u64 cpu, cpus = cpu_count(), none = 0;

	for (cpu = 0; cpu < cpus; cpu++)
		message_send(cpu, 1, &none, sizeof(none));
}

HOOK(timer)
u64 timer(struct nimble_ctx_timer *ctx)
{
	timer_arm(ctx->timer, 0, 0);
	take_time();
	return 0;
}

HOOK(message)
u64 message(struct nimble_ctx_message *ctx)
{
	(void)ctx;
	send();
	take_time();
	return 0;
}

/* args[0]: the caller's CPU. */
HOOK(call)
u64 begin(struct nimble_ctx_call *ctx)
{
	u64 i;

	for (i = 0; i < TIMERS; i++)
		timer_arm(ctx->args[0] * TIMERS + i, 0, 0);
	send();
	return NIMBLE_CALL_DONE;
}
