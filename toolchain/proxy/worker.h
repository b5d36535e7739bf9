/* SPDX-License-Identifier: MIT */
/* The proxy's workers: threads that serve the call slots (kernel/abi/slot.h).
 *
 * One worker leads: it alone looks at the slots, spins, and sleeps in the
 * device. It serves the requests that it finds itself. While the application
 * has one thread, there is no other worker. Otherwise, before a call that may
 * block, it hands the lead to another worker that waits for it, or to a new
 * one, and queues for the lead when its call is done. So a worker leads
 * whenever a slot can hold a request, and at most one sleeps in the device.
 * (The pattern: Schmidt et al., "Leader/Followers", 2000.)
 */
#ifndef PROXY_WORKER_H
#define PROXY_WORKER_H

#include <stdint.h>

#include "kernel/abi/slot.h"

#define WORKERS_SPIN_US 20

/* Starts the first worker. spin_us: how long the leader looks before it sleeps.
 * 0 or -errno. */
int workers_start(struct lwk_slot_page *page, unsigned int spin_us);

/* Called in a child that was forked with the lock held: begins anew, with other slots.
 * 0 or -errno. */
int workers_restart(struct lwk_slot_page *page);

/* While this is held, no worker is made. */
void workers_lock(void);
void workers_unlock(void);

/* LWK_EVENT_INTERRUPT: where the slot's call is being made, it ends with
 * -EINTR or what it has done so far; where it was not begun, with
 * -LWK_INTERRUPTED. Nothing happens where the slot holds no request. Called
 * by the manager only. */
void workers_interrupt(uint32_t slot);

unsigned int workers_count(void);

#endif
