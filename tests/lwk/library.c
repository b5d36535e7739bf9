/* SPDX-License-Identifier: MIT */
/* A program on the LWK that uses the extensions of ext/app which are no schedulers. Prints
 * TAP. Arguments: the directory of the .nx files, and how many CPUs the LWK has. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ext/app/active.h"
#include "libnimble/libnimble.h"

#define THREADS 8

static int count;
static struct libnimble *n;
static const char *directory;
static int cpus;
static uint32_t id; /* of the extension that is tested */

static void check(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++count, name);
	fflush(stdout);
}

static bool begin(const char *name)
{
	char path[512];
	int error;

	snprintf(path, sizeof(path), "%s/%s.nx", directory, name);
	error = libnimble_load_file(n, path, 0, NULL, &id);
	error = error ?: libnimble_attach(n, id, NIMBLE_ALL, 0);
	if (error)
		printf("# %s\n", libnimble_message());
	printf("# %s\n", name);
	check(!error, "it is attached");
	return !error;
}

static void end(void)
{
	check(!libnimble_remove(n, id), "it is removed");
}

static uint32_t map_of(const char *name)
{
	uint32_t map = 0;

	if (libnimble_find_map(n, id, name, &map, NULL))
		check(false, name);
	return map;
}

static void put_value(const char *name, uint32_t key, const void *value,
		      size_t bytes)
{
	if (libnimble_map_update(n, id, map_of(name), &key, sizeof(key), value,
				 bytes))
		check(false, name);
}

static uint64_t value_of(const char *name, uint32_t key)
{
	uint64_t value = 0;

	if (libnimble_map_lookup(n, id, map_of(name), &key, sizeof(key), &value,
				 sizeof(value)))
		check(false, name);
	return value;
}

static void *map_arena(const char *name)
{
	void *at = NULL;
	size_t bytes;

	if (libnimble_map_mmap(n, id, map_of(name), &at, &bytes))
		check(false, name);
	return at;
}

/* As it is left, again, where a signal has ended it. */
static int call(uint64_t args[8])
{
	int error;

	do
		error = libnimble_call(id, args);
	while (error == -EINTR);
	return error;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Run f(0) to f(threads - 1) at once: the sum of their results, which are faults. */
static long together(int threads, void *(*f)(void *))
{
	pthread_t thread[THREADS];
	long faults = 0;

	for (int i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, f, (void *)(long)i);
	for (int i = 0; i < threads; i++) {
		void *result;

		pthread_join(thread[i], &result);
		faults += (long)result;
	}
	return faults;
}

/* ---- Barrier ------------------------------------------------------------------ */

static int meeting_threads, meetings;
static uint64_t passed[THREADS]; /* atomic */

static void *meet(void *arg)
{
	long me = (long)arg, faults = 0;

	for (int turn = 1; turn <= meetings; turn++) {
		uint64_t args[8] = {3, (uint64_t)meeting_threads};

		__atomic_store_n(&passed[me], turn, __ATOMIC_SEQ_CST);
		faults += call(args) || args[3];
		for (int i = 0; i < meeting_threads; i++)
			faults +=
				__atomic_load_n(&passed[i], __ATOMIC_SEQ_CST) <
				(uint64_t)turn;
	}
	return (void *)faults;
}

static bool stops_signals; /* atomic */

static void on_signal(int signal)
{
	(void)signal;
}

static void *send_signals(void *arg)
{
	const pthread_t *to = arg;

	while (!__atomic_load_n(&stops_signals, __ATOMIC_RELAXED)) {
		pthread_kill(*to, SIGUSR1);
		usleep(300);
	}
	return NULL;
}

static void meet_often(int threads, int turns, const char *name)
{
	meeting_threads = threads;
	meetings = turns;
	check(!together(threads, meet), name);
}

static void barrier(void)
{
	uint64_t wrong[8] = {16, 2}, many[8] = {0, 65};
	pthread_t self = pthread_self(), other, sender;
	void *result;

	if (!begin("barrier"))
		return;
	check(!call(wrong) && wrong[3] == (uint64_t)-EINVAL,
	      "there are sixteen");
	check(!call(many) && many[3] == (uint64_t)-EINVAL,
	      "for up to 64 threads");
	meet_often(1, 10, "who meets alone goes on");
	meet_often(cpus, 3000, "a thread a CPU meet 3,000 times");
	meet_often(THREADS, 300, "eight threads meet 300 times");
	signal(SIGUSR1, on_signal);
	meeting_threads = 2;
	meetings = 500;
	pthread_create(&sender, NULL, send_signals, &self);
	pthread_create(&other, NULL, meet, (void *)1);
	result = meet(NULL);
	__atomic_store_n(&stops_signals, true, __ATOMIC_RELAXED);
	pthread_join(sender, NULL);
	check(!result, "signals come meanwhile, and nobody is counted twice");
	pthread_join(other, &result);
	check(!result, "nor for the other");
	end();
}

/* ---- Active messages ------------------------------------------------------------ */

/* args[3]; an error is a test that fails. */
static uint64_t ask(uint64_t what, uint64_t a, uint64_t b, uint64_t value)
{
	uint64_t args[8] = {what, a, b, value};
	int error = call(args);

	if (error || args[4]) {
		printf("# %llu: %d %lld\n", (unsigned long long)what, error,
		       (long long)args[4]);
		check(false, "an active message");
	}
	return args[3];
}

#define ADDS 400

static void *add_everywhere(void *arg)
{
	(void)arg;
	for (int i = 0; i < ADDS; i++)
		ask(ACTIVE_ADD, (uint64_t)(i % cpus), 64, 1);
	return NULL;
}

static void *sum_up(void *arg)
{
	uint64_t rank = (uint64_t)arg, all = (uint64_t)cpus;
	long faults = 0;

	pin((int)rank);
	for (uint64_t i = 0; i < 300; i++)
		faults += ask(ACTIVE_SUM, rank, all, i * (rank + 1)) !=
			  i * all * (all + 1) / 2;
	return (void *)faults;
}

static bool computes = true; /* atomic */

/* It makes no system call: only the kernel changes its memory. */
static void *compute(void *arg)
{
	pin((int)(long)arg);
	while (__atomic_load_n(&computes, __ATOMIC_RELAXED))
		;
	return NULL;
}

static void active(void)
{
	uint64_t wrong[8] = {ACTIVE_GET, (uint64_t)cpus}, *memory, sum = 0;
	const int last = cpus - 1;
	pthread_t owner;
	int error;

	if (!begin("active"))
		return;
	memory = map_arena("memory");
	if (!memory)
		return;
	pin(0);
	pthread_create(&owner, NULL, compute, (void *)(long)last);
	ask(ACTIVE_PUT, (uint64_t)last, 16, 4711);
	check(memory[last * ACTIVE_BYTES / 8 + 2] == 4711,
	      "a word is stored for one who computes");
	check(ask(ACTIVE_GET, (uint64_t)last, 16, 0) == 4711, "and read");
	check(ask(ACTIVE_ADD, (uint64_t)last, 16, 5) == 4711 &&
		      ask(ACTIVE_GET, (uint64_t)last, 16, 0) == 4716,
	      "and added to");
	__atomic_store_n(&computes, false, __ATOMIC_RELAXED);
	pthread_join(owner, NULL);
	error = call(wrong);
	check(!error && wrong[4] == (uint64_t)-EINVAL, "there is no such rank");
	together(THREADS, add_everywhere);
	for (int i = 0; i < cpus; i++)
		sum += ask(ACTIVE_GET, (uint64_t)i, 64, 0);
	check(sum == THREADS * ADDS, "eight threads add, and nothing is lost");
	check(!together(cpus, sum_up),
	      "a sum over all, 300 times, is right everywhere");
	end();
	munmap(memory, ACTIVE_RANKS * ACTIVE_BYTES);
}

static int requests_taken(void)
{
	int taken = 0;

	for (uint32_t i = 0; i < 24; i++) {
		uint64_t request[3] = {0};

		libnimble_map_lookup(n, id, map_of("requests"), &i, sizeof(i),
				     request, sizeof(request));
		taken += request[0] != 0;
	}
	return taken;
}

/* One that is killed in the middle leaves nothing behind. */
static void killed(void)
{
	int status;

	if (!begin("active"))
		return;
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (!pid)
			for (;;)
				add_everywhere(NULL);
		usleep(1000 + 700 * (i % 7));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	/* Linux may say that it has ended before the LWK has seen to it. */
	for (int i = 0; i < 2000 && requests_taken(); i++)
		usleep(1000);
	check(!requests_taken(), "who is killed in a request gives it back");
	end();
}

/* ---- Batches ----------------------------------------------------------------------- */

static void batch(void)
{
	uint64_t(*entry)[8], args[8] = {0};
	static char text[6];
	int fd[2];

	if (!begin("batch") || pipe(fd))
		return;
	entry = map_arena("calls");
	if (!entry)
		return;
	for (int i = 0; i < 1000; i++)
		entry[i][0] = SYS_getpid;
	args[1] = 1000;
	check(!call(args) && args[0] == 1000, "a thousand calls by one");
	for (int i = 0; i < 1000; i++)
		args[0] -= entry[i][7] == (uint64_t)getpid();
	check(!args[0], "each with its result");

	memset(entry, 0, 1000 * sizeof(*entry));
	memcpy(entry[5],
	       (uint64_t[]){SYS_write, (uint64_t)fd[1], (uint64_t) "hello", 5},
	       4 * 8);
	memcpy(entry[6],
	       (uint64_t[]){SYS_read, (uint64_t)fd[0], (uint64_t)text, 5},
	       4 * 8);
	memcpy(entry[7], (uint64_t[]){SYS_close, 9999}, 2 * 8);
	memcpy(entry[8], (uint64_t[]){SYS_close, (uint64_t)fd[0]}, 2 * 8);
	memcpy(args, (uint64_t[8]){5, 4, 1}, sizeof(args));
	check(!call(args) && args[0] == 3 && entry[5][7] == 5 &&
		      entry[6][7] == 5 && !strcmp(text, "hello") &&
		      entry[7][7] == (uint64_t)-EBADF,
	      "calls of all kinds, up to the first that fails");
	check(!close(fd[0]), "the one after it was not made");
	entry[9][0] = SYS_fork;
	memcpy(args, (uint64_t[8]){9, 1}, sizeof(args));
	check(!call(args) && args[0] == 1 && entry[9][7] == (uint64_t)-EPERM,
	      "a fork is no call for a batch");
	memcpy(args, (uint64_t[8]){1000, 100}, sizeof(args));
	check(!call(args) && !args[0], "nor is there one beyond the arena");
	close(fd[1]);
	end();
	munmap(entry, 65536);
}

/* ---- The list of calls ---------------------------------------------------------------- */

static void allow(void)
{
	const uint64_t yes = 1, no = 0;
	int status = 0;
	pid_t pid;

	if (!begin("allow"))
		return;
	check(syscall(SYS_getppid) > 0, "nothing is denied before it is armed");
	put_value("allowed", SYS_getpid, &yes, 8);
	put_value("allowed", SYS_wait4, &yes, 8);
	put_value("allowed", SYS_write, &yes, 8);
	put_value("allowed", SYS_clone, &yes, 8);
	put_value("allowed", SYS_rt_sigprocmask, &yes, 8);
	put_value("allowed", SYS_set_robust_list, &yes, 8);
	put_value("armed", 0, &yes, 8);
	check(syscall(SYS_getppid) == -1 && errno == EPERM,
	      "what is not in the list is denied");
	check(syscall(SYS_getpid) > 0, "what is in it is not");
	check(syscall(100000L) == -1 && errno == EPERM,
	      "a number that no call has is denied");
	pid = fork();
	if (!pid)
		_exit(syscall(SYS_getppid) == -1 && errno == EPERM ? 7 : 8);
	check(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		      WEXITSTATUS(status) == 7,
	      "to children as well, which may end");
	put_value("armed", 0, &no, 8);
	check(value_of("denied", SYS_getppid) == 2 &&
		      value_of("denied", 511) == 1,
	      "and counted");
	check(syscall(SYS_getppid) > 0, "it is disarmed");
	end();
}

/* ---- Pages ------------------------------------------------------------------------------- */

static void pages(void)
{
	const size_t size = 32 << 20, huge = 2 << 20;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t at = ((uintptr_t)map + huge) & ~(huge - 1), half = size / 4;
	uint64_t sparse[3] = {at, at + half, 4096};
	uint64_t dense[3] = {at + half, at + 2 * half, huge};

	if (map == MAP_FAILED || !begin("pages"))
		return;
	put_value("range", 0, sparse, sizeof(sparse));
	put_value("range", 15, dense, sizeof(dense));
	for (size_t i = 0; i < huge; i += 4096)
		((volatile char *)at)[i] = ((volatile char *)at)[half + i] = 1;
	printf("# faults %llu %llu\n",
	       (unsigned long long)value_of("faults", 0),
	       (unsigned long long)value_of("faults", 15));
	check(value_of("faults", 0) == 512, "512 small pages where it says so");
	check(value_of("faults", 15) == 1, "a huge one where it says that");
	end();
	munmap(map, size);
}

int main(int argc, char **argv)
{
	if (argc < 3 || libnimble_open(&n, NULL)) {
		printf("Bail out! %s\n", libnimble_message());
		return 1;
	}
	directory = argv[1];
	cpus = atoi(argv[2]);
	barrier();
	active();
	killed();
	batch();
	allow();
	pages();
	printf("1..%d\n", count);
	return 0;
}
