/* SPDX-License-Identifier: MIT */
/* selftests' xdp_synproxy_kern.c: checksums of pseudo headers. */
#include "linux.h"

#include "csum.inc"

#define HEADERS 48

struct linux_csum_memory {
	struct in6_addr address[HEADERS + 1];
};

KERNEL(linux_csum)(struct linux_csum_memory *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < HEADERS; i++) {
		const struct in6_addr *a = &m->address[i];

		sum += csum_ipv6_magic(a, a + 1, 20 + i, IPPROTO_TCP, i);
		sum += csum_tcpudp_magic(a->in6_u.u6_addr32[0],
					 a->in6_u.u6_addr32[1], 20 + i,
					 IPPROTO_UDP, (u32)sum);
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(linux_csum)(struct linux_csum_memory *m, u64 (*random)(void))
{
	u32 i, k;

	for (i = 0; i <= HEADERS; i++)
		for (k = 0; k < 4; k++)
			m->address[i].in6_u.u6_addr32[k] = (u32)random();
}
#endif
