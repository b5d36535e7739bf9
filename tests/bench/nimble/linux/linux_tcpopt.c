/* SPDX-License-Identifier: MIT */
/* selftests' xdp_synproxy_kern.c: the options of TCP headers. */
#include "linux.h"

#include "tcpopt.inc"

#define HEADERS 24

struct linux_tcpopt_memory {
	u8 options[HEADERS][40];
	u32 stamp;
};

KERNEL(linux_tcpopt)(struct linux_tcpopt_memory *m)
{
	u64 sum = 0;
	int i, k;

	for (i = 0; i < HEADERS; i++) {
		struct tcpopt_context c = {.ptr = m->options[i],
					   .end = m->options[i] + 40,
					   .data_end = m->options[i] + 40,
					   .tsecr = &m->stamp};

		for (k = 0; k < 6; k++)
			if (tscookie_tcpopt_parse(&c))
				break;
		sum = sum * 5 + c.wscale + c.option_timestamp + c.option_sack +
		      m->stamp;
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(linux_tcpopt)(struct linux_tcpopt_memory *m, u64 (*random)(void))
{
	static const u8 lengths[] = {0, 0, 4, 3, 2, 0, 0, 0, 10};
	static const u8 kinds[] = {1, 2, 3, 4, 8};
	int i, at;

	m->stamp = 0;
	for (i = 0; i < HEADERS; i++) {
		for (at = 0; at < 40; at++)
			m->options[i][at] = (u8)random();
		for (at = 0; at < 28;) {
			u8 kind = kinds[random() % 5];

			m->options[i][at] = kind;
			m->options[i][at + 1] = lengths[kind];
			at += kind == 1 ? 1 : lengths[kind];
		}
		m->options[i][at] = 0;
	}
}
#endif
