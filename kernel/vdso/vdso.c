/* SPDX-License-Identifier: GPL-2.0 */
/* The vDSO: functions that need no system call. Code for user mode, mapped into every
 * process after the time page; vdso(7) has the functions' contracts. */
#include <asm/unistd.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include <arch-impl/cpu_number.h>

#include "kernel/time/time_page.h"

/* Where kernel/exec/vdso.c maps the time page; vdso.lds knows. */
extern struct lwk_time vdso_time __attribute__((visibility("hidden")));

#define NS_PER_S 1000000000UL

struct timeval64 {
	int64_t tv_sec;
	int64_t tv_usec;
};

int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts);
int __vdso_gettimeofday(struct timeval64 *tv, void *zone);
int64_t __vdso_time(int64_t *out);
int __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused);

/* The names without a prefix are Linux's as well. */
#define ALIAS(name)                           \
	extern __typeof__(__vdso_##name) name \
		__attribute__((weak, alias("__vdso_" #name)))

static int64_t call(int64_t nr, uint64_t a, const void *b)
{
	asm volatile("syscall"
		     : "+a"(nr)
		     : "D"(a), "S"(b)
		     : "rcx", "r11", "memory");
	return nr;
}

int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts)
{
	uint64_t ns;

	if (time_page_read(&vdso_time, clock, &ns))
		return (int)call(__NR_clock_gettime, (uint64_t)clock, ts);
	ts->tv_sec = (int64_t)(ns / NS_PER_S);
	ts->tv_nsec = (int64_t)(ns % NS_PER_S);
	return 0;
}

int __vdso_gettimeofday(struct timeval64 *tv, void *zone)
{
	uint64_t ns;

	if (zone || (tv && time_page_read(&vdso_time, CLOCK_REALTIME, &ns)))
		return (int)call(__NR_gettimeofday, (uint64_t)tv, zone);
	if (tv) {
		tv->tv_sec = (int64_t)(ns / NS_PER_S);
		tv->tv_usec = (int64_t)(ns % NS_PER_S / 1000);
	}
	return 0;
}

int64_t __vdso_time(int64_t *out)
{
	int64_t seconds;
	uint64_t ns;

	if (time_page_read(&vdso_time, CLOCK_REALTIME_COARSE, &ns))
		return call(__NR_time, (uint64_t)out, NULL);
	seconds = (int64_t)(ns / NS_PER_S);
	if (out)
		*out = seconds;
	return seconds;
}

int __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused)
{
	uint32_t number = cpu_number_read();

	(void)unused;
	if (cpu)
		*cpu = CPU_NUMBER_CPU(number);
	if (node)
		*node = CPU_NUMBER_NODE(number);
	return 0;
}

ALIAS(clock_gettime);
ALIAS(gettimeofday);
ALIAS(time);
ALIAS(getcpu);
