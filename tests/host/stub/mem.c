// SPDX-License-Identifier: MIT
/* Frames from the last region: small ones from below, 2 MiB ones from above.
 * Guarded by one lock, for all CPUs. */
#include "stub_priv.h"

#define LARGE 16

static uint32_t lock;
static uint64_t next, end;
static uint64_t *free_list; /* linked by first word */
static uint64_t large[LARGE];

void *memcpy(void *to, const void *from, uint64_t n);
void *memset(void *to, int c, uint64_t n);

void *memcpy(void *to, const void *from, uint64_t n)
{
	void *ret = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
	return ret;
}

void *memset(void *to, int c, uint64_t n)
{
	void *ret = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return ret;
}

void *at_phys(uint64_t phys)
{
	return (void *)(LWK_PHYS_MAP + phys);
}

uint64_t phys_of(const void *memory)
{
	return (uint64_t)memory - LWK_PHYS_MAP;
}

static void take_lock(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		relax();
}

static void drop_lock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

void mem_init(void)
{
	const struct lwk_region *r = &boot->region[0];

	next = r->base + boot->free_offset;
	end = r->base + r->bytes;
	for (unsigned int i = 0; i < LARGE && end - LWK_CHUNK_SIZE > next;
	     i++) {
		end -= LWK_CHUNK_SIZE;
		large[i] = end;
	}
}

void *frame_alloc(void)
{
	uint64_t *frame = 0;

	take_lock();
	if (free_list) {
		frame = free_list;
		free_list = (uint64_t *)*frame;
	} else if (next < end) {
		frame = at_phys(next);
		next += LWK_PAGE_SIZE;
	}
	drop_lock();
	if (frame)
		memset(frame, 0, LWK_PAGE_SIZE);
	return frame;
}

void frame_free(void *frame)
{
	if (!frame)
		return;
	take_lock();
	*(uint64_t **)frame = free_list;
	free_list = frame;
	drop_lock();
}

uint64_t large_alloc(void)
{
	uint64_t frame = 0;

	take_lock();
	for (unsigned int i = 0; !frame && i < LARGE; i++) {
		frame = large[i];
		large[i] = 0;
	}
	drop_lock();
	return frame;
}

void large_free(uint64_t phys)
{
	take_lock();
	for (unsigned int i = 0; phys && i < LARGE; i++)
		if (!large[i]) {
			large[i] = phys;
			phys = 0;
		}
	drop_lock();
}
