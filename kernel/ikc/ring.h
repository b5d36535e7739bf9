/* SPDX-License-Identifier: GPL-2.0 */
/* This CPU's two rings to the module; protocol in kernel/abi/ring.h. The policy
 * part works on a struct lwk_ring alone and is tested on the host. */
#ifndef LWK_IKC_RING_H
#define LWK_IKC_RING_H

#include "kernel/abi/ring.h"
#include "kernel/lib/types.h"

/* Producer side. `head` is the producer's private index. Returns false where the
 * ring is full. -1 in *bad: the consumer's index is impossible. */
bool ring_put(struct lwk_ring *r, uint32_t *head, const struct lwk_msg *msg,
	      bool *bad);

/* Consumer side: the packet at the private index `tail`; false where the ring is
 * empty. The packet stays until ring_done(). */
bool ring_peek(struct lwk_ring *r, uint32_t tail, struct lwk_msg *msg,
	       bool *bad);
void ring_done(struct lwk_ring *r, uint32_t *tail);

/* Whether the packet with index `index` was handled. */
bool ring_handled(const struct lwk_ring *r, uint32_t index);

/* Find this CPU's rings from the boot block. */
void ikc_init_cpu(void);

/* Send to Linux from this CPU; waits while the ring is full. Returns the
 * packet's index. Any context on this CPU. */
uint32_t ikc_send(const struct lwk_msg *msg);

/* Send and wait until the module has handled it. Thread context. */
void ikc_send_and_wait(const struct lwk_msg *msg);

/* Answer a request. */
void ikc_reply(uint64_t cookie, int status, uint64_t v0, uint64_t v1);

/* Whether a message waits for this CPU. */
bool ikc_pending(void);

/* Whether one of them is PROC_RELEASE of that process. Interrupts off, and not in the
 * middle of ikc_poll(). */
bool ikc_release_waits(uint64_t proc);

/* Handle all messages that wait for this CPU. Thread context. */
void ikc_poll(void);

#endif
