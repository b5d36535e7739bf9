/* SPDX-License-Identifier: GPL-2.0 */
/* Taking CPUs from Linux and giving them back. */
#ifndef LWK_CPU_H
#define LWK_CPU_H

#include "host-module/instance.h"

/* Takes the CPUs of the mask and fills inst->cpu. On failure it takes none,
 * and why says which one refused: -EINVAL, -EBUSY, -ENOMEM or what hot-
 * unplug said. Caller holds the partition lock. */
int lwk_cpus_take(struct lwk_instance *inst,
		  const uint64_t mask[LWK_CPUMASK_WORDS], char *why);

/* Gives all back, in reverse order. If one does not come up, it goes on with
 * the rest, returns that one's error, and why names it. */
int lwk_cpus_give_back(struct lwk_instance *inst, char *why);

/* At module load and unload. */
int lwk_cpus_init(void);
void lwk_cpus_exit(void);

#endif
