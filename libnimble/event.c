// SPDX-License-Identifier: MIT
/* Events of extensions, the end of a policy, the cost of an extension. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libnimble/libnimble_priv.h"

int libnimble_event(struct libnimble *n, struct nimble_event_record *event,
		    int wait)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_EVENT,
		.flags = wait ? NIMBLE_WAIT : 0,
		.out = (uintptr_t)event,
		.out_bytes = sizeof(*event),
	};
	int err = nimble_send(n, &ctl);

	event->name[NIMBLE_NAME_BYTES - 1] = 0;
	return err;
}

/* ---- The descriptor ---------------------------------------------------- */

/* A thread takes the events, and puts them into a pipe. */
struct pump {
	struct libnimble n; /* a copy: the connection may be closed */
	int to;
};

/* Guarded by the mutex: the descriptor, and the process that it belongs to, which
 * differs after fork(). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int event_fd;
static pid_t event_pid;

static void *run_pump(void *arg)
{
	struct pump *p = arg;
	struct nimble_event_record event;
	int err;

	do {
		err = libnimble_event(&p->n, &event, 1);
	} while (err == -EINTR ||
		 (!err && write(p->to, &event, sizeof(event)) ==
				  (ssize_t)sizeof(event)));
	close(p->to);
	free(p);
	return NULL;
}

/* The thread takes no signal of the program's. */
static int start_pump(struct pump *p)
{
	sigset_t all, before;
	pthread_attr_t detached;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &detached, run_pump, p);
	pthread_attr_destroy(&detached);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

/* Caller holds the mutex. */
static int open_pump(const struct libnimble *n)
{
	struct pump *p = malloc(sizeof(*p));
	int ends[2], err;

	if (!p)
		return nimble_error(-ENOMEM, "no memory");
	if (pipe2(ends, O_CLOEXEC)) {
		err = nimble_error(-errno, "a pipe: %s", strerror(errno));
		free(p);
		return err;
	}
	p->n = *n;
	p->to = ends[1];
	err = start_pump(p);
	if (err) {
		close(ends[0]);
		close(ends[1]);
		free(p);
		return nimble_error(err, "a thread: %s", strerror(-err));
	}
	event_fd = ends[0];
	event_pid = getpid();
	return 0;
}

int libnimble_event_fd(struct libnimble *n)
{
	int fd;

	if (n->fd >= 0)
		return nimble_error(
			-EOPNOTSUPP,
			"events are for the program that has loaded an extension, not by a device");
	pthread_mutex_lock(&lock);
	fd = event_pid == getpid() ? 0 : open_pump(n);
	fd = fd ? fd : event_fd;
	pthread_mutex_unlock(&lock);
	return fd;
}

/* ---- Policies ---------------------------------------------------------- */

int libnimble_attach_policy(struct libnimble *n, uint32_t id,
			    enum libnimble_scope scope, int replace)
{
	struct nimble_detail *detail;
	int err = libnimble_show(n, id, &detail);
	int whole;

	if (err)
		return err;
	whole = !detail->info.job;
	free(detail);
	if (whole != (scope == LIBNIMBLE_SCOPE_INSTANCE))
		return nimble_error(
			-EPERM,
			whole ? "the administrator's policies are for the whole instance"
			      : "an application's policies are for its own job");
	return replace ? libnimble_replace(n, id)
		       : libnimble_attach(n, id, NIMBLE_ALL, 0);
}

/* Both have room for the same, and end with a zero byte. */
#define COPY(to, from)                                     \
	do {                                               \
		_Static_assert(sizeof(to) == sizeof(from), \
			       "texts of the same size");  \
		memcpy(to, from, sizeof(to));              \
	} while (0)

int libnimble_exit_record(struct libnimble *n, uint32_t id,
			  struct libnimble_exit *record)
{
	const struct nimble_policy_record *policy;
	struct nimble_detail *detail;
	int err = libnimble_show(n, id, &detail);

	if (err)
		return err;
	policy = &detail->policy;
	memset(record, 0, sizeof(*record));
	record->kind = policy->kind;
	record->code = policy->code;
	COPY(record->reason, policy->reason);
	COPY(record->message, policy->message);
	COPY(record->dump, policy->dump);
	if (detail->fault.kind) {
		record->line = detail->fault.line;
		record->insn = detail->fault.insn;
		COPY(record->file, detail->fault.file);
	}
	free(detail);
	return record->kind ? 0
			    : nimble_error(-ENOENT, "its policy has not ended");
}

/* ---- Cost -------------------------------------------------------------- */

int libnimble_statistics(struct libnimble *n, uint32_t id,
			 struct libnimble_statistics *s)
{
	struct nimble_detail *detail;
	const struct nimble_info *info;
	int err = libnimble_show(n, id, &detail);

	if (err)
		return err;
	info = &detail->info;
	*s = (struct libnimble_statistics){
		.runs = info->runs,
		.time_ns = libnimble_time_ns(info, info->time_cycles),
		.charged = info->charged,
		.faults = info->faults,
		.skipped = info->skipped,
		.memory_bytes = info->memory_bytes,
	};
	free(detail);
	return 0;
}

uint64_t libnimble_time_ns(const struct nimble_info *info, uint64_t cycles)
{
	return info->clock_khz ? (double)cycles * 1e6 / info->clock_khz : 0;
}
