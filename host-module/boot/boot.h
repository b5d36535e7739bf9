/* SPDX-License-Identifier: GPL-2.0 */
/* Booting an LWK and stopping it. */
#ifndef LWK_BOOTING_H
#define LWK_BOOTING_H

#include <linux/jiffies.h>

#include "host-module/instance.h"

struct lwk_boot_request {
	const void *image; /* the file, in memory */
	size_t image_bytes;
	u32 flags; /* LWK_BOOT_* */
	u32 ext_count;
	const struct lwk_blob *exts;
	u32 failed_ext; /* out */
	char *why; /* out */
};

/* Milliseconds that an LWK, or one of its CPUs, may take for one step of booting or
 * stopping, and for each answer; module parameter timeout_ms. */
extern unsigned int lwk_timeout_ms;

/* The same in jiffies. */
static inline long lwk_answer_limit(void)
{
	return msecs_to_jiffies(READ_ONCE(lwk_timeout_ms));
}

/* LWK_IOC_BOOT; see ioctl.h. On failure everything is undone. Caller holds
 * inst->lock. */
int lwk_boot_start(struct lwk_instance *inst, struct lwk_boot_request *req);

/* Stops the CPUs by INIT, whatever the LWK does, and ends every wait for it.
 * Afterwards the instance is reserved. Caller holds inst->lock. Sleeps. */
void lwk_halt(struct lwk_instance *inst);

/* LWK_IOC_SHUTDOWN. Caller holds inst->lock. */
int lwk_shut_down(struct lwk_instance *inst, u32 flags, char *why);

/* Stops the CPUs when Linux goes down. Takes no locks, does not sleep. */
void lwk_halt_now(struct lwk_instance *inst);

#endif
