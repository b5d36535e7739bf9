/* SPDX-License-Identifier: MIT */
/* Run-queue scan: the runnable task with the least virtual time. */
#include "kernel.h"

#define TASKS 128

struct runqueue_memory {
	struct task {
		u64 vruntime;
		u32 state, priority;
		u32 cpu_mask, id;
	} task[TASKS];
};

KERNEL(runqueue)(struct runqueue_memory *m)
{
	u64 best = ~0ull, id = 0;
	u32 i;

	for (i = 0; i < TASKS; i++) {
		struct task *t = &m->task[i];
		u64 key;

		if (t->state || !(t->cpu_mask & 4))
			continue;
		key = t->vruntime + ((u64)t->priority << 10);
		if (key < best) {
			best = key;
			id = t->id;
		}
	}
	return best ^ id;
}

#ifndef __NIMBLE__
INIT(runqueue)(struct runqueue_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < TASKS; i++)
		m->task[i] = (struct task){random() >> 24, !(random() & 3),
					   random() & 127, random() & 15, i};
}
#endif
