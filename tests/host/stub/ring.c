// SPDX-License-Identifier: MIT
/* The LWK's ends of the rings (kernel/abi/ring.h). */
#include "stub_priv.h"

struct lwk_msg *ring_next(struct cpu *c)
{
	uint32_t head = __atomic_load_n(&c->in->head, __ATOMIC_ACQUIRE);

	return head == c->tail ? 0 : &c->in->slot[c->tail % LWK_RING_SLOTS];
}

void ring_handled(struct cpu *c)
{
	__atomic_store_n(&c->in->tail, ++c->tail, __ATOMIC_RELEASE);
}

static bool handled(struct cpu *c, uint32_t index)
{
	uint32_t tail = __atomic_load_n(&c->out->tail, __ATOMIC_ACQUIRE);

	return (int32_t)(tail - index) > 0;
}

uint32_t ring_send(struct cpu *c, const struct lwk_msg *msg)
{
	while (c->head - __atomic_load_n(&c->out->tail, __ATOMIC_ACQUIRE) >=
	       LWK_RING_SLOTS)
		relax();
	c->out->slot[c->head % LWK_RING_SLOTS] = *msg;
	__atomic_store_n(&c->out->head, ++c->head, __ATOMIC_RELEASE);
	fence();
	if (__atomic_load_n(&boot->linux_waiting, __ATOMIC_RELAXED))
		lapic_ring_linux();
	return c->head - 1;
}

void ring_wait_handled(struct cpu *c, uint32_t index)
{
	while (!handled(c, index))
		relax();
}

void ring_reply(struct cpu *c, uint64_t cookie, int status, uint64_t value0,
		uint64_t value1)
{
	ring_send(c, &(struct lwk_msg){
			     .type = LWK_MSG_REPLY,
			     .status = status,
			     .cookie = cookie,
			     .value = {value0, value1},
		     });
}
