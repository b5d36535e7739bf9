/* SPDX-License-Identifier: MIT */
/* Computes for ever; with an argument, until it has counted so many millions, and
 * then says how long it took (CLOCK_MONOTONIC, nanoseconds, start and end). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start = now_ns();
	volatile unsigned long n = 0;
	unsigned long limit =
		argc > 1 ? strtoul(argv[1], NULL, 0) * 1000000 : 0;

	do
		n = n + 1;
	while (!limit || n < limit);
	printf("%lld %lld\n", start, now_ns());
	return 0;
}
