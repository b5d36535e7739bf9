// SPDX-License-Identifier: MIT
/* NIMBLE_BACKEND=host: direct calls. The hook's result says whether that was all, whether a
 * system call is to be made for the program, or whether it waits until an extension wakes
 * it; after either the hook is called again. */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libnimble/host_priv.h"
#include "nimble/user/user.h"

#define SYSCALLS_MOST 4096 /* of one direct call, as on the LWK */

/* The waiters; guarded by the mutex. */
struct waiter {
	struct waiter *next;
	uint64_t task;
	uint32_t id; /* of the extension that it calls */
	bool woken;
};

static struct waiter *waiters;
static pthread_cond_t woken;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&woken, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* ---- Waiting ----------------------------------------------------------- */

/* For the helper task_wake, inside a run. */
static bool wake_task(uint64_t task)
{
	bool found = false;

	for (struct waiter *w = waiters; w; w = w->next)
		if (w->task == task && !w->woken)
			found = w->woken = true;
	if (found)
		pthread_cond_broadcast(&woken);
	return found;
}

void host_wake_callers(const struct host_extension *e)
{
	pthread_once(&once, prepare);
	for (struct waiter *w = waiters; w; w = w->next)
		if (w->id == e->id)
			w->woken = true;
	pthread_cond_broadcast(&woken);
}

static struct timespec deadline_in(uint64_t ns)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	ns = ns < INT64_MAX / 2 ? ns : INT64_MAX / 2;
	ns += at.tv_nsec;
	at.tv_sec += ns / 1000000000;
	at.tv_nsec = ns % 1000000000;
	return at;
}

/* The mutex is held from the run on, so no wake-up in between is lost. args[7]: how long
 * at most, and then 0 or -ETIMEDOUT. */
static void wait_for_wake(uint32_t id, uint64_t args[8])
{
	struct waiter w = {.next = waiters, .task = gettid(), .id = id};
	struct timespec deadline = deadline_in(args[7]);
	struct waiter **at = &waiters;
	int err = 0;

	waiters = &w;
	while (!w.woken && err != ETIMEDOUT)
		err = args[7] ? pthread_cond_timedwait(&woken, &host_lock,
						       &deadline)
			      : pthread_cond_wait(&woken, &host_lock);
	while (*at != &w)
		at = &(*at)->next;
	*at = w.next;
	args[7] = w.woken ? 0 : -ETIMEDOUT;
}

/* ---- Calling ----------------------------------------------------------- */

/* Not those that change where the program is. */
static bool is_plain(uint64_t number)
{
	switch (number) {
	case SYS_rt_sigreturn:
	case SYS_execve:
	case SYS_execveat:
	case SYS_clone:
	case SYS_clone3:
	case SYS_fork:
	case SYS_vfork:
	case LWK_SYS_NIMBLE_CTL:
	case LWK_SYS_NIMBLE_CALL:
		return false;
	default:
		return true;
	}
}

/* Without the mutex. */
static uint64_t make_syscall(const uint64_t args[8])
{
	long result;

	if (!is_plain(args[0]))
		return -EPERM;
	pthread_mutex_unlock(&host_lock);
	result = syscall(args[0], args[1], args[2], args[3], args[4], args[5],
			 args[6]);
	if (result == -1)
		result = -errno;
	pthread_mutex_lock(&host_lock);
	return result;
}

static int run_hook(uint32_t id, uint64_t args[8], uint64_t *verdict)
{
	struct host_extension *e = host_find(id);
	int entry = e ? nimble_entry(e->engine, NIMBLE_HOOK_call) : -ENOENT;
	struct nimble_user_host host = {
		.current = gettid(),
		.pid = getpid(),
		.wake = wake_task,
	};
	struct nimble_call run = {
		.level = NIMBLE_LEVEL_CALL,
		.ctx = args,
		.ctx_bytes = sizeof(struct nimble_ctx_call),
		.budget = NIMBLE_BUDGET_TASK,
		.host = &host,
	};
	int err;

	if (entry < 0)
		return -ENOENT;
	if (nimble_failed(e->engine))
		return -EIO;
	if (!e->entry[entry].attached)
		return -ENOENT;
	run.ext = e->engine;
	run.entry = entry;
	err = nimble_run(&run);
	host_care();
	*verdict = run.result;
	if (!err && run.result > NIMBLE_CALL_WAIT)
		e->entry[entry].ignored++;
	return err;
}

/* Caller holds the mutex. */
static int call(uint32_t id, uint64_t args[8])
{
	uint64_t verdict = NIMBLE_CALL_DONE;
	unsigned int calls = 0;
	int err;

	while (!(err = run_hook(id, args, &verdict))) {
		if (verdict == NIMBLE_CALL_DONE)
			return 0;
		if (verdict == NIMBLE_CALL_WAIT)
			wait_for_wake(id, args);
		else if (verdict == NIMBLE_CALL_SYSCALL &&
			 calls++ < SYSCALLS_MOST)
			args[7] = make_syscall(args);
		else
			return -EPROTO;
	}
	return err;
}

int host_direct_call(uint32_t id, uint64_t args[8])
{
	int err;

	pthread_once(&once, prepare);
	pthread_mutex_lock(&host_lock);
	err = call(id, args);
	pthread_mutex_unlock(&host_lock);
	return err;
}
