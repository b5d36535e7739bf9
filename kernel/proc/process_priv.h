/* SPDX-License-Identifier: GPL-2.0 */
/* What process.c and fork.c share. */
#ifndef LWK_PROC_PROCESS_PRIV_H
#define LWK_PROC_PROCESS_PRIV_H

#include "kernel/proc/process.h"

/* Fill in a process that is zeroed. 0, -ENOMEM. */
int process_set_up(struct process *p, const struct process_args *args);

/* A new thread in p's list. blocked: the signals that it does not take. 0, -ENOMEM,
 * -EINTR: the process ends. */
int process_insert_thread(struct process *p, uint32_t id, void (*entry)(void),
			  uint64_t blocked, struct thread **out);

/* Take the only thread, which is new, from a process that was never started. */
void process_drop_new_thread(struct process *p);

/* Enter it into the list of processes: 0, -EEXIST. */
int process_enter(struct process *p);

/* Free all that a process has, and itself; it is in no list. */
void process_free_parts(struct process *p);

#endif
