/* SPDX-License-Identifier: MIT */
/* The end of the proxy when its LWK is gone: it has failed, or was shut down by force.
 * The device tells the manager, and the memory of the LWK gives SIGBUS; the thread
 * that sees it first prints the message. */
#ifndef PROXY_FAILURE_H
#define PROXY_FAILURE_H

#include "kernel/abi/slot.h"

/* Once, before threads exist. */
void failure_init(unsigned int instance, const struct lwk_slot_page *page);
/* After a fork: the slots are there now. */
void failure_moved(const struct lwk_slot_page *page);

/* Whether the address lies in the slot page. Any other SIGBUS is a bug of
 * the proxy. */
int failure_is_slot_page(const void *address);

/* Says what happened to the LWK, and exits with EXIT_FAILED; for any thread, and
 * signal handlers. Asks the device for the cause. */
_Noreturn void failure(void);

/* The same for a caller that knows the cause: enum lwk_end_cause. */
_Noreturn void failure_by(uint32_t cause);

#endif
