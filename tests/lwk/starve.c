/* SPDX-License-Identifier: MIT */
/* starve flood DIR CPUS: floods all CPUs with timers and messages of an extension, and
 * waits. starve idler DIR: attaches a policy that takes long when a CPU begins or ends to
 * idle, and waits. starve count CPU: what a program counts to in a second on that CPU, as a
 * number. starve nap CPU: how often it sleeps for a moment there in a second. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libnimble/libnimble.h"

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int attach(const char *directory, const char *name, uint32_t *id)
{
	struct libnimble *n;
	char path[512];
	int error = libnimble_open(&n, NULL);

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	error = error ?: libnimble_load_file(n, path, 0, NULL, id);
	return error ?: libnimble_attach(n, *id, NIMBLE_ALL, 0);
}

static int flood(const char *directory, int cpus)
{
	uint32_t id;
	int error = attach(directory, "flood.nx", &id);

	for (int cpu = 0; cpu < cpus && !error; cpu++) {
		uint64_t args[8] = {(uint64_t)cpu};

		pin(cpu);
		error = libnimble_call(id, args);
	}
	printf("%s\n", error ? libnimble_message() : "flooding");
	fflush(stdout);
	while (!error)
		pause();
	return 1;
}

static int idler(const char *directory)
{
	uint32_t id;
	int error = attach(directory, "idler.nx", &id);

	printf("%s\n", error ? libnimble_message() : "attached");
	fflush(stdout);
	while (!error)
		pause();
	return 1;
}

static int nap(int cpu)
{
	const struct timespec moment = {0, 100000};
	uint64_t end, naps = 0;

	pin(cpu);
	for (end = now() + 1000000000; now() < end; naps++)
		nanosleep(&moment, NULL);
	printf("%llu\n", (unsigned long long)naps);
	return 0;
}

static int count(int cpu)
{
	uint64_t end, turns = 0;

	pin(cpu);
	for (end = now() + 1000000000; now() < end; turns++)
		for (volatile int i = 0; i < 1000; i++)
			;
	printf("%llu\n", (unsigned long long)turns);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "flood"))
		return flood(argv[2], atoi(argv[3]));
	if (argc == 3 && !strcmp(argv[1], "count"))
		return count(atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "idler"))
		return idler(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "nap"))
		return nap(atoi(argv[2]));
	return 2;
}
