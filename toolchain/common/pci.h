/* SPDX-License-Identifier: MIT */
/* Names of PCI devices: 0000:00:04.0, or 00:04.0 where the domain is 0. */
#ifndef TOOLCHAIN_PCI_H
#define TOOLCHAIN_PCI_H

#include <stdint.h>

#define PCI_NAME_BYTES 16

/* LWK_DEVICE_ADDRESS() of a name: 0, or -1 where it is none. */
int pci_parse(const char *name, uint32_t *address);
const char *pci_name(uint32_t address, char name[PCI_NAME_BYTES]);

#endif
