/* SPDX-License-Identifier: MIT */
/* What the functions of Linux's samples need; see ../linux-kernels. */
#ifndef TESTS_BENCH_NIMBLE_LINUX_LINUX_H
#define TESTS_BENCH_NIMBLE_LINUX_LINUX_H

#include "kernel.h"

#define inline inline __attribute__((always_inline))
#define NULL ((void *)0)
#define true 1
#define false 0

typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef u32 __be32;
typedef u8 bool;
typedef u16 uint16_t;
typedef u32 uint32_t;
typedef u64 uint64_t;
typedef u64 size_t;

#define htons(x) ((u16)((u16)(x) << 8 | (u16)(x) >> 8))
#define bpf_htonl(x)                                                          \
	((u32)(x) << 24 | ((u32)(x)&0xff00) << 8 | ((u32)(x) >> 8 & 0xff00) | \
	 (u32)(x) >> 24)
#define get_unaligned(p)                                                       \
	(((const struct { __typeof__(*(p)) x; } __attribute__((packed)) *)(p)) \
		 ->x)

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88a8
#define IPPROTO_IPIP 4
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define TC_ACT_SHOT 2
#define DEFAULT_PKTGEN_UDP_PORT 9
#define DEBUG 0
#define bpf_trace_printk(...) (void)0

#define TCPOPT_EOL 0
#define TCPOPT_NOP 1
#define TCPOPT_WINDOW 3
#define TCPOPT_SACK_PERM 4
#define TCPOPT_TIMESTAMP 8
#define TCPOLEN_WINDOW 3
#define TCPOLEN_SACK_PERM 2
#define TCPOLEN_TIMESTAMP 10
#define TCP_MAX_WSCALE 14

struct ethhdr {
	u8 h_dest[6], h_source[6];
	u16 h_proto;
} __attribute__((packed));

struct vlan_hdr {
	u16 h_vlan_TCI, h_vlan_encapsulated_proto;
};

struct iphdr {
	u8 ihl : 4, version : 4;
	u8 tos;
	u16 tot_len, id, frag_off;
	u8 ttl, protocol;
	u16 check;
	u32 saddr, daddr;
};

struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};

struct ipv6hdr {
	u32 flow;
	u16 payload_len;
	u8 nexthdr, hop_limit;
	struct in6_addr saddr, daddr;
};

struct tcphdr {
	u16 source, dest;
	u32 rest[4];
};

struct udphdr {
	u16 source, dest, len, check;
};

static inline int ip_is_fragment(const struct iphdr *ip)
{
	return (ip->frag_off & htons(0x3fff)) != 0;
}

/* In place of the kernel's: addresses have their width here. */
struct __sk_buff {
	u64 data, data_end;
};

struct pt_regs {
	u64 ax;
};
#define PT_REGS_RC(ctx) ((ctx)->ax)

#endif
