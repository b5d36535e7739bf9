/* SPDX-License-Identifier: MIT */
/* Chooses the next task by a map of priorities: pid to number, large first. */
#include "ext/lib/nimble_ext.h"

#define PROCESSES 256
#define MOST 64 /* candidates looked at */

LICENCE("MIT");

MAP_HASH(priority, u32, u64, PROCESSES);

/* Index of the candidate with the greatest number; ties: the first, which
 * has waited longest. Processes without an entry have number 0. */
HOOK(sched_pick_next)
u64 pick(struct nimble_ctx_sched_pick_next *ctx)
{
	u64 best = NIMBLE_NO_OPINION, best_number = 0, i;
	u32 count = ctx->count < MOST ? ctx->count : MOST;
	struct nimble_task task;

	for (i = 0; i < count; i++) {
		u64 *number;

		if (task_at(&task, sizeof(task), i) < 0)
			break;
		number = map_lookup(MAP(priority), &task.pid);
		if (number && *number > best_number) {
			best = i;
			best_number = *number;
		}
	}
	return best;
}
