/* SPDX-License-Identifier: MIT */
/* Unpacks literals and matches, as LZ4 has them. */
#include "kernel.h"

#define PACKED 256
#define ROOM 1024

struct unpack_memory {
	u8 packed[PACKED];
	u8 out[ROOM];
};

KERNEL(unpack)(struct unpack_memory *m)
{
	u32 at = 0, o = 0, i, sum = 0;

	while (at + 20 < PACKED && o + 40 < ROOM) {
		u32 token = m->packed[at++];
		u32 literals = token >> 4, length = (token & 15) + 4, back;

		for (i = 0; i < literals; i++)
			m->out[o++] = m->packed[at++];
		back = m->packed[at++] + 1;
		if (back > o)
			back = o ? o : 1;
		for (i = 0; i < length; i++, o++)
			m->out[o] = o >= back ? m->out[o - back] : 0;
	}
	for (i = 0; i < o; i++)
		sum = sum * 31 + m->out[i];
	return sum;
}

#ifndef __NIMBLE__
INIT(unpack)(struct unpack_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < PACKED; i++)
		m->packed[i] = (u8)(random() & 0x77);
}
#endif
