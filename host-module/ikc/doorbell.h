/* SPDX-License-Identifier: GPL-2.0 */
/* The interrupt by which an LWK wakes its instance's thread. */
#ifndef LWK_DOORBELL_H
#define LWK_DOORBELL_H

#include "host-module/instance.h"

/* Allocates the interrupt and publishes it in inst->boot, which must be set; from then
 * on inst->boot follows the interrupt's affinity. inst->thread must exist until
 * lwk_doorbell_free(). */
int lwk_doorbell_alloc(struct lwk_instance *inst);
void lwk_doorbell_free(struct lwk_instance *inst);

/* At module load and unload. */
int lwk_doorbell_init(void);
void lwk_doorbell_exit(void);

#endif
