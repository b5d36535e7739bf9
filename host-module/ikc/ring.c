// SPDX-License-Identifier: GPL-2.0
/* The module's ends of the rings (kernel/abi/ring.h). */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include "host-module/boot/boot.h"
#include "host-module/ikc/ring.h"
#include "host-module/boot/smp.h"

/* Caller holds tx_lock. */
static int put(struct lwk_cpu *c, const struct lwk_msg *msg)
{
	/* Pairs with the LWK's release of tail: the slot is free. */
	u32 tail = smp_load_acquire(&c->tx->tail);

	lockdep_assert_held(&c->tx_lock);
	if (!lwk_ring_tail_ok(c->tx_head, tail, c->tx_tail))
		return -EPROTO;
	c->tx_tail = tail;
	if (lwk_ring_full(c->tx_head, tail))
		return -EAGAIN;
	c->tx->slot[lwk_ring_index(c->tx_head)] = *msg;
	/* Pairs with the LWK's acquire of head: the slot is written. */
	smp_store_release(&c->tx->head, ++c->tx_head);
	return 0;
}

int lwk_ring_push(struct lwk_instance *inst, unsigned int cpu,
		  const struct lwk_msg *msg)
{
	struct lwk_cpu *c = &inst->cpu[cpu];
	int err = -EIO;

	spin_lock(&c->tx_lock);
	if (lwk_instance_live(inst))
		err = put(c, msg);
	if (!err)
		lwk_smp_doorbell(c->apic_id);
	spin_unlock(&c->tx_lock);
	if (err == -EPROTO) {
		lwk_instance_fail(inst, "CPU %u: its ring's tail is impossible",
				  c->linux_cpu);
		err = -EIO;
	}
	return err;
}

int lwk_ring_push_wait(struct lwk_instance *inst, unsigned int cpu,
		       const struct lwk_msg *msg)
{
	unsigned long end = jiffies + lwk_answer_limit();
	int err;

	while ((err = lwk_ring_push(inst, cpu, msg)) == -EAGAIN) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return err;
}

u32 lwk_ring_sent(struct lwk_instance *inst, unsigned int cpu)
{
	struct lwk_cpu *c = &inst->cpu[cpu];
	u32 head;

	spin_lock(&c->tx_lock);
	head = c->tx_head;
	spin_unlock(&c->tx_lock);
	return head;
}

bool lwk_ring_took(struct lwk_instance *inst, unsigned int cpu, u32 count)
{
	/* Pairs with the LWK's release of tail: what came before was handled. */
	u32 tail = smp_load_acquire(&inst->cpu[cpu].tx->tail);

	return (s32)(tail - count) >= 0;
}

bool lwk_ring_pending(struct lwk_instance *inst, unsigned int cpu)
{
	const struct lwk_cpu *c = &inst->cpu[cpu];

	return READ_ONCE(c->rx->head) != READ_ONCE(c->rx_tail);
}

void lwk_ring_bad(struct lwk_instance *inst, unsigned int cpu)
{
	lwk_instance_fail(inst, "CPU %u: its ring's head is impossible",
			  inst->cpu[cpu].linux_cpu);
}

int lwk_ring_next(struct lwk_instance *inst, unsigned int cpu,
		  struct lwk_msg *msg)
{
	struct lwk_cpu *c = &inst->cpu[cpu];
	/* Pairs with the LWK's release of head: the slot is written. */
	u32 head = smp_load_acquire(&c->rx->head);

	if (head == c->rx_tail)
		return 0;
	if (!lwk_ring_head_ok(head, c->rx_tail))
		return -EPROTO;
	*msg = c->rx->slot[lwk_ring_index(c->rx_tail)];
	barrier(); /* only the copy is checked; the slot is not read again */
	return 1;
}

void lwk_ring_handled(struct lwk_instance *inst, unsigned int cpu)
{
	struct lwk_cpu *c = &inst->cpu[cpu];

	/* Pairs with the LWK's acquire of tail: a zap is done. */
	WRITE_ONCE(c->rx_tail, c->rx_tail + 1);
	smp_store_release(&c->rx->tail, c->rx_tail);
}

void lwk_ring_reset(struct lwk_cpu *cpu, struct lwk_ring *tx,
		    struct lwk_ring *rx)
{
	spin_lock(&cpu->tx_lock);
	cpu->tx = tx;
	cpu->rx = rx;
	cpu->tx_head = 0;
	cpu->tx_tail = 0;
	cpu->rx_tail = 0;
	spin_unlock(&cpu->tx_lock);
}
