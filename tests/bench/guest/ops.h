/* SPDX-License-Identifier: MIT */
/* The benchmark program: one static binary for Linux and the LWK. */
#ifndef BENCH_OPS_H
#define BENCH_OPS_H

#include <stdint.h>

#include "kernel/abi/mark.h"

/* Region numbers, ROW_getpid and so on, and how often each row is measured. */
enum {
#define ROW(number, name, unit, scope, samples, text) \
	ROW_##name = number, SAMPLES_##name = samples,
#define COMMAND(number, name, unit, text) ROW_##name = number,
#include "tests/bench/guest/rows.def"
#undef ROW
#undef COMMAND
};

/* What lies between these two is counted. */
#define BEGIN(name) MARK(2 * ROW_##name)
#define END(name) MARK(2 * ROW_##name + 1)

/* CPUs of Linux to use, -1 for wherever we are: always on the LWK. */
extern int own_cpu, peer_cpu;

/* A system call, nothing around it. */
static inline long call3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long call6(long nr, const long a[6])
{
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Executes 100 n instructions and one or two. Few branches: the emulator's
 * plugin works at each. */
static inline void work(uint64_t n)
{
	uint64_t sum = 0;

	__asm__ volatile("1: .rept 98\n\t"
			 "lea 1(%1), %1\n\t"
			 ".endr\n\t"
			 "dec %0\n\t"
			 "jnz 1b"
			 : "+r"(n), "+r"(sum)
			 :
			 : "cc");
}

static inline uint64_t cycles(void)
{
	return __builtin_ia32_rdtsc();
}

/* Keeps the calling thread on a CPU of Linux; where it is if that is -1. Ends
 * the program if there is no such CPU. */
void pin(int cpu);

/* Sleeps for less than a second. */
void sleep_us(long us);

#define ROW(number, name, unit, scope, samples, text) \
	int row_##name##_prepare(void);               \
	void row_##name##_sample(int i);              \
	void row_##name##_finish(void);
#define COMMAND(number, name, unit, text)
#include "tests/bench/guest/rows.def"
#undef ROW
#undef COMMAND

#endif
