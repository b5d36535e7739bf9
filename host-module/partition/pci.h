/* SPDX-License-Identifier: GPL-2.0 */
/* PCI devices that Linux hands over to LWKs. */
#ifndef LWK_PCI_H
#define LWK_PCI_H

#include "host-module/instance.h"

struct pci_dev;

/* LWK_IOC_DEVICE_ADD and LWK_IOC_DEVICE_REMOVE; see ioctl.h. They lock the instance. */
int lwk_pci_add(struct lwk_device_args *args);
int lwk_pci_remove(struct lwk_device_args *args);

/* LWK_IOC_DEVICE_INFO. */
int lwk_pci_info(struct lwk_device_info *info);

/* A booted LWK gets the devices of its instance. Caller holds inst->lock. */
int lwk_pci_open_all(struct lwk_instance *inst, char *why);

/* None of the instance's devices interrupts or reaches memory when this returns, nor
 * later, until lwk_pci_open_all(). Any context that may take spinlocks. */
void lwk_pci_silence_all(struct lwk_instance *inst);

/* The instance, which is not booted, has none any more. Caller holds inst->lock. */
void lwk_pci_give_back_all(struct lwk_instance *inst);

/* LWK_MSG_DEVICE_MASTER. -EINVAL: nonsense. For the instance's thread. */
int lwk_pci_master(struct lwk_instance *inst, u64 index, u64 on);

/* At module load and unload. */
int lwk_pci_init(void);
void lwk_pci_exit(void);

#endif
