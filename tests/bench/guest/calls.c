// SPDX-License-Identifier: MIT
/* Single system calls. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int row_clock_gettime_prepare(void)
{
	return 0;
}

void row_clock_gettime_sample(int i)
{
	struct timespec t;

	(void)i;
	BEGIN(clock_gettime);
	clock_gettime(CLOCK_MONOTONIC, &t);
	END(clock_gettime);
}

void row_clock_gettime_finish(void)
{
}

int row_getpid_prepare(void)
{
	return 0;
}

void row_getpid_sample(int i)
{
	(void)i;
	BEGIN(getpid);
	call3(SYS_getpid, 0, 0, 0);
	END(getpid);
}

void row_getpid_finish(void)
{
}

int row_getuid_prepare(void)
{
	return 0;
}

void row_getuid_sample(int i)
{
	(void)i;
	BEGIN(getuid);
	call3(SYS_getuid, 0, 0, 0);
	END(getuid);
}

void row_getuid_finish(void)
{
}

int row_getppid_prepare(void)
{
	return 0;
}

void row_getppid_sample(int i)
{
	(void)i;
	BEGIN(getppid);
	call3(SYS_getppid, 0, 0, 0);
	END(getppid);
}

void row_getppid_finish(void)
{
}

static int zero = -1;

static int open_zero(void)
{
	zero = open("/dev/zero", O_RDONLY);
	return zero < 0 ? -errno : 0;
}

static void close_zero(void)
{
	close(zero);
}

int row_read_zero_prepare(void)
{
	return open_zero();
}

void row_read_zero_sample(int i)
{
	static char byte;

	(void)i;
	BEGIN(read_zero);
	call3(SYS_read, zero, (long)&byte, 1);
	END(read_zero);
}

void row_read_zero_finish(void)
{
	close_zero();
}

int row_read_zero_cold_prepare(void)
{
	return open_zero();
}

void row_read_zero_cold_sample(int i)
{
	static char byte;

	(void)i;
	sleep_us(5000);
	BEGIN(read_zero_cold);
	call3(SYS_read, zero, (long)&byte, 1);
	END(read_zero_cold);
}

void row_read_zero_cold_finish(void)
{
	close_zero();
}
