/* SPDX-License-Identifier: MIT */
/* Hash lookups in an open table, hits and misses. */
#include "kernel.h"

#define SLOTS 256
#define LOOKUPS 64

struct hash_memory {
	struct {
		u64 key, value;
	} slot[SLOTS];
	u64 wanted[LOOKUPS];
};

KERNEL(hash)(struct hash_memory *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < LOOKUPS; i++) {
		u64 key = m->wanted[i], h = key * 0x9e3779b97f4a7c15ull >> 56;

		while (m->slot[h].key && m->slot[h].key != key)
			h = (h + 1) & (SLOTS - 1);
		if (m->slot[h].key)
			sum += m->slot[h].value;
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(hash)(struct hash_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < SLOTS; i++)
		m->slot[i].key = 0;
	for (i = 0; i < SLOTS / 2; i++) {
		u64 key = random() | 1, h = key * 0x9e3779b97f4a7c15ull >> 56;

		while (m->slot[h].key)
			h = (h + 1) & (SLOTS - 1);
		m->slot[h].key = key;
		m->slot[h].value = random();
		if (i < LOOKUPS)
			m->wanted[i] = i & 3 ? key : random() | 1;
	}
}
#endif
