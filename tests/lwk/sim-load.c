/* SPDX-License-Identifier: MIT */
/* Does on the LWK what `nimble-run --sim` simulates: a process for each task of a load,
 * scheduled by the same policy. Arguments: the load, the policy, and NAME[TASK]=N for its
 * maps, where the task's number becomes its process's. CPUs of the load are the job's from
 * 0 on; this program itself keeps to the last one.
 *
 * Prints "task NAME PID" for each, and "from NS to NS": when the first was to come, and
 * when the last had done its steps. Tasks do not end before all have done theirs, since
 * the end of a process asks things of Linux, which take as long as they like. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libnimble/libnimble.h"
#include "toolchain/nimble/run/sim_run.h"

#define SOON_NS 50000000 /* until all sleep */

/* Shared by all processes. */
static struct shared {
	uint64_t begin_ns; /* of the load */
	uint32_t begun; /* futex: begin_ns is set */
	uint32_t ready, done; /* futexes: how many tasks */
	uint32_t over; /* futex: tasks may end */
	uint64_t end_ns; /* atomic: when the last was done */
	uint32_t wakes[SIM_TASKS_MOST]; /* futexes: that were not taken */
} * shared;

static struct sim_load load;
static struct libnimble *n;
static pid_t *pids; /* by the task's index */

static void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* For the reader of loads. */
void usage_error(const char *format, const char *what)
{
	(void)format;
	die("%s", what);
}

/* ---- Waiting -------------------------------------------------------------- */

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void raise_futex(uint32_t *futex)
{
	__atomic_add_fetch(futex, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, futex, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Until it is at least that. Pairs with the release of raise_futex(). */
static void wait_futex(uint32_t *futex, uint32_t least)
{
	uint32_t value;

	while ((value = __atomic_load_n(futex, __ATOMIC_ACQUIRE)) < least)
		syscall(SYS_futex, futex, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void use_cpus(uint64_t mask)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < 64; cpu++)
		if (mask >> cpu & 1)
			CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPUs %lx: %s", mask, strerror(errno));
}

static void use_last_cpu(void)
{
	cpu_set_t set;
	int cpu = 63;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		die("its CPUs: %s", strerror(errno));
	while (cpu && !CPU_ISSET(cpu, &set))
		cpu--;
	if (cpu < (int)load.cpus)
		die("the load wants %u CPUs, and this program one more",
		    load.cpus);
	use_cpus(1ull << cpu);
}

/* ---- A task ----------------------------------------------------------------- */

static void run_for(uint64_t ns)
{
	uint64_t end = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static void sleep_for(uint64_t ns)
{
	const struct timespec t = {(time_t)(ns / 1000000000),
				   (long)(ns % 1000000000)};

	nanosleep(&t, NULL);
}

static void sleep_until(uint64_t ns)
{
	const struct timespec t = {(time_t)(ns / 1000000000),
				   (long)(ns % 1000000000)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void do_step(uint32_t task, const struct sim_step *step)
{
	switch (step->kind) {
	case SIM_RUN:
		run_for(step->ns);
		break;
	case SIM_SLEEP:
		sleep_for(step->ns);
		break;
	case SIM_YIELD:
		sched_yield();
		break;
	case SIM_BLOCK:
		wait_futex(&shared->wakes[task], 1);
		__atomic_sub_fetch(&shared->wakes[task], 1, __ATOMIC_ACQUIRE);
		break;
	case SIM_WAKE:
		raise_futex(&shared->wakes[step->task]);
		break;
	}
}

static void be_task(uint32_t index)
{
	const struct sim_task *task = &load.task[index];

	use_cpus(task->mask & ((1ull << load.cpus) - 1));
	raise_futex(&shared->ready);
	wait_futex(&shared->begun, 1);
	sleep_until(shared->begin_ns + task->at_ns);
	for (uint32_t i = 0; i < task->steps; i++)
		do_step(index, &task->step[i]);
	/* The order of stores is that of the tasks' ends: one after another on its CPU;
	 * the last wins, and a later one on another CPU is as good. */
	__atomic_store_n(&shared->end_ns, now_ns(CLOCK_MONOTONIC),
			 __ATOMIC_RELAXED);
	raise_futex(&shared->done);
	wait_futex(&shared->over, 1);
	_exit(0);
}

/* ---- All of them --------------------------------------------------------------- */

/* "NAME[TASK]=N" */
static void write_map(uint32_t id, const char *text)
{
	unsigned int task;
	char name[32];
	uint64_t value;
	uint32_t map, key;

	if (sscanf(text, "%31[^[][%u]=%lu", name, &task, &value) != 3)
		die("not NAME[TASK]=N: %s", text);
	key = task && task <= load.tasks ? (uint32_t)pids[task - 1] : 0;
	if (libnimble_find_map(n, id, name, &map, NULL) ||
	    libnimble_map_update(n, id, map, &key, sizeof(key), &value,
				 sizeof(value)))
		die("%s: %s", text, libnimble_message());
}

static void start_tasks(void)
{
	pids = calloc(load.tasks + 1, sizeof(*pids));
	if (!pids)
		die("no memory");
	for (uint32_t i = 0; i < load.tasks; i++) {
		pids[i] = fork();
		if (!pids[i])
			be_task(i);
		printf("task %s %d\n", load.task[i].name, (int)pids[i]);
	}
	wait_futex(&shared->ready, load.tasks);
}

static void attach(const char *image, char **maps)
{
	uint32_t id;

	if (libnimble_open(&n, NULL) ||
	    libnimble_load_file(n, image, 0, NULL, &id))
		die("%s: %s", image, libnimble_message());
	for (; *maps; maps++)
		write_map(id, *maps);
	if (libnimble_attach_policy(n, id, LIBNIMBLE_SCOPE_JOB, 0))
		die("%s: %s", image, libnimble_message());
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage: sim-load LOAD POLICY [NAME[TASK]=N]...");
	sim_load_read(&load, argv[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("memory: %s", strerror(errno));
	use_last_cpu();
	start_tasks();
	attach(argv[2], argv + 3);
	shared->begin_ns = now_ns(CLOCK_MONOTONIC) + SOON_NS;
	raise_futex(&shared->begun);
	wait_futex(&shared->done, load.tasks);
	raise_futex(&shared->over);
	while (wait(NULL) > 0)
		;
	printf("from %lu to %lu\n", shared->begin_ns, shared->end_ns);
	return 0;
}
