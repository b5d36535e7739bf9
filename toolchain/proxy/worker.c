// SPDX-License-Identifier: MIT
/* Workers; see worker.h. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
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
#define MAX_WORKERS (LWK_SLOTS_MAX + 1)
/* How often the first page of slots is looked at before all pages are. */
#define LOOKS 16
#define KICK_RETRY_NS 1000000

struct worker {
	struct proxy_kick kick; /* first: see kick.h */
	uint32_t slot; /* number of the slot that it took last */
	int leads;
};

static struct {
	struct lwk_slot_page *page; /* constant, as spin_ns; the first of all */
	uint64_t spin_ns;
	int is_polite; /* constant: the CPU is Linux's only one */

	/* An interrupt came for the slot while no worker had it. The manager
	 * sets it before it looks for the worker; a worker reads it after it
	 * has published which slot it serves. So one of them sees the other. */
	uint32_t interrupted[LWK_SLOTS_MAX];

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t free; /* nobody leads */
	int has_leader;
	unsigned int followers; /* workers that wait for the lead */
	unsigned int count; /* read without the lock, too */
	struct worker *worker; /* [MAX_WORKERS], used from the start */
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

static struct lwk_slot *slot_at(uint32_t slot)
{
	return &pool.page[slot / LWK_SLOTS].slot[slot % LWK_SLOTS];
}

static uint64_t requested(uint32_t page)
{
	return __atomic_load_n(&pool.page[page].requested, __ATOMIC_RELAXED);
}

static uint32_t pages(void)
{
	/* Pairs with the LWK's release: those counted are there. */
	uint32_t n = __atomic_load_n(&pool.page->pages, __ATOMIC_ACQUIRE);

	return n < LWK_SLOT_PAGES ? n : LWK_SLOT_PAGES;
}

/* Takes a request and publishes that for workers_interrupt(), under one
 * lock. */
static int take(struct worker *w, uint32_t page, uint32_t index)
{
	uint64_t bit = 1ULL << index, was;
	uint32_t slot = page * LWK_SLOTS + index;

	kick_lock(&w->kick);
	/* Acquires nr and arg. */
	was = __atomic_fetch_and(&pool.page[page].requested, ~bit,
				 __ATOMIC_ACQ_REL);
	if (was & bit) {
		__atomic_store_n(&w->kick.kicked, 0, __ATOMIC_RELAXED);
		w->kick.current = slot + 1;
		w->slot = slot;
	}
	kick_unlock(&w->kick);
	if (!(was & bit))
		return 0;
	MARK_STAGE(MARK_STAGE_PROXY);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&pool.interrupted[slot], __ATOMIC_RELAXED))
		__atomic_store_n(&w->kick.kicked, 1, __ATOMIC_RELAXED);
	return 1;
}

/* Bits beyond the slots are a mistake of the LWK's, and no request. */
static int take_from(struct worker *w, uint32_t page)
{
	uint64_t set = requested(page) & ((1ULL << LWK_SLOTS) - 1);

	for (; set; set &= set - 1)
		if (take(w, page, __builtin_ctzll(set)))
			return 1;
	return 0;
}

static int take_any(struct worker *w)
{
	for (uint32_t i = 0, n = pages(); i < n; i++)
		if (take_from(w, i))
			return 1;
	return 0;
}

static void finish(struct worker *w, int64_t ret)
{
	struct lwk_slot *slot = slot_at(w->slot);
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

/* Looks for a request for spin_ns; returns whether one was taken. Where Linux has one
 * CPU, other processes run first. The LWK works on CPUs of its own, so looking still
 * pays when no other process wants the CPU. */
static int spin(struct worker *w)
{
	uint64_t end = now_ns() + pool.spin_ns;

	do {
		for (unsigned int i = 0; i < LOOKS; i++) {
			if (requested(0) && take_from(w, 0))
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

/* Sleeps in the device until there may be a request. The order is that of
 * slot.h: the worker counts as a sleeper before its last look. */
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

/* Of the application. */
static unsigned int threads(void)
{
	return __atomic_load_n(&pool.page->threads, __ATOMIC_RELAXED);
}

/* Whether another worker must be on its way to lead(), because there is one more than
 * threads that can make a call. Caller holds pool.lock. */
static int are_enough(void)
{
	unsigned int n = threads();

	return pool.count > (n > 1 ? n : LWK_SLOTS_MAX);
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
	return (threads() > 1 || w->slot != 0) && nr < LWK_PROXY_ARGS &&
	       !allow_call(nr)->quick;
}

/* ---- Life -------------------------------------------------------------- */

/* The calling thread decides whether its call may stop the job, not the worker. */
static int64_t dispatch_blocking(struct worker *w, struct proxy_call *call,
				 uint32_t state)
{
	sigset_t set;
	int64_t ret;

	if (!(state & (LWK_SLOT_NO_TTIN | LWK_SLOT_NO_TTOU)))
		return dispatch(call, &w->kick.kicked);
	sigemptyset(&set);
	if (state & LWK_SLOT_NO_TTIN)
		sigaddset(&set, SIGTTIN);
	if (state & LWK_SLOT_NO_TTOU)
		sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	ret = dispatch(call, &w->kick.kicked);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return ret;
}

/* The slot's words are read once: the application may change them. */
static void serve(struct worker *w)
{
	struct lwk_slot *slot = slot_at(w->slot);
	struct proxy_call call = {
		.nr = __atomic_load_n(&slot->nr, __ATOMIC_RELAXED),
	};

	for (unsigned int i = 0; i < 6; i++)
		call.arg[i] = __atomic_load_n(&slot->arg[i], __ATOMIC_RELAXED);
	if (must_hand_over(w, call.nr))
		hand_over(w);
	finish(w, dispatch_blocking(w, &call,
				    __atomic_load_n(&slot->state,
						    __ATOMIC_RELAXED)));
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
	pool.worker = mmap(NULL, MAX_WORKERS * sizeof(*pool.worker),
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pool.worker == MAP_FAILED)
		return -errno;
	pool.page = page;
	pool.spin_ns = spin_us * 1000ULL;
	pool.is_polite = sysconf(_SC_NPROCESSORS_ONLN) == 1;
	kick_init();
	return start_worker();
}

void workers_lock(void)
{
	pthread_mutex_lock(&pool.lock);
}

void workers_unlock(void)
{
	pthread_mutex_unlock(&pool.lock);
}

/* The threads belong to the parent, and so does all state but the constants. */
int workers_restart(struct lwk_slot_page *page)
{
	memset(pool.worker, 0, pool.count * sizeof(*pool.worker));
	memset(pool.interrupted, 0, sizeof(pool.interrupted));
	pthread_mutex_init(&pool.lock, NULL);
	pthread_cond_init(&pool.free, NULL);
	pool.has_leader = 0;
	pool.followers = 0;
	pool.count = 0;
	pool.page = page;
	return start_worker();
}

/* ---- Interrupting ------------------------------------------------------ */

static int holds_request(uint32_t slot)
{
	uint32_t word =
		__atomic_load_n(&slot_at(slot)->state, __ATOMIC_ACQUIRE);

	return LWK_SLOT_STATE(word) == LWK_SLOT_REQUEST;
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

	if (slot >= pages() * LWK_SLOTS || !holds_request(slot))
		return;
	__atomic_store_n(&pool.interrupted[slot], 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (kick_worker_of(slot) == -EAGAIN)
		nanosleep(&retry, NULL);
	/* The request was answered meanwhile; the interrupt is not meant for
	 * the slot's next one. */
	if (!holds_request(slot))
		__atomic_store_n(&pool.interrupted[slot], 0, __ATOMIC_RELAXED);
}
