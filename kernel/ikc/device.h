/* SPDX-License-Identifier: GPL-2.0 */
/* PCI devices that Linux has handed over (kernel/abi/boot.h): where their registers are
 * mapped, and for which extension they reach memory.
 *
 * A device is known by its index in boot.device[] or by its vector. It may go at any time:
 * then an access is -ENODEV.
 */
#ifndef LWK_IKC_DEVICE_H
#define LWK_IKC_DEVICE_H

#include "kernel/abi/boot.h"
#include "kernel/lib/types.h"

#define DEVICE_NONE 0xffffffffU

/* LWK_MSG_DEVICE_ADD, LWK_MSG_DEVICE_GONE: 0; -EINVAL. Thread context; the module sends one
 * at a time. */
int device_add(uint64_t index);
int device_gone(uint64_t index);

/* Describe the device with that index: 0, or -ENODEV. Any context. */
int device_about(uint64_t index, struct lwk_device *about);

/* The index of the device that has this vector, or DEVICE_NONE. Any context. */
uint32_t device_of_vector(uint32_t vector);

/* The index of the device with that address, or in whose memory all of [at, at + bytes) lies;
 * or DEVICE_NONE. Any context. */
uint32_t device_at_address(uint32_t address);
uint32_t device_at(paddr_t at, uint64_t bytes);

/* One access to a device's memory, by its physical address: 0; -EINVAL: bytes is not 1, 2, 4
 * or 8, or the address no multiple of it; -ENODEV: no device's memory. Any context. */
int device_read(paddr_t at, uint64_t bytes, uint64_t *value);
int device_write(paddr_t at, uint64_t bytes, uint64_t value);

/* Let a device reach memory by itself, for `user` (not 0): 0; -ENODEV; -EBUSY: another
 * has it. And end that, for one device or, DEVICE_NONE, for all that the user has:
 * none of them reaches memory afterwards. Both wait for Linux; thread context,
 * interrupts on. */
int device_master(uint32_t index, uint32_t user);
void device_end_master(uint32_t index, uint32_t user);

/* The user for which it reaches memory now; 0: none. The index is below
 * LWK_MAX_DEVICES. */
uint32_t device_user(uint32_t index);

#endif
