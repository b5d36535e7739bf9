/* SPDX-License-Identifier: MIT */
/* A policy that takes as much of every CPU as is to be had when that begins and ends to
 * idle: each run is as long as its budget lets it be. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");
POLICY(.timeout_ms = 5000);

MAP_ARRAY(runs, u64, 1);

HOOK(sched_update_idle)
u64 update_idle(struct nimble_ctx_sched_update_idle *ctx)
{
	volatile u64 turns = 0;

	(void)ctx;
	__sync_fetch_and_add(&runs[0], 1);
	while (budget_left() > 600)
		turns++;
	return 0;
}
