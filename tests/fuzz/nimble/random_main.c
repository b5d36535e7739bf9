/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target on random bytes, without libFuzzer; for gcc's build. */
/* usage: PROGRAM [-max_total_time=SECONDS] [-seed=N]; other options and the
 * directories that libFuzzer takes are passed over. */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static uint64_t option(int argc, char **argv, const char *name, uint64_t value)
{
	size_t length = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], name, length) && argv[i][length] == '=')
			value = strtoull(argv[i] + length + 1, NULL, 0);
	return value;
}

int main(int argc, char **argv)
{
	time_t end =
		time(NULL) + (time_t)option(argc, argv, "-max_total_time", 5);
	uint64_t x = option(argc, argv, "-seed", (uint64_t)time(NULL));
	unsigned long programs = 0;

	/* Memory stays mapped: this is about programs, not page tables. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
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
	printf("stat::number_of_executed_units: %lu\n", programs);
	return 0;
}
