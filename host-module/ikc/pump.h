/* SPDX-License-Identifier: GPL-2.0 */
/* The instance's thread: handles what the LWK sends. */
#ifndef LWK_PUMP_H
#define LWK_PUMP_H

#include "host-module/instance.h"

int lwk_pump_start(struct lwk_instance *inst);
void lwk_pump_stop(struct lwk_instance *inst);

/* The doorbell rang: handles what is quickly done, and wakes the thread for the rest.
 * In an interrupt handler. */
void lwk_pump_ring(struct lwk_instance *inst);

#endif
