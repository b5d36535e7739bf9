/* SPDX-License-Identifier: GPL-2.0 */
/* What processes have used, for those that wait for them: getrusage(2), wait4(2).
 *
 * Waiting is Linux's work, on proxies; what the programs used, it does not know. So a process
 * that ends leaves a note with its parent, under its pid, and whoever waits for it there
 * takes the note. One whose parent is gone, or does not want to know of its children, leaves
 * none; of a parent that never waits, the oldest notes go.
 */
#ifndef LWK_PROC_USAGE_H
#define LWK_PROC_USAGE_H

#include "kernel/lib/types.h"

struct process;

/* Time that threads had a CPU; the largest memory of one process. */
struct usage {
	uint64_t run_ns;
	uint64_t peak_bytes;
};

/* The last thread of p, the current one, ends: leave its note. No lock held. */
void usage_leave(struct process *p);

/* The child `pid` of the current process was waited for: what it and those that it waited
 * for have used, in *out; the process has waited for them, unless `keep`. False: there is no
 * note. */
bool usage_take(uint32_t pid, bool keep, struct usage *out);

/* Of the current process; of its children that it has waited for. */
struct usage usage_self(void);
struct usage usage_children(void);

/* Free p's notes: nobody names it any more. */
void usage_free(struct process *p);

#endif
