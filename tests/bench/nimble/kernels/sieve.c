/* SPDX-License-Identifier: MIT */
/* Sieve of Eratosthenes up to 2048. */
#include "kernel.h"

#define LIMIT 2048

struct sieve_memory {
	u8 composite[LIMIT];
};

KERNEL(sieve)(struct sieve_memory *m)
{
	u32 i, j, primes = 0;

	for (i = 2; i < LIMIT; i++)
		m->composite[i] = 0;
	for (i = 2; i < LIMIT; i++) {
		if (m->composite[i])
			continue;
		primes++;
		for (j = i * i; j < LIMIT; j += i)
			m->composite[j] = 1;
	}
	return primes;
}

#ifndef __NIMBLE__
INIT(sieve)(struct sieve_memory *m, u64 (*random)(void))
{
	m->composite[0] = (u8)random();
}
#endif
