/* SPDX-License-Identifier: GPL-2.0 */
/* Reserving and releasing instances. */
#ifndef LWK_PARTITION_H
#define LWK_PARTITION_H

#include "kernel/abi/ioctl.h"

/* LWK_IOC_RESERVE and LWK_IOC_RELEASE; see ioctl.h. One at a time. */
int lwk_partition_reserve(struct lwk_reserve *args);
int lwk_partition_release(struct lwk_release *args);

#endif
