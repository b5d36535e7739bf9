/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs: the tree of processes of one `lwk run`. CPUs take turns between jobs. A job is
 * the scope of what an application inserts: its extensions, its policy.
 *
 * A job is counted: each of its processes has a reference. */
#ifndef LWK_PROC_JOB_H
#define LWK_PROC_JOB_H

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct policy;

/* What waits for one CPU; guarded by that CPU's lock. */
struct job_queue {
	struct list threads; /* the next one first */
	struct list node; /* in cpu->jobs, where some wait; else empty */
};

struct job {
	struct list all;
	uint64_t id; /* constant */
	uint32_t refs; /* guarded by the lock of job.c */
	struct policy *policy; /* atomic; see policy.h */
	struct job_queue queue[]; /* of each CPU */
};

/* The job of that id, made where there is none, with a reference; NULL: no memory. */
struct job *job_get(uint64_t id);

/* The same, where there is one; or NULL. */
struct job *job_find(uint64_t id);

void job_put(struct job *job);

/* How many there are. */
uint32_t job_count(void);

#endif
