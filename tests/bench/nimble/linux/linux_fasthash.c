/* SPDX-License-Identifier: MIT */
/* samples/bpf/hash_func01.h: a hash of buffers, of each length up to 64. */
#include "linux.h"

#include "fasthash.inc"

struct linux_fasthash_memory {
	char data[64];
};

KERNEL(linux_fasthash)(struct linux_fasthash_memory *m)
{
	u32 hash = 0;
	int length;

	for (length = 1; length <= 64; length++)
		hash = SuperFastHash(m->data, length, hash);
	return hash;
}

#ifndef __NIMBLE__
INIT(linux_fasthash)(struct linux_fasthash_memory *m, u64 (*random)(void))
{
	int i;

	for (i = 0; i < 64; i++)
		m->data[i] = (char)random();
}
#endif
