/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the layers above that handle messages. */
#ifndef LWK_IKC_UPCALLS_H
#define LWK_IKC_UPCALLS_H

#include "kernel/lib/types.h"

/* First function of a process's thread: fetch arguments and program from the
 * proxy, then run it (syscall/exec.c). */
void program_start(void);

/* A struct nimble_ctl at `offset` of the control window, for a user of Linux; replies with the
 * cookie (nimble/operation.c). */
void extension_control(uint64_t cookie, uint64_t offset, uint64_t bytes,
		       uint32_t uid, bool admin);

/* A device that Linux had handed over has gone, and so have its grants
 * (nimble/grants.c). */
void extension_device_gone(uint32_t device);

#endif
