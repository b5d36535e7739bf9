/* SPDX-License-Identifier: GPL-2.0 */
/* Do the CPUs of an LWK still work, and where are they? */
#ifndef LWK_PROBE_H
#define LWK_PROBE_H

#include "host-module/instance.h"

/* LWK_IOC_TRACE. Caller holds inst->lock. Sleeps. */
int lwk_trace(struct lwk_instance *inst, u32 flags, char *why);

/* LWK_IOC_CPUS. The caller came through an open file of the instance. Sleeps. */
int lwk_cpus_ask(struct lwk_instance *inst, struct lwk_cpus *args);

/* Called after `live` was cleared. When this returns, nothing waits for an
 * NMI's answer. Sleeps. */
void lwk_probe_end(void);

#endif
