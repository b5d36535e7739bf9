/* SPDX-License-Identifier: MIT */
/* A binary heap as timers keep one: 64 in, 64 out. */
#include "kernel.h"

#define COUNT 64

struct heap_memory {
	u64 time[COUNT];
	struct {
		u64 when;
		u32 id, reserved;
	} heap[COUNT];
};

KERNEL(heap)(struct heap_memory *m)
{
	u64 sum = 0;
	u32 n, i, child;

	for (n = 0; n < COUNT; n++) {
		for (i = n; i && m->heap[(i - 1) / 2].when > m->time[n];
		     i = (i - 1) / 2)
			m->heap[i] = m->heap[(i - 1) / 2];
		m->heap[i].when = m->time[n];
		m->heap[i].id = n;
	}
	while (n) {
		u64 when = m->heap[--n].when;
		u32 id = m->heap[n].id;

		sum = sum * 7 + m->heap[0].id;
		for (i = 0; (child = 2 * i + 1) < n; i = child) {
			if (child + 1 < n &&
			    m->heap[child + 1].when < m->heap[child].when)
				child++;
			if (m->heap[child].when >= when)
				break;
			m->heap[i] = m->heap[child];
		}
		m->heap[i].when = when;
		m->heap[i].id = id;
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(heap)(struct heap_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < COUNT; i++)
		m->time[i] = random() % 100000;
}
#endif
