/* SPDX-License-Identifier: MIT */
/* The end of the proxy where its LWK is gone. The device tells the manager, and
 * the memory of the LWK gives SIGBUS: whoever sees it first says so. */
#ifndef PROXY_FAILURE_H
#define PROXY_FAILURE_H

#include "kernel/abi/slot.h"

/* Once, before threads exist. */
void failure_init(unsigned int instance, const struct lwk_slot_page *page);

/* Is it an address of the slot page? Any other SIGBUS is the proxy's fault. */
int failure_is_slot_page(const void *address);

/* Says that the LWK has failed, and exits with EXIT_FAILED; any thread, and signal
 * handlers. */
_Noreturn void failure(void);

#endif
