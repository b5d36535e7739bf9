/* SPDX-License-Identifier: MIT */
/* What a policy is told about a task that it may choose (helper task_at). */
#ifndef NIMBLE_ABI_TASK_H
#define NIMBLE_ABI_TASK_H

#include "nimble/abi/types.h"

struct nimble_task {
	nx_u64 id; /* never reused while the instance runs */
	nx_u32 pid; /* of its process */
	nx_u32 priority; /* the user's: smaller is more urgent, 0-139 */
	nx_u64 ran_ns; /* in all */
	nx_u64 waiting_ns; /* since it became runnable */
};

_Static_assert(sizeof(struct nimble_task) == 32, "nimble_task is ABI");

#endif
