/* SPDX-License-Identifier: MIT */
/* State machine: counts numbers, words and quoted strings in a text. */
#include "kernel.h"

#define LENGTH 1024

struct machine_memory {
	u8 text[LENGTH];
};

enum { BETWEEN, NUMBER, WORD, QUOTED };

KERNEL(machine)(struct machine_memory *m)
{
	u32 i, state = BETWEEN, numbers = 0, words = 0, strings = 0;

	for (i = 0; i < LENGTH; i++) {
		u8 c = m->text[i];

		switch (state) {
		case BETWEEN:
			if (c == '"') {
				state = QUOTED;
			} else if (c >= '0' && c <= '9') {
				state = NUMBER;
				numbers++;
			} else if ((c | 32) >= 'a' && (c | 32) <= 'z') {
				state = WORD;
				words++;
			}
			break;
		case NUMBER:
			if (c < '0' || c > '9')
				state = BETWEEN;
			break;
		case WORD:
			if ((c | 32) < 'a' || (c | 32) > 'z')
				state = BETWEEN;
			break;
		default:
			if (c == '"') {
				state = BETWEEN;
				strings++;
			}
		}
	}
	return (u64)numbers << 40 | words << 20 | strings;
}

#ifndef __NIMBLE__
INIT(machine)(struct machine_memory *m, u64 (*random)(void))
{
	static const char letters[] = "ab cd 12 34 \"ef gh\" ij 5 67 kl ";
	u32 i, at = 0;

	for (i = 0; i < LENGTH; i++) {
		m->text[i] = (u8)letters[at];
		at = random() % 7 ? (at + 1) % 31 : (u32)(random() % 31);
	}
}
#endif
