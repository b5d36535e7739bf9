// SPDX-License-Identifier: MIT
/* Workers; see worker.h. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "kernel/abi/mark.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/dispatch.h"
#include "toolchain/proxy/failure.h"
#include "toolchain/proxy/kick.h"
#include "toolchain/proxy/allow.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/worker.h"

#define STACK_BYTES (256U << 10)
#define MAX_WORKERS (LWK_SLOTS + 1)
/* Looks at the last slot for one look at all of them. */
#define LOOKS 16
#define KICK_RETRY_NS 1000000

struct worker {
	struct proxy_kick kick; /* first: see kick.h */
	uint32_t slot; /* that it took last */
	int leads;
};

static struct {
	struct lwk_slot_page *page; /* constant, as spin_ns */
	uint64_t spin_ns;
	int is_polite; /* constant: the CPU is Linux's only one */

	/* An interrupt came for the slot, and no worker had it. Set by the
	 * manager before it looks for the worker, read by a worker after it
	 * has said which slot it serves: one of them sees the other. */
	uint32_t interrupted[LWK_SLOTS];

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t free; /* nobody leads */
	int has_leader;
	unsigned int followers; /* that wait for the lead */
	unsigned int count; /* read without the lock, too */
	struct worker worker[MAX_WORKERS];
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.free = PTHREAD_COND_INITIALIZER,
};

unsigned int workers_count(void)
{
	return __atomic_load_n(&pool.count, __ATOMIC_ACQUIRE);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* ---- A slot ------------------------------------------------------------ */

/* REQUEST -> TAKEN; the LWK may set BLOCKED meanwhile. */
static int take_state(uint32_t *state)
{
	uint32_t word = __atomic_load_n(state, __ATOMIC_RELAXED);

	while (LWK_SLOT_STATE(word) == LWK_SLOT_REQUEST) {
		uint32_t taken = (word & ~0xffU) | LWK_SLOT_TAKEN;

		/* Acquires nr and arg. */
		if (__atomic_compare_exchange_n(state, &word, taken, 0,
						__ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return 1;
	}
	return 0;
}

/* Takes a request and says so to workers_interrupt(), under one lock. */
static int take(struct worker *w, uint32_t slot)
{
	int taken;

	kick_lock(&w->kick);
	taken = take_state(&pool.page->slot[slot].state);
	if (taken) {
		__atomic_store_n(&w->kick.kicked, 0, __ATOMIC_RELAXED);
		w->kick.current = slot + 1;
		w->slot = slot;
	}
	kick_unlock(&w->kick);
	if (!taken)
		return 0;
	MARK_STAGE(MARK_STAGE_PROXY);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&pool.interrupted[slot], __ATOMIC_RELAXED))
		__atomic_store_n(&w->kick.kicked, 1, __ATOMIC_RELAXED);
	return 1;
}

static int is_request(uint32_t slot)
{
	uint32_t *state = &pool.page->slot[slot].state;

	return LWK_SLOT_STATE(__atomic_load_n(state, __ATOMIC_RELAXED)) ==
	       LWK_SLOT_REQUEST;
}

static int take_any(struct worker *w)
{
	for (uint32_t i = 0; i < LWK_SLOTS; i++)
		if (is_request(i) && take(w, i))
			return 1;
	return 0;
}

static void finish(struct worker *w, int64_t ret)
{
	struct lwk_slot *slot = &pool.page->slot[w->slot];
	uint32_t old;

	__atomic_store_n(&pool.interrupted[w->slot], 0, __ATOMIC_RELAXED);
	kick_end(&w->kick);
	slot->ret = ret;
	/* Releases ret, for the LWK's acquire. */
	old = __atomic_exchange_n(&slot->state, LWK_SLOT_DONE,
				  __ATOMIC_ACQ_REL);
	if (old & LWK_SLOT_BLOCKED)
		device_slot_done(w->slot);
}

/* ---- Waiting for a request --------------------------------------------- */

/* For spin_ns; whether one was taken. Where Linux has one CPU, all others go
 * first: the LWK answers on CPUs of its own, so looking still pays when there is
 * nobody else. */
static int spin(struct worker *w)
{
	uint64_t end = now_ns() + pool.spin_ns;

	do {
		for (unsigned int i = 0; i < LOOKS; i++) {
			if (is_request(w->slot) && take(w, w->slot))
				return 1;
			__builtin_ia32_pause();
		}
		if (take_any(w))
			return 1;
		if (pool.is_polite)
			sched_yield();
	} while (now_ns() < end);
	return 0;
}

/* In the device until there may be one. The order is slot.h's: counted as a
 * sleeper before the last look. */
static int sleep_once(struct worker *w)
{
	uint32_t *sleepers = &pool.page->sleepers;
	int taken, err = 0;

	__atomic_add_fetch(sleepers, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	taken = take_any(w);
	if (!taken)
		err = device_wait();
	if (err == -EIO)
		failure();
	else if (err && err != -EINTR)
		failure_by(LWK_END_FAILED);
	__atomic_sub_fetch(sleepers, 1, __ATOMIC_SEQ_CST);
	return taken || take_any(w);
}

static void wait_for_request(struct worker *w)
{
	if (pool.spin_ns && spin(w))
		return;
	while (!sleep_once(w))
		;
}

/* ---- Leading ----------------------------------------------------------- */

static void lead(struct worker *w)
{
	if (w->leads)
		return;
	pthread_mutex_lock(&pool.lock);
	pool.followers++;
	while (pool.has_leader)
		pthread_cond_wait(&pool.free, &pool.lock);
	pool.followers--;
	pool.has_leader = 1;
	pthread_mutex_unlock(&pool.lock);
	w->leads = 1;
}

static void *worker_main(void *arg);

/* Caller holds pool.lock, or is the only thread. */
static int start_worker(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	if (pool.count == MAX_WORKERS)
		return -EAGAIN;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, worker_main,
			     &pool.worker[pool.count]);
	pthread_attr_destroy(&attr);
	if (!err)
		__atomic_store_n(&pool.count, pool.count + 1, __ATOMIC_RELEASE);
	return -err;
}

/* Whether some other worker must be on its way to lead(): there is one more than
 * there are threads that can have a call. Caller holds pool.lock. */
static int are_enough(void)
{
	unsigned int threads = dispatch_threads();

	return pool.count > (threads > 1 ? threads : LWK_SLOTS);
}

/* Before a call that may block. Where no worker can be made, other slots wait
 * until this call is done. */
static void hand_over(struct worker *w)
{
	pthread_mutex_lock(&pool.lock);
	if (pool.followers || are_enough() || start_worker() == 0) {
		pool.has_leader = 0;
		w->leads = 0;
		pthread_cond_signal(&pool.free);
	}
	pthread_mutex_unlock(&pool.lock);
}

static int must_hand_over(const struct worker *w, uint64_t nr)
{
	return (dispatch_threads() > 1 || w->slot != 0) &&
	       nr < LWK_PROXY_ARGS && !allow_call(nr)->quick;
}

/* ---- Life -------------------------------------------------------------- */

/* The slot's words are read once: the application may change them. */
static void serve(struct worker *w)
{
	struct lwk_slot *slot = &pool.page->slot[w->slot];
	struct proxy_call call = {
		.nr = __atomic_load_n(&slot->nr, __ATOMIC_RELAXED),
	};

	for (unsigned int i = 0; i < 6; i++)
		call.arg[i] = __atomic_load_n(&slot->arg[i], __ATOMIC_RELAXED);
	if (must_hand_over(w, call.nr))
		hand_over(w);
	finish(w, dispatch(&call, &w->kick.kicked));
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	kick_attach(&w->kick);
	signals_worker();
	for (;;) {
		lead(w);
		wait_for_request(w);
		serve(w);
	}
	return NULL;
}

int workers_start(struct lwk_slot_page *page, unsigned int spin_us)
{
	pool.page = page;
	pool.spin_ns = spin_us * 1000ULL;
	pool.is_polite = sysconf(_SC_NPROCESSORS_ONLN) == 1;
	kick_init();
	return start_worker();
}

/* ---- Interrupting ------------------------------------------------------ */

static int holds_request(uint32_t slot)
{
	uint32_t word =
		__atomic_load_n(&pool.page->slot[slot].state, __ATOMIC_ACQUIRE);

	return LWK_SLOT_STATE(word) == LWK_SLOT_REQUEST ||
	       LWK_SLOT_STATE(word) == LWK_SLOT_TAKEN;
}

/* 0, or -EAGAIN where the worker was found and could not be signalled. */
static int kick_worker_of(uint32_t slot)
{
	for (unsigned int i = 0; i < workers_count(); i++) {
		int err = kick_send(&pool.worker[i].kick, slot);

		if (err != -ENOENT)
			return err;
	}
	return 0;
}

void workers_interrupt(uint32_t slot)
{
	const struct timespec retry = {.tv_nsec = KICK_RETRY_NS};

	if (slot >= LWK_SLOTS || !holds_request(slot))
		return;
	__atomic_store_n(&pool.interrupted[slot], 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (kick_worker_of(slot) == -EAGAIN)
		nanosleep(&retry, NULL);
	/* It was answered meanwhile: not meant for the slot's next request. */
	if (!holds_request(slot))
		__atomic_store_n(&pool.interrupted[slot], 0, __ATOMIC_RELAXED);
}
