/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target on random bytes, without libFuzzer; for gcc's build. */
/* usage: PROGRAM [SECONDS [SEED]] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
extern unsigned long diff_runs, diff_faults;

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 5;
	uint64_t x = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	time_t end = time(NULL) + seconds;
	unsigned long programs = 0;

	x = x * 0x9e3779b97f4a7c15ull + 1;
	while (time(NULL) < end) {
		uint8_t bytes[1024];
		size_t i, count;

		for (i = 0; i < sizeof(bytes); i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			bytes[i] = (uint8_t)(x >> 32);
		}
		count = 8 * (1 + x % 127);
		LLVMFuzzerTestOneInput(bytes, count);
		programs++;
	}
	printf("%lu programs, %lu runs agreed, %lu of them faulted\n", programs,
	       diff_runs, diff_faults);
	return 0;
}
