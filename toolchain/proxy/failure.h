/* SPDX-License-Identifier: MIT */
/* The end of the proxy where its LWK is gone: it has failed, or was shut down by
 * force. The device tells the manager, and the memory of the LWK gives SIGBUS:
 * whoever sees it first says so. */
#ifndef PROXY_FAILURE_H
#define PROXY_FAILURE_H

#include "kernel/abi/slot.h"

/* Once, before threads exist. */
void failure_init(unsigned int instance, const struct lwk_slot_page *page);
/* After a fork: the slots are there now. */
void failure_moved(const struct lwk_slot_page *page);

/* Is it an address of the slot page? Any other SIGBUS is the proxy's fault. */
int failure_is_slot_page(const void *address);

/* Says what became of the LWK, and exits with EXIT_FAILED; any thread, and signal
 * handlers. For who has seen the end itself: the device is asked for its cause. */
_Noreturn void failure(void);

/* The same for a caller that knows the cause: enum lwk_end_cause. */
_Noreturn void failure_by(uint32_t cause);

#endif
