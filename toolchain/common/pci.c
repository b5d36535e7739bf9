// SPDX-License-Identifier: MIT
/* Names of PCI devices. */
#include <stdio.h>
#include <string.h>

#include "kernel/abi/boot.h"
#include "toolchain/common/pci.h"

int pci_parse(const char *name, uint32_t *address)
{
	unsigned int domain = 0, bus, device, function;
	int end = -1;

	if (strchr(name, ':') == strrchr(name, ':'))
		sscanf(name, "%2x:%2x.%1x%n", &bus, &device, &function, &end);
	else
		sscanf(name, "%4x:%2x:%2x.%1x%n", &domain, &bus, &device,
		       &function, &end);
	if (end < 0 || name[end] || device > 31 || function > 7)
		return -1;
	*address = LWK_DEVICE_ADDRESS(domain, bus, device << 3 | function);
	return 0;
}

const char *pci_name(uint32_t address, char name[PCI_NAME_BYTES])
{
	snprintf(name, PCI_NAME_BYTES, "%04x:%02x:%02x.%x", address >> 16,
		 address >> 8 & 0xff, address >> 3 & 31, address & 7);
	return name;
}
