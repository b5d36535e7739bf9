/* SPDX-License-Identifier: MIT */
/* The interface of tests/ext/probe.c and its program: arguments of its direct call. */
#ifndef TESTS_EXT_PROBE_H
#define TESTS_EXT_PROBE_H

enum {
	PROBE_READ, /* args[1] = register at args[2], args[3] bytes */
	PROBE_WRITE, /* args[1] to it */
	PROBE_FIND, /* args[1] = device with these PCI ids, or -errno */
	PROBE_DMA, /* args[1] = address for that device of args[2] bytes of its memory */
	PROBE_IRQS, /* args[1] = interrupts of devices that it has seen */
};

#endif
