/* SPDX-License-Identifier: MIT */
/* samples/bpf/parse_varlen.c: packets with VLAN tags, tunnels and options. */
#include "linux.h"

#include "varlen.inc"

#define PACKETS 32

struct linux_varlen_memory {
	u8 packet[PACKETS][128];
};

KERNEL(linux_varlen)(struct linux_varlen_memory *m)
{
	u64 dropped = 0;
	int i;

	for (i = 0; i < PACKETS; i++) {
		struct __sk_buff skb = {(u64)m->packet[i],
					(u64)(m->packet[i] + 128)};

		dropped = dropped * 3 + (u64)handle_ingress(&skb);
	}
	return dropped;
}

#ifndef __NIMBLE__
INIT(linux_varlen)(struct linux_varlen_memory *m, u64 (*random)(void))
{
	static const u8 protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPIP,
				       IPPROTO_IPV6};
	int i, k, at;

	for (i = 0; i < PACKETS; i++) {
		u8 *p = m->packet[i];
		int v6 = (int)(random() & 1);

		for (k = 0; k < 128; k++)
			p[k] = (u8)random();
		at = 12;
		/* As the sample compares a tag: without a change of order. */
		for (k = (int)(random() % 3); k > 0; k--, at += 4)
			*(u16 *)(p + at) = ETH_P_8021Q;
		*(u16 *)(p + at) = v6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
		p[at + 2] = v6 ? 0x60 : 0x45;
		p[at + 8] = v6 ? protocols[random() % 4] : 0;
		p[at + 9] = 0;
		if (!v6)
			p[at + 11] = protocols[random() % 3];
		p[at + 23] = (u8)(random() & 1 ? 80 : 9);
	}
}
#endif
