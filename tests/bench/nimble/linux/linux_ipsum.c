/* SPDX-License-Identifier: MIT */
/* selftests' test_cls_redirect.c: checksums of IPv4 headers. */
#include "linux.h"

#include "ipsum.inc"

#define HEADERS 64

struct linux_ipsum_memory {
	struct iphdr header[HEADERS];
};

KERNEL(linux_ipsum)(struct linux_ipsum_memory *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < HEADERS; i++) {
		pkt_ipv4_checksum(&m->header[i]);
		sum = sum * 3 + m->header[i].check;
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(linux_ipsum)(struct linux_ipsum_memory *m, u64 (*random)(void))
{
	u32 i, k;

	for (i = 0; i < HEADERS; i++)
		for (k = 0; k < sizeof(m->header[i]); k++)
			((u8 *)&m->header[i])[k] = (u8)random();
}
#endif
