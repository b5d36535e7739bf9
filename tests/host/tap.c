// SPDX-License-Identifier: MIT
/* For the module's tests in a guest: TAP, and what Linux says of itself. */
#include "tests/host/peer.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int count, failed;

static void result(bool passed, const char *name, va_list args)
{
	count++;
	failed += !passed;
	printf("%sok %d - ", passed ? "" : "not ", count);
	vprintf(name, args);
	printf("\n");
	fflush(stdout);
}

bool ok(bool passed, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	result(passed, name, args);
	va_end(args);
	return passed;
}

bool is(long long got, long long expected, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	result(got == expected, name, args);
	va_end(args);
	if (got != expected)
		printf("# got %lld, expected %lld\n", got, expected);
	return got == expected;
}

void contains(const char *text, const char *part, const char *name)
{
	if (!ok(strstr(text, part) != NULL, "%s", name))
		printf("# no '%s' in: %s\n", part, text);
}

int done_testing(void)
{
	printf("1..%d\n", count);
	return failed != 0;
}

_Noreturn void fatal(const char *what, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	printf("\n");
	exit(1);
}

/* ---- Linux ------------------------------------------------------------- */

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fatal("cannot write %s", path);
	close(fd);
}

void set_parameter(const char *name, unsigned int value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/module/lwk/parameters/%s", name);
	snprintf(text, sizeof(text), "%u", value);
	write_text(path, text);
}

long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long value = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

long meminfo_kib(const char *field)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long value = -1;
	size_t len = strlen(field);

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ':')
			value = atol(line + len + 1);
	if (f)
		fclose(f);
	return value;
}

/* Lines "count: N" of /proc/zoneinfo are pages in per-CPU lists. */
static long listed_kib(void)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[128];
	long pages = 0, n;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &n) == 1)
			pages += n;
	if (f)
		fclose(f);
	return pages * 4;
}

long free_kib(void)
{
	write_text("/proc/sys/vm/drop_caches", "3");
	sleep_ms(50);
	return meminfo_kib("MemFree") + listed_kib();
}

uint64_t online_cpus(void)
{
	uint64_t mask = 1;

	for (unsigned int cpu = 1; cpu < 64; cpu++) {
		char path[64];

		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%u/online", cpu);
		if (read_number(path) == 1)
			mask |= 1ULL << cpu;
	}
	return mask;
}

void sleep_ms(unsigned int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + t.tv_nsec;
}
