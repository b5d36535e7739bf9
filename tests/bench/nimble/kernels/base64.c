/* SPDX-License-Identifier: MIT */
/* Base64 of 384 bytes. */
#include "kernel.h"

#define LENGTH 384

struct base64_memory {
	u8 letters[64];
	u8 from[LENGTH];
	u8 to[LENGTH / 3 * 4];
};

KERNEL(base64)(struct base64_memory *m)
{
	u32 i, o = 0;

	for (i = 0; i < LENGTH; i += 3) {
		u32 three = (u32)m->from[i] << 16 | m->from[i + 1] << 8 |
			    m->from[i + 2];

		m->to[o++] = m->letters[three >> 18];
		m->to[o++] = m->letters[three >> 12 & 63];
		m->to[o++] = m->letters[three >> 6 & 63];
		m->to[o++] = m->letters[three & 63];
	}
	return m->to[0] | m->to[o - 1] << 8 | m->to[o / 2] << 16;
}

#ifndef __NIMBLE__
INIT(base64)(struct base64_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < 64; i++)
		m->letters[i] = (u8)(i < 26    ? 'A' + i
				     : i < 52  ? 'a' + i - 26
				     : i < 62  ? '0' + i - 52
				     : i == 62 ? '+'
					       : '/');
	for (i = 0; i < LENGTH; i++)
		m->from[i] = (u8)random();
}
#endif
