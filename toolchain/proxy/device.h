/* SPDX-License-Identifier: MIT */
/* The proxy's use of /dev/lwkN. Tests link their own device.
 *
 * All return 0 or -errno. device_signal(), device_wait() and device_slot_done()
 * may be called by any thread and by a signal handler.
 */
#ifndef PROXY_DEVICE_H
#define PROXY_DEVICE_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/abi/ioctl.h"
#include "kernel/abi/slot.h"

/* Opens /dev/lwkN at a descriptor number that applications do not use. */
int device_open(unsigned int instance);
int device_fd(void);

/* LWK_IOC_PROC_CREATE; why has LWK_WHY_BYTES and is set on errors. */
int device_create(int cpu, uint64_t stack_bytes, char *why);
/* Maps the slots. */
int device_map_slots(struct lwk_slot_page **page);

/* Opens a file of the memory that the process has now, in place of the previous file,
 * of which nothing is mapped. */
int device_open_space(void);
/* Maps [start, end) of it, over earlier mappings. */
int device_map_space(uint64_t start, uint64_t end);

/* LWK_IOC_LEND, _TAKE_BACK, _CHANGED. */
int device_lend(uint64_t start, uint64_t bytes, int write);
int device_take_back(uint64_t start, uint64_t bytes);
int device_changed(uint64_t start, uint64_t bytes);
int device_start(void);

/* In a forked child: makes the caller the proxy of `child`, in place of the
 * parent's process. */
int device_adopt(uint64_t child);
int device_close_on_exec(void);
int device_credentials(void);

/* LWK_IOC_PARENT. 0 or -errno. */
int device_parent(void);

int device_wait(void);
int device_slot_done(uint32_t slot);
/* info: what came with the signal, or NULL. */
int device_signal(int signal, const siginfo_t *info);
int device_event(struct lwk_event *event);

#endif
