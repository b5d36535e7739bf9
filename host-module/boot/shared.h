/* SPDX-License-Identifier: GPL-2.0 */
/* Building what the LWK finds in its memory as it starts. */
#ifndef LWK_SHARED_H
#define LWK_SHARED_H

#include "host-module/boot/boot.h"
#include "host-module/boot/image.h"
#include "host-module/boot/smp.h"

/* Checks the image and lays everything out in region[0], then writes it: image,
 * boot block, empty rings and log, page tables for a start through trampoline.
 * The LWK is not running. -ENOEXEC, -ENOSPC, with req->why; nothing has changed
 * then. */
int lwk_shared_build(struct lwk_instance *inst, struct lwk_boot_request *req,
		     const struct lwk_trampoline *trampoline,
		     struct lwk_entry *entry);

/* The bootstrap PML4's memory. */
const void *lwk_shared_tables(const struct lwk_instance *inst);

#endif
