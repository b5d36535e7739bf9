/* SPDX-License-Identifier: MIT */
/* One generation of the game of life on 24 x 24 cells (not bytes: Debian's
 * gcc-bpf 12.2 stores a spilled byte and loads four). */
#include "kernel.h"

#define SIDE 24

struct life_memory {
	u32 cell[2][SIDE + 2][SIDE + 2];
};

KERNEL(life)(struct life_memory *m)
{
	u32 x, y, living = 0;

	for (y = 1; y <= SIDE; y++)
		for (x = 1; x <= SIDE; x++) {
			const u32 *p = &m->cell[0][y - 1][x - 1];
			u32 i, n = 0;

			for (i = 0; i < 3; i++, p += SIDE + 2)
				n += p[0] + p[1] + p[2];
			p = &m->cell[0][y][x];
			n -= *p;
			n = n == 3 || (n == 2 && *p);
			m->cell[1][y][x] = n;
			living += n;
		}
	return living;
}

#ifndef __NIMBLE__
INIT(life)(struct life_memory *m, u64 (*random)(void))
{
	u32 x, y;

	for (y = 0; y < SIDE + 2; y++)
		for (x = 0; x < SIDE + 2; x++)
			m->cell[0][y][x] = random() % 3 == 0;
}
#endif
