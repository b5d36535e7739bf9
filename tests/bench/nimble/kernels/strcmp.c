/* SPDX-License-Identifier: MIT */
/* String comparison: a name against 32 others with common beginnings. */
#include "kernel.h"

#define NAMES 32
#define LENGTH 32

struct strcmp_memory {
	char wanted[LENGTH], name[NAMES][LENGTH];
};

KERNEL(strcmp)(struct strcmp_memory *m)
{
	u32 i, found = 0;

	for (i = 0; i < NAMES; i++) {
		const char *a = m->wanted, *b = m->name[i];

		while (*a && *a == *b)
			a++, b++;
		if (*a == *b)
			found += i;
	}
	return found;
}

#ifndef __NIMBLE__
INIT(strcmp)(struct strcmp_memory *m, u64 (*random)(void))
{
	u32 i, j;

	for (j = 0; j < LENGTH; j++)
		m->wanted[j] = j < LENGTH - 1 ? 'a' + (char)(j % 26) : 0;
	for (i = 0; i < NAMES; i++) {
		for (j = 0; j < LENGTH; j++)
			m->name[i][j] = m->wanted[j];
		m->name[i][random() % LENGTH] ^= i % 4 ? 1 : 0;
	}
}
#endif
