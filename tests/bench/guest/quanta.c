// SPDX-License-Identifier: MIT
/* Work of a known size: instructions counted beyond it are noise, or the
 * cost of the system calls in it. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096L

/* An isolated Linux stops its tick a little after a program has the CPU. */
int row_noise_prepare(void)
{
	work(2 * 1000 * 1000);
	return 0;
}

void row_noise_sample(int i)
{
	(void)i;
	BEGIN(noise);
	work(10 * 1000 * 1000);
	END(noise);
}

void row_noise_finish(void)
{
}

int row_quantum_prepare(void)
{
	return 0;
}

void row_quantum_sample(int i)
{
	(void)i;
	BEGIN(quantum);
	work(10 * 1000);
	END(quantum);
}

void row_quantum_finish(void)
{
}

static void memory_calls(void)
{
	const long map[6] = {
		0,  PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0};
	long at = call6(SYS_mmap, map);

	*(volatile char *)at = 1;
	call3(SYS_mprotect, at, PAGE, PROT_READ);
	work(100);
	call3(SYS_munmap, at, PAGE, 0);
}

int row_mixed_prepare(void)
{
	return 0;
}

void row_mixed_sample(int i)
{
	struct timespec t;

	(void)i;
	BEGIN(mixed);
	for (int n = 0; n < 5; n++) {
		work(100);
		call3(SYS_getpid, 0, 0, 0);
		clock_gettime(CLOCK_MONOTONIC, &t);
	}
	memory_calls();
	work(100);
	call3(SYS_sched_yield, 0, 0, 0);
	END(mixed);
}

void row_mixed_finish(void)
{
}

/* A file like those that programs read: in memory, but a file. */
static const char file[] = "/tmp/bench-mixed";

int row_mixed_delegated_prepare(void)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int error = fd < 0 || ftruncate(fd, 2 * PAGE) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

void row_mixed_delegated_sample(int i)
{
	static char buffer[PAGE];
	struct stat st;
	long fd;

	(void)i;
	BEGIN(mixed_delegated);
	work(100);
	fd = call3(SYS_open, (long)file, O_RDONLY, 0);
	call3(SYS_fstat, fd, (long)&st, 0);
	for (int n = 0; n < 5; n++) {
		work(100);
		call3(SYS_read, fd, (long)buffer, 512);
	}
	call3(SYS_lseek, fd, 0, SEEK_SET);
	call3(SYS_close, fd, 0, 0);
	END(mixed_delegated);
}

void row_mixed_delegated_finish(void)
{
	unlink(file);
}

/* ---- Selfish detour ---------------------------------------------------- */

/* Netgauge's benchmark of the same name (Hoefler, Mehlan, Lumsdaine, Rehm:
 * "Netgauge: A Network Performance Measurement Framework", 2007): reads the
 * time-stamp counter in a tight loop; where two reads lie further apart than a
 * threshold, something else has run. In deterministic mode the counter is
 * shared by all CPUs, so that this sees others, too; the plugin's own list of
 * kernel entries does not. */
#define DETOUR_THRESHOLD 1000
#define DETOUR_CYCLES (100ULL * 1000 * 1000)

static unsigned int detours;
static uint64_t longest;

int row_detour_prepare(void)
{
	detours = 0;
	longest = 0;
	return 0;
}

void row_detour_sample(int i)
{
	uint64_t end, last;

	(void)i;
	BEGIN(detour);
	last = cycles();
	end = last + DETOUR_CYCLES;
	while (last < end) {
		uint64_t now = cycles();

		if (now - last > DETOUR_THRESHOLD) {
			detours++;
			if (now - last > longest)
				longest = now - last;
		}
		last = now;
	}
	END(detour);
}

void row_detour_finish(void)
{
	printf("detours %u longest %llu\n", detours,
	       (unsigned long long)longest);
}
