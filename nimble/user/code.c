/* SPDX-License-Identifier: MIT */
/* Memory for machine code in user space: a range near the engine, cut into pages. */
/*
 * A page is writable or executable, never both. NIMBLE_NO_CODE in the environment
 * stands for a machine that allows none.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "nimble/core/priv.h"

#define POOL_BYTES (64ul << 20)
#define POOL_PAGES (POOL_BYTES / NIMBLE_PAGE)
#define STEP_BYTES (64ul << 20)
#define TRIES 24 /* 1.5 GiB to either side */

/* Guarded by lock; base is set once, before others can see code. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t *base;
static bool taken[POOL_PAGES];

static uint8_t *reserve_at(uintptr_t address)
{
	void *at = mmap((void *)address, POOL_BYTES, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				MAP_FIXED_NOREPLACE,
			-1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (at == (void *)address)
		return at;
	munmap(at, POOL_BYTES); /* a kernel that does not know the flag */
	return NULL;
}

/* Below the program first, so that its heap can grow. */
static void reserve(void)
{
	uintptr_t near = (uintptr_t)nimble_copy_enter & ~(STEP_BYTES - 1);
	unsigned int i;

	for (i = 1; i < TRIES && !base; i++)
		if (near > (i + 1) * STEP_BYTES)
			base = reserve_at(near - i * STEP_BYTES);
	for (i = TRIES - 1; i > 0 && !base; i--)
		base = reserve_at(near + i * STEP_BYTES);
}

/* The first of so many free pages, or POOL_PAGES. */
static size_t find_pages(size_t count)
{
	size_t i, run = 0;

	for (i = 0; i < POOL_PAGES; i++) {
		run = taken[i] ? 0 : run + 1;
		if (run == count)
			return i + 1 - count;
	}
	return POOL_PAGES;
}

static void mark(size_t first, size_t count, bool value)
{
	while (count--)
		taken[first++] = value;
}

static size_t pages(size_t bytes)
{
	return (bytes + NIMBLE_PAGE - 1) / NIMBLE_PAGE;
}

void *nimble_port_code_take(size_t bytes, void **write)
{
	size_t first = POOL_PAGES;

	if (getenv("NIMBLE_NO_CODE"))
		return NULL;
	pthread_mutex_lock(&lock);
	if (!base)
		reserve();
	if (base)
		first = find_pages(pages(bytes));
	if (first < POOL_PAGES)
		mark(first, pages(bytes), true);
	pthread_mutex_unlock(&lock);
	if (first == POOL_PAGES)
		return NULL;
	*write = base + first * NIMBLE_PAGE;
	if (mprotect(*write, bytes, PROT_READ | PROT_WRITE)) {
		nimble_port_code_free(*write, bytes);
		return NULL;
	}
	return *write;
}

int nimble_port_code_seal(void *code, size_t bytes)
{
	return mprotect(code, bytes, PROT_READ | PROT_EXEC) ? -EPERM : 0;
}

/* The frames stay for the next one: to fault them in costs more than translation. */
void nimble_port_code_free(void *code, size_t bytes)
{
	mprotect(code, bytes, PROT_NONE);
	pthread_mutex_lock(&lock);
	mark((size_t)((uint8_t *)code - base) / NIMBLE_PAGE, pages(bytes),
	     false);
	pthread_mutex_unlock(&lock);
}

bool nimble_port_is_code(uint64_t address)
{
	return base && address - (uintptr_t)base < POOL_BYTES;
}
