/* SPDX-License-Identifier: GPL-2.0 */
/* Rings: the indices. No other part of the kernel is used here. */
#include "kernel/ikc/ring.h"

static bool impossible(uint32_t head, uint32_t tail)
{
	return head - tail > LWK_RING_SLOTS;
}

bool ring_put(struct lwk_ring *r, uint32_t *head, const struct lwk_msg *msg,
	      bool *bad)
{
	/* acquire: the consumer is done with the slot that we write again */
	uint32_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);

	*bad = impossible(*head, tail);
	if (*bad || *head - tail == LWK_RING_SLOTS)
		return false;
	r->slot[*head % LWK_RING_SLOTS] = *msg;
	/* release: pairs with the acquire in ring_peek() of the other side */
	__atomic_store_n(&r->head, ++*head, __ATOMIC_RELEASE);
	return true;
}

bool ring_peek(struct lwk_ring *r, uint32_t tail, struct lwk_msg *msg,
	       bool *bad)
{
	uint32_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);

	*bad = impossible(head, tail);
	if (*bad || head == tail)
		return false;
	*msg = r->slot[tail % LWK_RING_SLOTS];
	return true;
}

void ring_done(struct lwk_ring *r, uint32_t *tail)
{
	/* release: what the handler did is seen with the new tail */
	__atomic_store_n(&r->tail, ++*tail, __ATOMIC_RELEASE);
}

bool ring_handled(const struct lwk_ring *r, uint32_t index)
{
	uint32_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);

	return (int32_t)(tail - index) > 0;
}
