// SPDX-License-Identifier: MIT
/* Runs what rows.def lists; see usage(). What is counted is counted by the
 * emulator's plugin; printed here is what that cannot know: rows that this
 * kernel does not have, and the time that a sample took. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES 256

struct row {
	const char *name, *unit, *scope, *text;
	int number, samples;
	int (*prepare)(void);
	void (*sample)(int i);
	void (*finish)(void);
};

static const struct row rows[] = {
#define ROW(row_number, row_name, row_unit, row_scope, row_samples, row_text) \
	{.name = #row_name,                                                   \
	 .unit = #row_unit,                                                   \
	 .scope = #row_scope,                                                 \
	 .text = row_text,                                                    \
	 .number = row_number,                                                \
	 .samples = row_samples,                                              \
	 .prepare = row_##row_name##_prepare,                                 \
	 .sample = row_##row_name##_sample,                                   \
	 .finish = row_##row_name##_finish},
#define COMMAND(row_number, row_name, row_unit, row_text) \
	{.name = #row_name,                               \
	 .unit = #row_unit,                               \
	 .scope = "all",                                  \
	 .text = row_text,                                \
	 .number = row_number},
#include "tests/bench/guest/rows.def"
#undef ROW
#undef COMMAND
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define ROW(number, name, unit, scope, samples, text) \
	_Static_assert(samples > 0 && samples <= MAX_SAMPLES, #name);
#define COMMAND(number, name, unit, text)
#include "tests/bench/guest/rows.def"
#undef ROW
#undef COMMAND

int own_cpu = -1, peer_cpu = -1;

static void usage(FILE *to)
{
	fputs("usage: ops [--cpu N] [--peer N] ROW...\n"
	      "       ops exec ROW -- COMMAND [ARG]...\n"
	      "       ops arm | free | memory | yield-peer | --list\n"
	      "\n"
	      "Runs the benchmarks named, on Linux's CPU N and, where two\n"
	      "take part, its peer; without --cpu, wherever it is. exec "
	      "counts\n"
	      "a command from start to end; arm makes the emulator's plugin\n"
	      "begin; memory prints this program's resident memory; free what\n"
	      "an LWK has left; yield-peer yields for ever; --list lists the\n"
	      "rows. Prints `absent ROW REASON`, `time ROW CYCLES` (median),\n"
	      "`took ROW NANOSECONDS`.\n",
	      to);
}

void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("ops: sched_setaffinity");
		exit(1);
	}
}

void sleep_us(long us)
{
	struct timespec t = {.tv_nsec = us * 1000};

	nanosleep(&t, NULL);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void run(const struct row *row)
{
	static uint64_t took[MAX_SAMPLES];
	int error = row->prepare();

	if (error) {
		printf("absent %s %s\n", row->name, strerror(-error));
		return;
	}
	for (int i = 0; i < row->samples; i++) {
		uint64_t before = cycles();

		row->sample(i);
		took[i] = cycles() - before;
	}
	row->finish();
	qsort(took, row->samples, sizeof(took[0]), by_value);
	printf("time %s %llu\n", row->name,
	       (unsigned long long)took[row->samples / 2]);
}

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	fprintf(stderr, "ops: no row '%s'\n", name);
	exit(2);
}

static void list(void)
{
	for (size_t i = 0; i < ROWS; i++)
		printf("%d\t%s\t%s\t%s\t%s\t%s\n", rows[i].number, rows[i].name,
		       rows[i].unit, rows[i].scope,
		       rows[i].sample ? "row" : "command", rows[i].text);
}

/* A marker's number is part of the instruction. */
static void mark_command(const struct row *row, int is_end)
{
	switch (2 * row->number + is_end) {
#define ROW(number, name, unit, scope, samples, text)
#define COMMAND(number, name, unit, text) \
	case 2 * number:                  \
		BEGIN(name);              \
		break;                    \
	case 2 * number + 1:              \
		END(name);                \
		break;
#include "tests/bench/guest/rows.def"
#undef ROW
#undef COMMAND
	default:
		fprintf(stderr, "ops: %s is no command\n", row->name);
		exit(2);
	}
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int exec_counted(const struct row *row, char **command)
{
	uint64_t before = now_ns();
	int status;
	pid_t pid;

	mark_command(row, 0);
	pid = vfork();
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 1;
	mark_command(row, 1);
	printf("took %s %llu\n", row->name,
	       (unsigned long long)(now_ns() - before));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The plugin begins at the next chance, which this sleep gives it. */
static int arm(void)
{
	MARK(MARK_ARM);
	sleep_us(2000);
	return 0;
}

static int memory(void)
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used))
		return 1;
	printf("resident %ld\n", used.ru_maxrss);
	return 0;
}

/* An LWK refuses to map more than it has free, and fills a mapping close to
 * that on demand. So the largest mapping is the free memory. */
static int free_memory(void)
{
	const size_t page = 4096;
	size_t least = 0, most = 1UL << 24; /* in pages */

	while (least + 1 < most) {
		size_t pages = (least + most) / 2;
		void *at = mmap(NULL, pages * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED) {
			most = pages;
		} else {
			munmap(at, pages * page);
			least = pages;
		}
	}
	printf("free %zu\n", least * page / 1024);
	return 0;
}

static int parse_cpus(char **argv)
{
	int i = 1;

	for (; argv[i] && argv[i + 1] && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "--cpu") == 0)
			own_cpu = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--peer") == 0)
			peer_cpu = atoi(argv[i + 1]);
		else
			break;
	}
	return i;
}

/* Begins anew on the CPU asked for. Linux remembers where an address space has
 * run, and looks there again at each flush of the TLB: a program that has moved
 * pays some 640 instructions more for an mprotect than one that has not. */
static void start_there(char **argv)
{
	if (own_cpu < 0 || sched_getcpu() == own_cpu)
		return;
	pin(own_cpu);
	execv("/proc/self/exe", argv);
	perror("ops: /proc/self/exe");
	exit(1);
}

int main(int argc, char **argv)
{
	int i = parse_cpus(argv);
	const char *what = argv[i] ? argv[i] : "";

	if (strcmp(what, "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (!*what) {
		usage(stderr);
		return 2;
	}
	start_there(argv);
	pin(own_cpu);
	if (strcmp(what, "--list") == 0) {
		list();
		return 0;
	}
	if (strcmp(what, "arm") == 0)
		return arm();
	if (strcmp(what, "memory") == 0)
		return memory();
	if (strcmp(what, "free") == 0)
		return free_memory();
	if (strcmp(what, "yield-peer") == 0)
		for (;;)
			sched_yield();
	if (strcmp(what, "exec") == 0 && argc > i + 3)
		return exec_counted(find(argv[i + 1]), argv + i + 3);
	for (; i < argc; i++)
		run(find(argv[i]));
	return 0;
}
