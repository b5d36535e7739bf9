/* SPDX-License-Identifier: MIT */
/* SipHash-2-4 of 256 bytes. */
#include "kernel.h"

#define WORDS 32

struct siphash_memory {
	u64 key[2];
	u64 data[WORDS];
};

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define ROUND                                       \
	do {                                        \
		v0 += v1, v1 = ROTATE(v1, 13) ^ v0; \
		v0 = ROTATE(v0, 32);                \
		v2 += v3, v3 = ROTATE(v3, 16) ^ v2; \
		v0 += v3, v3 = ROTATE(v3, 21) ^ v0; \
		v2 += v1, v1 = ROTATE(v1, 17) ^ v2; \
		v2 = ROTATE(v2, 32);                \
	} while (0)

KERNEL(siphash)(struct siphash_memory *m)
{
	u64 v0 = m->key[0] ^ 0x736f6d6570736575, v2 = m->key[0];
	u64 v1 = m->key[1] ^ 0x646f72616e646f6d, v3 = m->key[1];
	u32 i;

	v2 ^= 0x6c7967656e657261;
	v3 ^= 0x7465646279746573;
	for (i = 0; i < WORDS; i++) {
		v3 ^= m->data[i];
		ROUND;
		ROUND;
		v0 ^= m->data[i];
	}
	v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

#ifndef __NIMBLE__
INIT(siphash)(struct siphash_memory *m, u64 (*random)(void))
{
	u32 i;

	m->key[0] = random();
	m->key[1] = random();
	for (i = 0; i < WORDS; i++)
		m->data[i] = random();
}
#endif
