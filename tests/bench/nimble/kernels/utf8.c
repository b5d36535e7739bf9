/* SPDX-License-Identifier: MIT */
/* Checks and counts the characters of a text in UTF-8. */
#include "kernel.h"

#define LENGTH 768

struct utf8_memory {
	u8 text[LENGTH + 4];
};

KERNEL(utf8)(struct utf8_memory *m)
{
	const u8 *p = m->text, *end = m->text + LENGTH;
	u32 count = 0, bad = 0, wide = 0;

	while (p < end) {
		u32 c = *p++, more = 0;

		if (c < 0x80)
			more = 0;
		else if (c >= 0xc2 && c < 0xe0)
			more = 1, c &= 31;
		else if ((c & 0xf0) == 0xe0)
			more = 2, c &= 15;
		else if ((c & 0xf8) == 0xf0)
			more = 3, c &= 7;
		else
			bad++;
		for (; more && (*p & 0xc0) == 0x80; more--)
			c = c << 6 | (*p++ & 63);
		bad += more != 0;
		wide += c > 0x7ff;
		count++;
	}
	return (u64)count << 40 | (u64)bad << 20 | wide;
}

#ifndef __NIMBLE__
INIT(utf8)(struct utf8_memory *m, u64 (*random)(void))
{
	u32 i = 0;

	while (i < LENGTH) {
		u32 kind = random() % 8;

		if (kind < 5) {
			m->text[i++] = 'a' + (u8)(random() % 26);
		} else if (kind == 5) {
			m->text[i++] = 0xc3;
			m->text[i++] = 0xa4;
		} else if (kind == 6) {
			m->text[i++] = 0xe2;
			m->text[i++] = 0x82;
			m->text[i++] = 0xac;
		} else {
			m->text[i++] = (u8)random();
		}
	}
}
#endif
