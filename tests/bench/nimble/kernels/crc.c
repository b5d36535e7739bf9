/* SPDX-License-Identifier: MIT */
/* CRC-32 of a buffer, by a table of 256 words. */
#include "kernel.h"

#define LENGTH 512

struct crc_memory {
	u32 table[256];
	u8 data[LENGTH];
};

KERNEL(crc)(struct crc_memory *m)
{
	u32 crc = ~0u, i;

	for (i = 0; i < LENGTH; i++)
		crc = crc >> 8 ^ m->table[(crc ^ m->data[i]) & 255];
	return ~crc;
}

#ifndef __NIMBLE__
INIT(crc)(struct crc_memory *m, u64 (*random)(void))
{
	u32 i, bit;

	for (i = 0; i < 256; i++) {
		u32 c = i;

		for (bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		m->table[i] = c;
	}
	for (i = 0; i < LENGTH; i++)
		m->data[i] = (u8)random();
}
#endif
