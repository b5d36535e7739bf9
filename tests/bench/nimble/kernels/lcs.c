/* SPDX-License-Identifier: MIT */
/* Longest common subsequence of two texts, by a table of two rows. */
#include "kernel.h"

#define LENGTH 48

struct lcs_memory {
	u8 a[LENGTH], b[LENGTH];
	u16 row[2][LENGTH + 1];
};

KERNEL(lcs)(struct lcs_memory *m)
{
	u32 i, j;

	for (j = 0; j <= LENGTH; j++)
		m->row[0][j] = m->row[1][j] = 0;
	for (i = 0; i < LENGTH; i++) {
		u16 *now = m->row[i & 1], *before = m->row[~i & 1];

		for (j = 0; j < LENGTH; j++)
			if (m->a[i] == m->b[j])
				now[j + 1] = before[j] + 1;
			else
				now[j + 1] = before[j + 1] > now[j]
						     ? before[j + 1]
						     : now[j];
	}
	return m->row[(LENGTH - 1) & 1][LENGTH];
}

#ifndef __NIMBLE__
INIT(lcs)(struct lcs_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < LENGTH; i++) {
		m->a[i] = (u8)('a' + random() % 5);
		m->b[i] = (u8)('a' + random() % 5);
	}
}
#endif
