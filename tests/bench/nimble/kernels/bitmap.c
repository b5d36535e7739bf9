/* SPDX-License-Identifier: MIT */
/* Finds and takes free runs of bits in a bitmap of 512. */
#include "kernel.h"

#define WORDS 16
#define WANTED 12

struct bitmap_memory {
	u32 used[WORDS], work[WORDS];
};

KERNEL(bitmap)(struct bitmap_memory *m)
{
	u64 sum = 0;
	u32 i, want;

	for (i = 0; i < WORDS; i++)
		m->work[i] = m->used[i];
	for (want = 1; want <= WANTED; want++) {
		u32 run = 0, bit;

		for (bit = 0; bit < WORDS * 32 && run < want % 6 + 1; bit++)
			run = m->work[bit / 32] >> bit % 32 & 1 ? 0 : run + 1;
		while (run) {
			bit--;
			run--;
			m->work[bit / 32] |= 1u << bit % 32;
		}
		sum = sum * 5 + bit;
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(bitmap)(struct bitmap_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < WORDS; i++)
		m->used[i] = (u32)(random() | random());
}
#endif
