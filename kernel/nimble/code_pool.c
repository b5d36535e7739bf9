/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for the machine code of extensions: nimble/port.h, the code_ functions.
 *
 * Translation writes into ordinary memory; seal copies it into pages that are executed
 * and never written (arch/code.h). A page that is given back is unmapped at once, and no
 * CPU executes it any more (the engine unloads after the grace period). But a CPU may
 * still have a translation of it: it is stale, and not used again before all CPUs have
 * forgotten it. They are asked to only when the pool has no other pages, so that
 * unloading an extension interrupts no CPU.
 */
#include "kernel/arch/code.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/shootdown.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/sync/spinlock.h"
#include "nimble/port.h"

enum page_state {
	FREE,
	TAKEN,
	STALE,
	FORGOTTEN, /* a shootdown of it is on its way */
};

/* Guards the two below; any CPU, interrupts on. Its holder waits for nothing. */
static struct spinlock lock = SPINLOCK_INIT;
static uint8_t pages[ARCH_CODE_PAGES]; /* enum page_state */
static void *written[ARCH_CODE_PAGES]; /* until seal, by the first page */

static bool available; /* set once, before other CPUs run */

void code_pool_init(void)
{
	int error = 0;

	if (!(boot->flags & LWK_BOOT_NIMBLE_THREADED))
		error = arch_code_init();
	available = !error && !(boot->flags & LWK_BOOT_NIMBLE_THREADED);
	if (error)
		log_line("nimble: no memory for machine code");
	log_line("nimble: extensions run as %s code",
		 available ? "machine" : "threaded");
}

/* The first of `count` free pages, or ARCH_CODE_PAGES. */
static uint32_t find_free(uint32_t count)
{
	uint32_t i, run = 0;

	for (i = 0; i < ARCH_CODE_PAGES; i++) {
		run = pages[i] == FREE ? run + 1 : 0;
		if (run == count)
			return i + 1 - count;
	}
	return ARCH_CODE_PAGES;
}

static void mark(uint32_t first, uint32_t count, enum page_state state)
{
	while (count--)
		pages[first++] = (uint8_t)state;
}

static uint32_t take_free(uint32_t count)
{
	uint32_t first;

	spin_lock(&lock);
	first = find_free(count);
	if (first < ARCH_CODE_PAGES)
		mark(first, count, TAKEN);
	spin_unlock(&lock);
	return first;
}

static bool change_all(enum page_state from, enum page_state to)
{
	bool any = false;
	uint32_t i;

	spin_lock(&lock);
	for (i = 0; i < ARCH_CODE_PAGES; i++)
		if (pages[i] == from) {
			pages[i] = (uint8_t)to;
			any = true;
		}
	spin_unlock(&lock);
	return any;
}

/* Makes all pages free that are stale now. False: there are none. */
static bool forget_stale(void)
{
	if (!change_all(STALE, FORGOTTEN))
		return false;
	shootdown_kernel(ARCH_CODE_START,
			 ARCH_CODE_START + ARCH_CODE_PAGES * PAGE_SIZE);
	return change_all(FORGOTTEN, FREE);
}

static uint32_t count_of(size_t bytes)
{
	return (uint32_t)((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

static uint32_t index_of(const void *code)
{
	return (uint32_t)(((vaddr_t)code - ARCH_CODE_START) >> PAGE_SHIFT);
}

void *nimble_port_code_take(size_t bytes, void **write)
{
	uint32_t count = count_of(bytes), first;

	if (!available || bytes > ARCH_CODE_PAGES * PAGE_SIZE)
		return NULL;
	*write = nimble_port_alloc(bytes);
	if (!*write)
		return NULL;
	first = take_free(count);
	if (first == ARCH_CODE_PAGES && forget_stale())
		first = take_free(count);
	if (first == ARCH_CODE_PAGES) {
		nimble_port_free(*write, bytes);
		return NULL;
	}
	written[first] = *write; /* ours: the pages are taken */
	return (void *)(ARCH_CODE_START + first * PAGE_SIZE);
}

int nimble_port_code_seal(void *code, size_t bytes)
{
	uint32_t first = index_of(code), i;

	for (i = 0; i < count_of(bytes); i++)
		arch_code_write(first + i,
				(uint8_t *)written[first] + i * PAGE_SIZE);
	nimble_port_free(written[first], bytes);
	written[first] = NULL;
	return 0;
}

void nimble_port_code_free(void *code, size_t bytes)
{
	uint32_t first = index_of(code), count = count_of(bytes);

	if (written[first])
		nimble_port_free(written[first], bytes);
	written[first] = NULL;
	arch_code_unmap(first, count);
	spin_lock(&lock);
	mark(first, count, STALE);
	spin_unlock(&lock);
}

bool nimble_port_is_code(uint64_t address)
{
	return address - ARCH_CODE_START < ARCH_CODE_PAGES * PAGE_SIZE;
}
