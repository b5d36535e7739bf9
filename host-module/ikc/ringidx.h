/* SPDX-License-Identifier: GPL-2.0 */
/* Index arithmetic of the rings (kernel/abi/ring.h); pure. */
#ifndef LWK_RINGIDX_H
#define LWK_RINGIDX_H

#include "host-module/shim.h"
#include "kernel/abi/ring.h"

/* Indices run freely, so a difference is a count, also across 2^32. */
static inline uint32_t lwk_ring_used(uint32_t head, uint32_t tail)
{
	return head - tail;
}

static inline bool lwk_ring_full(uint32_t head, uint32_t tail)
{
	return lwk_ring_used(head, tail) >= LWK_RING_SLOTS;
}

/* Whether the producer's head is possible for the consumer. */
static inline bool lwk_ring_head_ok(uint32_t head, uint32_t tail)
{
	return lwk_ring_used(head, tail) <= LWK_RING_SLOTS;
}

/* Whether the consumer's tail is possible for the producer: it lies between
 * the one that it read last and its own head. */
static inline bool lwk_ring_tail_ok(uint32_t head, uint32_t tail, uint32_t last)
{
	return lwk_ring_used(head, tail) <= lwk_ring_used(head, last);
}

static inline uint32_t lwk_ring_index(uint32_t count)
{
	return count % LWK_RING_SLOTS;
}

#endif
