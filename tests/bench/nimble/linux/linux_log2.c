/* SPDX-License-Identifier: MIT */
/* samples/bpf/lwt_len_hist_kern.c: a histogram of lengths by their logarithm. */
#include "linux.h"

/* The names are known to compilers as others. */
#define log2 log2_of
#define log2l log2_of_long
#include "log2.inc"

#define LENGTHS 128

struct linux_log2_memory {
	u64 length[LENGTHS];
	u64 count[64];
};

KERNEL(linux_log2)(struct linux_log2_memory *m)
{
	u32 i;

	for (i = 0; i < LENGTHS; i++)
		m->count[log2l(m->length[i]) & 63]++;
	for (i = 0; i < 64; i++)
		m->count[i] &= 0xffff;
	return log2l(m->length[0]);
}

#ifndef __NIMBLE__
INIT(linux_log2)(struct linux_log2_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < LENGTHS; i++)
		m->length[i] = random() >> random() % 64;
	for (i = 0; i < 64; i++)
		m->count[i] = 0;
}
#endif
