// SPDX-License-Identifier: MIT
/* See fake_device.h. It uses slots as the LWK does, word by word as
 * kernel/abi/slot.h says: it is the other half of the protocol under test. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "kernel/abi/layout.h"
#include "tests/unit/fake_device.h"
#include "toolchain/proxy/device.h"

#define SPINS_BEFORE_SLEEP 200
#define MEMORY_AT 0x100000000000

struct lwk_slot_page fake_page __attribute__((aligned(4096)));
unsigned int fake_signals[65];
unsigned int fake_sleeps, fake_wakes;

/* ---- The device -------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static unsigned int wakes;
static sem_t slot_done[LWK_SLOTS];

__attribute__((constructor)) static void prepare(void)
{
	for (unsigned int i = 0; i < LWK_SLOTS; i++)
		sem_init(&slot_done[i], 0, 0);
	fake_page.pages = 1;
}

int device_wait(void)
{
	pthread_mutex_lock(&lock);
	fake_sleeps++;
	while (!wakes)
		pthread_cond_wait(&woken, &lock);
	wakes--;
	pthread_mutex_unlock(&lock);
	return 0;
}

static void wake(void)
{
	pthread_mutex_lock(&lock);
	fake_wakes++;
	if (wakes < LWK_SLOTS)
		wakes++;
	pthread_cond_signal(&woken);
	pthread_mutex_unlock(&lock);
}

int device_slot_done(uint32_t slot)
{
	sem_post(&slot_done[slot]);
	return 0;
}

int device_signal(int signal, const siginfo_t *info)
{
	(void)info;
	__atomic_add_fetch(&fake_signals[signal], 1, __ATOMIC_RELAXED);
	return 0;
}

/* No children here. */
int device_adopt(uint64_t child)
{
	(void)child;
	return -ENOSYS;
}

int device_map_slots(struct lwk_slot_page **page)
{
	*page = &fake_page;
	return 0;
}

int device_open_space(void)
{
	return -ENOSYS;
}

int device_map_space(uint64_t start, uint64_t end)
{
	(void)start;
	(void)end;
	return -ENOSYS;
}

int device_lend(uint64_t start, uint64_t bytes, int write)
{
	(void)start;
	(void)bytes;
	(void)write;
	return -ENOSYS;
}

int device_take_back(uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	return -ENOSYS;
}

int device_changed(uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	return -ENOSYS;
}

int device_close_on_exec(void)
{
	return -ENOSYS;
}

int device_parent(void)
{
	return 0;
}

int device_credentials(void)
{
	return 0;
}

/* Nothing ends here. */
int device_event(struct lwk_event *event)
{
	(void)event;
	return -EIO;
}

/* ---- The LWK ----------------------------------------------------------- */

static _Noreturn void give_up(uint32_t slot)
{
	printf("not ok - slot %u: no answer, state %#x, sleepers %u\n", slot,
	       fake_page.slot[slot].state, fake_page.sleepers);
	fflush(stdout);
	abort();
}

void fake_post(uint32_t slot, uint32_t nr, const uint64_t arg[6])
{
	struct lwk_slot *s = &fake_page.slot[slot];

	s->nr = nr;
	for (unsigned int i = 0; i < 6; i++)
		s->arg[i] = arg[i];
	__atomic_store_n(&s->state, LWK_SLOT_REQUEST, __ATOMIC_RELAXED);
	__atomic_fetch_or(&fake_page.requested, 1ULL << slot, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&fake_page.sleepers, __ATOMIC_RELAXED))
		wake();
}

static int is_done(struct lwk_slot *s)
{
	return LWK_SLOT_STATE(__atomic_load_n(&s->state, __ATOMIC_ACQUIRE)) ==
	       LWK_SLOT_DONE;
}

static void deadline(struct timespec *t)
{
	clock_gettime(CLOCK_REALTIME, t);
	t->tv_sec += FAKE_PATIENCE_S;
}

static void spin(uint32_t slot, unsigned int most)
{
	time_t end = time(NULL) + FAKE_PATIENCE_S;

	for (unsigned int i = 0; i < most; i++) {
		if (is_done(&fake_page.slot[slot]))
			return;
		__builtin_ia32_pause();
		if (i % 64 == 63)
			sched_yield();
		if (i % 65536 == 65535 && time(NULL) > end)
			give_up(slot);
	}
}

/* Sets BLOCKED, unless the answer has come. */
static void block(uint32_t slot)
{
	uint32_t *state = &fake_page.slot[slot].state;
	uint32_t word = __atomic_load_n(state, __ATOMIC_ACQUIRE);
	struct timespec end;

	do {
		if (LWK_SLOT_STATE(word) == LWK_SLOT_DONE)
			return;
	} while (!__atomic_compare_exchange_n(
		state, &word, word | LWK_SLOT_BLOCKED, 0, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE));
	deadline(&end);
	while (sem_timedwait(&slot_done[slot], &end))
		if (errno == ETIMEDOUT)
			give_up(slot);
}

int64_t fake_answer(uint32_t slot, enum fake_wait wait)
{
	struct lwk_slot *s = &fake_page.slot[slot];
	int64_t ret;

	if (wait != FAKE_BLOCK)
		spin(slot, wait == FAKE_SPIN ? UINT32_MAX : SPINS_BEFORE_SLEEP);
	if (wait != FAKE_SPIN)
		block(slot);
	if (!is_done(s))
		give_up(slot);
	ret = s->ret;
	__atomic_store_n(&s->state, LWK_SLOT_FREE, __ATOMIC_RELEASE);
	return ret;
}

int64_t fake_call(uint32_t slot, enum fake_wait wait, uint32_t nr,
		  const uint64_t arg[6])
{
	fake_post(slot, nr, arg);
	return fake_answer(slot, wait);
}

/* ---- Tools ------------------------------------------------------------- */

void *fake_memory(size_t bytes)
{
	static uint64_t next = MEMORY_AT;
	void *at =
		mmap((void *)next, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		abort();
	/* A page stays free behind each. */
	next += (bytes + 2 * LWK_PAGE_SIZE - 1) & ~(LWK_PAGE_SIZE - 1);
	return at;
}

uint32_t fake_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

void fake_delay(uint32_t turns)
{
	while (turns--)
		__builtin_ia32_pause();
}
