/* SPDX-License-Identifier: MIT */
/* Binary search of 64 keys in 1,024 sorted numbers. */
#include "kernel.h"

#define COUNT 1024
#define KEYS 64

struct bsearch_memory {
	u64 sorted[COUNT];
	u64 key[KEYS];
};

KERNEL(bsearch)(struct bsearch_memory *m)
{
	u64 sum = 0;
	u32 k;

	for (k = 0; k < KEYS; k++) {
		u32 low = 0, high = COUNT;

		while (low < high) {
			u32 middle = low + (high - low) / 2;

			if (m->sorted[middle] < m->key[k])
				low = middle + 1;
			else
				high = middle;
		}
		sum = sum * 3 + low;
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(bsearch)(struct bsearch_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < COUNT; i++)
		m->sorted[i] = (i ? m->sorted[i - 1] : 0) + random() % 100;
	for (i = 0; i < KEYS; i++)
		m->key[i] = random() % (COUNT * 50);
}
#endif
