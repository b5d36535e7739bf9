/* SPDX-License-Identifier: MIT */
/* selftests' test_jhash.h: hashes of flows' keys, of several lengths. */
#include "linux.h"

#include "jhash.inc"

struct linux_jhash_memory {
	u8 key[40][40];
};

KERNEL(linux_jhash)(struct linux_jhash_memory *m)
{
	u32 hash = 0, i;

	for (i = 0; i < 40; i++)
		hash = jhash(m->key[i], i, hash);
	return hash;
}

#ifndef __NIMBLE__
INIT(linux_jhash)(struct linux_jhash_memory *m, u64 (*random)(void))
{
	u32 i, k;

	for (i = 0; i < 40; i++)
		for (k = 0; k < 40; k++)
			m->key[i][k] = (u8)random();
}
#endif
