/* SPDX-License-Identifier: GPL-2.0 */
/* The device files: /dev/lwk, and /dev/lwkN of each reserved instance. */
#ifndef LWK_DEVICE_H
#define LWK_DEVICE_H

#include "host-module/instance.h"

/* Makes and removes /dev/lwkN. */
int lwk_device_add(struct lwk_instance *inst);
void lwk_device_remove(struct lwk_instance *inst);

/* At module load and unload; with them /dev/lwk comes and goes. */
int lwk_devices_init(void);
void lwk_devices_exit(void);

#endif
