/* SPDX-License-Identifier: GPL-2.0 */
/* What proc.c, proc_table.c and proc_release.c share. */
#ifndef LWK_PROC_PRIV_H
#define LWK_PROC_PRIV_H

#include "host-module/proxy/proc.h"

/* Enters it, with a reference, under a handle that was never used before. */
int lwk_proc_enter(struct lwk_proc *proc);

/* Enters it under the handle that it has: -EBUSY where that is taken, -ENOMEM. */
int lwk_proc_enter_as(struct lwk_proc *proc);

/* Takes it out, if it is there, and drops the table's reference. */
void lwk_proc_forget(struct lwk_proc *proc);

/* The process with the next higher handle and a reference, or NULL. */
struct lwk_proc *lwk_proc_get_after(struct lwk_instance *inst, u64 handle);

/* The CPU with the fewest processes; among equals the first. */
unsigned int lwk_proc_choose_cpu(struct lwk_instance *inst);

void lwk_proc_release_init(struct lwk_proc *proc);

#endif
