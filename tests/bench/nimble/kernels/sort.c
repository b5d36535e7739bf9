/* SPDX-License-Identifier: MIT */
/* Insertion sort of a copy of 48 numbers. */
#include "kernel.h"

#define COUNT 48

struct sort_memory {
	u32 from[COUNT], to[COUNT];
};

KERNEL(sort)(struct sort_memory *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < COUNT; i++) {
		u32 x = m->from[i];
		s64 j = (s64)i - 1;

		while (j >= 0 && m->to[j] > x) {
			m->to[j + 1] = m->to[j];
			j--;
		}
		m->to[j + 1] = x;
	}
	for (i = 0; i < COUNT; i++)
		sum = sum * 31 + m->to[i];
	return sum;
}

#ifndef __NIMBLE__
INIT(sort)(struct sort_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < COUNT; i++)
		m->from[i] = (u32)random();
}
#endif
