/* SPDX-License-Identifier: GPL-2.0 */
/* The list of jobs. See job.h. */
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/job.h"
#include "kernel/sync/spinlock.h"

/* Guards the list and the references. Thread context. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list jobs = LIST_INIT(jobs);
static uint32_t count; /* read without the lock, too */

/* Caller holds the lock. */
static struct job *find(uint64_t id)
{
	struct list *n;

	list_for_each(n, &jobs) {
		struct job *job = list_entry(n, struct job, all);

		if (job->id == id) {
			job->refs++;
			return job;
		}
	}
	return NULL;
}

static struct job *make(uint64_t id)
{
	struct job *job =
		kzalloc(sizeof(*job) + cpu_count() * sizeof(job->queue[0]));
	uint32_t i;

	if (!job)
		return NULL;
	job->id = id;
	job->refs = 1;
	for (i = 0; i < cpu_count(); i++) {
		list_init(&job->queue[i].threads);
		list_init(&job->queue[i].node);
	}
	list_push_back(&jobs, &job->all);
	__atomic_store_n(&count, count + 1, __ATOMIC_RELAXED);
	return job;
}

struct job *job_get(uint64_t id)
{
	struct job *job;

	spin_lock(&lock);
	job = find(id);
	if (!job)
		job = make(id);
	spin_unlock(&lock);
	return job;
}

struct job *job_find(uint64_t id)
{
	struct job *job;

	spin_lock(&lock);
	job = find(id);
	spin_unlock(&lock);
	return job;
}

void job_put(struct job *job)
{
	bool last;

	spin_lock(&lock);
	last = !--job->refs;
	if (last) {
		list_remove(&job->all);
		__atomic_store_n(&count, count - 1, __ATOMIC_RELAXED);
	}
	spin_unlock(&lock);
	if (!last)
		return;
	ASSERT(!job->policy);
	kfree(job);
}

uint32_t job_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED);
}
