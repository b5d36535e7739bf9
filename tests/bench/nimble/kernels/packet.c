/* SPDX-License-Identifier: MIT */
/* Packet parse: Ethernet, IPv4, TCP or UDP, to a port counter. */
#include "kernel.h"

#define PACKETS 16
#define BYTES 128

struct packet_memory {
	u32 length[PACKETS];
	u8 data[PACKETS][BYTES];
	u32 port[256];
};

KERNEL(packet)(struct packet_memory *m)
{
	u32 i, dropped = 0, sum = 0;

	for (i = 0; i < PACKETS; i++) {
		const u8 *p = m->data[i], *end = p + m->length[i];
		u32 header, port;

		if (p + 34 > end || p[12] != 8 || p[13] != 0) {
			dropped++;
			continue;
		}
		header = (p[14] & 15) * 4;
		if (p[14] >> 4 != 4 || p + 14 + header + 4 > end ||
		    (p[23] != 6 && p[23] != 17)) {
			dropped++;
			continue;
		}
		p += 14 + header;
		port = p[2] << 8 | p[3];
		sum += ++m->port[port & 255];
	}
	return (u64)dropped << 32 | sum;
}

#ifndef __NIMBLE__
INIT(packet)(struct packet_memory *m, u64 (*random)(void))
{
	u32 i, j;

	for (i = 0; i < PACKETS; i++) {
		u8 *p = m->data[i];

		for (j = 0; j < BYTES; j++)
			p[j] = (u8)random();
		m->length[i] = 64 + (random() & 63);
		p[12] = i % 5 == 4 ? 6 : 8;
		p[13] = 0;
		p[14] = 0x45;
		p[23] = i & 1 ? 6 : 17;
	}
	for (i = 0; i < 256; i++)
		m->port[i] = 0;
}
#endif
