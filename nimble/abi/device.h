/* SPDX-License-Identifier: MIT */
/* What helper device_info() says of a device. */
#ifndef NIMBLE_ABI_DEVICE_H
#define NIMBLE_ABI_DEVICE_H

#include "nimble/abi/types.h"

#define NIMBLE_DEVICE_BARS 6

struct nimble_device {
	nx_u32 address; /* domain << 16 | bus << 8 | device << 3 | function */
	nx_u16 vendor, device; /* PCI ids */
	nx_u32 vector; /* of its interrupts; 0: it has none */
	nx_u32 cpu; /* that they come to */
	struct {
		nx_u64 base; /* for mmio_read() and mmio_write() */
		nx_u64 bytes; /* 0: there is none */
	} bar[NIMBLE_DEVICE_BARS];
};

#endif
