// SPDX-License-Identifier: MIT
/* Pages and their permissions. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096L
#define HUGE (2L << 20)
#define FAULTS SAMPLES_minor_fault

static char *area;

/* The address, or -errno. */
static long map_at(long address, long bytes)
{
	const long a[6] = {address,
			   bytes,
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS,
			   -1,
			   0};

	return call6(SYS_mmap, a);
}

/* An area in which each page is its own; the kernel may know no advice. */
static int map_area(long bytes)
{
	long at = map_at(0, bytes);

	if (at < 0)
		return (int)at;
	area = (char *)at;
	madvise(area, bytes, MADV_NOHUGEPAGE);
	return 0;
}

static void touch(char *at)
{
	*(volatile char *)at = 1;
}

int row_minor_fault_prepare(void)
{
	int error = map_area((FAULTS + 2) * PAGE);

	/* Page tables are there. */
	if (!error)
		touch(area);
	return error;
}

void row_minor_fault_sample(int i)
{
	char *at = area + (i + 1) * PAGE;

	BEGIN(minor_fault);
	touch(at);
	END(minor_fault);
}

void row_minor_fault_finish(void)
{
	munmap(area, (FAULTS + 2) * PAGE);
}

/* MAP_NORESERVE: filled on demand on the LWK as well. At `area` begin ON_DEMAND
 * pieces of its size of fault, aligned to it; too few for a huge page. */
#define PIECE (16 * PAGE)
#define ON_DEMAND SAMPLES_touch_64k
_Static_assert(SAMPLES_fault_on_demand == ON_DEMAND, "one area serves both");

static long on_demand;

static int map_on_demand(void)
{
	const long a[6] = {0,
			   (ON_DEMAND + 2) * PIECE,
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			   -1,
			   0};
	long at = call6(SYS_mmap, a);

	if (at < 0)
		return (int)at;
	on_demand = at;
	madvise((void *)at, a[1], MADV_NOHUGEPAGE);
	area = (char *)((at + PIECE - 1) & -PIECE);
	/* Page tables are there; the pieces begin behind this page's. */
	touch(area);
	area += PIECE;
	return 0;
}

static void unmap_on_demand(void)
{
	munmap((void *)on_demand, (ON_DEMAND + 2) * PIECE);
}

int row_fault_on_demand_prepare(void)
{
	return map_on_demand();
}

void row_fault_on_demand_sample(int i)
{
	char *at = area + i * PIECE;

	BEGIN(fault_on_demand);
	touch(at);
	END(fault_on_demand);
}

void row_fault_on_demand_finish(void)
{
	unmap_on_demand();
}

int row_touch_64k_prepare(void)
{
	return map_on_demand();
}

void row_touch_64k_sample(int i)
{
	char *at = area + i * PIECE;

	BEGIN(touch_64k);
	for (int n = 0; n < 16; n++)
		touch(at + n * PAGE);
	END(touch_64k);
}

void row_touch_64k_finish(void)
{
	unmap_on_demand();
}

/* What a page costs depends on how far an allocator has to split a block for
 * it, and so on all that ran before. Each sample first lets the heap have one
 * more page, so that together they have met every case in its share. (Not a
 * mapping of its own: with more areas mmap costs more on Linux.) */
int row_mmap_4k_prepare(void)
{
	return 0;
}

void row_mmap_4k_sample(int i)
{
	long at;

	(void)i;
	touch(sbrk(PAGE));
	BEGIN(mmap_4k);
	at = map_at(0, PAGE);
	touch((char *)at);
	call3(SYS_munmap, at, PAGE, 0);
	END(mmap_4k);
}

void row_mmap_4k_finish(void)
{
	sbrk(-SAMPLES_mmap_4k * PAGE);
}

/* A free and aligned place of 2 MiB, which the address asked for then is. */
static long aligned_place;

static int find_place(void)
{
	long at = map_at(0, 2 * HUGE);

	if (at < 0)
		return (int)at;
	munmap((void *)at, 2 * HUGE);
	aligned_place = (at + HUGE - 1) & -HUGE;
	return 0;
}

static void touch_all(long at)
{
	for (long offset = 0; offset < HUGE; offset += PAGE)
		touch((char *)(at + offset));
}

int row_mmap_2m_prepare(void)
{
	return find_place();
}

void row_mmap_2m_sample(int i)
{
	long at;

	(void)i;
	BEGIN(mmap_2m);
	at = map_at(aligned_place, HUGE);
	call3(SYS_madvise, at, HUGE, MADV_NOHUGEPAGE);
	touch_all(at);
	call3(SYS_munmap, at, HUGE, 0);
	END(mmap_2m);
}

void row_mmap_2m_finish(void)
{
}

int row_mmap_2m_huge_prepare(void)
{
	return find_place();
}

void row_mmap_2m_huge_sample(int i)
{
	long at;

	(void)i;
	BEGIN(mmap_2m_huge);
	at = map_at(aligned_place, HUGE);
	call3(SYS_madvise, at, HUGE, MADV_HUGEPAGE);
	touch_all(at);
	call3(SYS_munmap, at, HUGE, 0);
	END(mmap_2m_huge);
}

void row_mmap_2m_huge_finish(void)
{
}

/* Its neighbours are of another kind in both states, so that only the page's
 * permissions change and areas are neither split nor joined. */
int row_mprotect_prepare(void)
{
	int error = map_area(3 * PAGE);

	if (error)
		return error;
	touch(area + PAGE);
	error = mprotect(area, PAGE, PROT_NONE) ||
		mprotect(area + 2 * PAGE, PAGE, PROT_NONE);
	return error ? -errno : 0;
}

void row_mprotect_sample(int i)
{
	(void)i;
	BEGIN(mprotect);
	call3(SYS_mprotect, (long)area + PAGE, PAGE, PROT_READ);
	call3(SYS_mprotect, (long)area + PAGE, PAGE, PROT_READ | PROT_WRITE);
	END(mprotect);
}

void row_mprotect_finish(void)
{
	munmap(area, 3 * PAGE);
}

/* Many areas: every other page of a mapping has other rights, so that none of them
 * can be joined. Below lie the pages that are measured. */
#define MANY 10000L

static char *many;

static int map_many(void)
{
	long at = map_at(0, MANY * PAGE);
	int error = at < 0 ? (int)at : 0;

	many = (char *)at;
	for (long i = 0; i < MANY && !error; i += 2)
		error = mprotect(many + i * PAGE, PAGE, PROT_READ) ? -errno : 0;
	return error;
}

static void unmap_many(void)
{
	munmap(many, MANY * PAGE);
}

int row_mprotect_many_prepare(void)
{
	int error = map_many();

	return error ? error : row_mprotect_prepare();
}

void row_mprotect_many_sample(int i)
{
	(void)i;
	BEGIN(mprotect_many);
	call3(SYS_mprotect, (long)area + PAGE, PAGE, PROT_READ);
	call3(SYS_mprotect, (long)area + PAGE, PAGE, PROT_READ | PROT_WRITE);
	END(mprotect_many);
}

void row_mprotect_many_finish(void)
{
	row_mprotect_finish();
	unmap_many();
}

int row_mmap_many_prepare(void)
{
	return map_many();
}

void row_mmap_many_sample(int i)
{
	long at;

	(void)i;
	BEGIN(mmap_many);
	at = map_at(0, PAGE);
	touch((char *)at);
	call3(SYS_munmap, at, PAGE, 0);
	END(mmap_many);
}

void row_mmap_many_finish(void)
{
	unmap_many();
}

int row_fault_many_prepare(void)
{
	int error = map_many();

	return error ? error : map_on_demand();
}

void row_fault_many_sample(int i)
{
	char *at = area + i * PIECE;

	BEGIN(fault_many);
	touch(at);
	END(fault_many);
}

void row_fault_many_finish(void)
{
	unmap_on_demand();
	unmap_many();
}

/* Much is mapped, little is used. */
int row_map_64m_prepare(void)
{
	return 0;
}

void row_map_64m_sample(int i)
{
	long at;

	(void)i;
	BEGIN(map_64m);
	at = map_at(0, 64L << 20);
	touch((char *)at);
	call3(SYS_munmap, at, 64L << 20, 0);
	END(map_64m);
}

void row_map_64m_finish(void)
{
}

int row_map_1m_prepare(void)
{
	return 0;
}

void row_map_1m_sample(int i)
{
	long at;

	(void)i;
	BEGIN(map_1m);
	at = map_at(0, 1L << 20);
	touch((char *)at);
	call3(SYS_munmap, at, 1L << 20, 0);
	END(map_1m);
}

void row_map_1m_finish(void)
{
}
