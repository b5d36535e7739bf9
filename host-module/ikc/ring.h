/* SPDX-License-Identifier: GPL-2.0 */
/* The module's ends of the rings (kernel/abi/ring.h). */
#ifndef LWK_RING_H
#define LWK_RING_H

#include "host-module/instance.h"

/* Sends a message to one CPU and rings its bell. -EAGAIN: the ring is full;
 * -EIO: the instance is not live, or was found to break the protocol. Does not
 * sleep; process context. */
int lwk_ring_push(struct lwk_instance *inst, unsigned int cpu,
		  const struct lwk_msg *msg);

/* As lwk_ring_push(), but sleeps while the ring is full. -EINTR: killed;
 * -ETIMEDOUT: it stayed so for timeout_ms. */
int lwk_ring_push_wait(struct lwk_instance *inst, unsigned int cpu,
		       const struct lwk_msg *msg);

/* The number of messages that were sent to one CPU, and whether it has taken the first
 * `count`, so that it is done with all of these but the last. Only while booted. */
u32 lwk_ring_sent(struct lwk_instance *inst, unsigned int cpu);
bool lwk_ring_took(struct lwk_instance *inst, unsigned int cpu, u32 count);

/* Whether a message waits. The instance's thread, or the owner of its rx_lock. */
bool lwk_ring_pending(struct lwk_instance *inst, unsigned int cpu);

/* Copies out the oldest message: 1; 0: there is none; -EPROTO: the ring is bad, and
 * lwk_ring_bad() fails the instance. It counts as handled after lwk_ring_handled().
 * The instance's thread, or, while that sleeps, the owner of its rx_lock. */
int lwk_ring_next(struct lwk_instance *inst, unsigned int cpu,
		  struct lwk_msg *msg);
void lwk_ring_bad(struct lwk_instance *inst, unsigned int cpu);
void lwk_ring_handled(struct lwk_instance *inst, unsigned int cpu);

/* Begins with empty rings, which nothing else uses yet. */
void lwk_ring_reset(struct lwk_cpu *cpu, struct lwk_ring *tx,
		    struct lwk_ring *rx);

#endif
