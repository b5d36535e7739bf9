/* SPDX-License-Identifier: MIT */
/* Internet checksum (RFC 1071) over 1500 bytes. */
#include "kernel.h"

#define WORDS 750

struct checksum_memory {
	u16 word[WORDS];
};

KERNEL(checksum)(struct checksum_memory *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < WORDS; i++)
		sum += m->word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

#ifndef __NIMBLE__
INIT(checksum)(struct checksum_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < WORDS; i++)
		m->word[i] = (u16)random();
}
#endif
