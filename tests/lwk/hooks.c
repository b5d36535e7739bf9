/* SPDX-License-Identifier: MIT */
/* A program on the LWK with an extension on every hook that it may have. Prints TAP.
 * Arguments: the directory of the .nx files; the file of foreign_tasks(). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libnimble/libnimble.h"
#include "tests/ext/hooks.h"

static int count;
static struct libnimble *n;
static uint32_t id;

static void check(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++count, name);
	if (!passed)
		printf("# %s\n", libnimble_message());
	fflush(stdout);
}

static uint64_t seen(uint32_t what)
{
	uint64_t value = 0;
	uint32_t map;

	if (libnimble_find_map(n, id, "seen", &map, NULL) ||
	    libnimble_map_lookup(n, id, map, &what, sizeof(what), &value,
				 sizeof(value)))
		check(false, "it is asked");
	return value;
}

static void want(uint32_t what, uint64_t value)
{
	uint32_t map;

	if (libnimble_find_map(n, id, "wants", &map, NULL) ||
	    libnimble_map_update(n, id, map, &what, sizeof(what), &value,
				 sizeof(value)))
		check(false, "it is told");
}

static bool within_seconds(bool (*done)(void))
{
	const struct timespec t = {0, 1000000};

	for (int i = 0; i < 5000; i++) {
		if (done())
			return true;
		nanosleep(&t, NULL);
	}
	return false;
}

/* ---- System calls ------------------------------------------------------------- */

/* lseek() by hand: what its argument registers hold afterwards. */
static long raw_lseek(long fd, long offset, long whence, long after[3])
{
	long ret;

	asm volatile("syscall"
		     : "=a"(ret), "+D"(fd), "+S"(offset), "+d"(whence)
		     : "a"(SYS_lseek)
		     : "rcx", "r11", "memory");
	after[0] = fd;
	after[1] = offset;
	after[2] = whence;
	return ret;
}

/* Of getuid(), the quickest of many. */
static uint64_t least_cycles(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 50; i++) {
		uint64_t begin = __builtin_ia32_rdtsc(), took;

		syscall(SYS_getuid);
		took = __builtin_ia32_rdtsc() - begin;
		if (took < least)
			least = took;
	}
	return least;
}

static void calls(void)
{
	uint64_t local, delegated;
	int fd = open("/etc/passwd", O_RDONLY);
	struct nimble_detail *d = NULL;
	long after[3];

	want(WANTS_FD, (uint64_t)fd);
	check(raw_lseek(1000, 5, 77, after) == 99,
	      "a call is made with other arguments");
	check(after[0] == 1000 && after[1] == 5 && after[2] == 77,
	      "and the program's registers are its own");
	check(syscall(SYS_getppid) == 4711, "a result is changed");
	check(syscall(SYS_getpgrp) == -1 && errno == EACCES,
	      "a call is denied with an errno");
	want(WANTS_DELEGATED, 0);
	local = least_cycles();
	want(WANTS_DELEGATED, 1);
	delegated = least_cycles();
	check(syscall(SYS_getuid) == getuid() && delegated > local * 3 / 2,
	      "a call is delegated that the LWK would have served");
	printf("# %lu cycles here, %lu delegated\n", local, delegated);
	want(WANTS_DELEGATED, 0);
	check(syscall(SYS_sync) == 0, "a result that means nothing is none");
	if (!libnimble_show(n, id, &d))
		check(libnimble_hooks(d)[0].ignored == 1, "and is counted");
	free(d);
	close(fd);
}

/* ---- Faults ---------------------------------------------------------------------- */

static sigjmp_buf back;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

/* Faults of touching so many pages, one after the other, of a mapping of 8 MiB. */
static uint64_t faults_of(int pages, uint64_t bytes)
{
	size_t size = 8 << 20, huge = 2 << 20;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	volatile char *at =
		(char *)(((uintptr_t)map + huge) & ~(uintptr_t)(huge - 1));
	uint64_t before;

	want(WANTS_BYTES, bytes);
	before = seen(SEEN_FAULTS);
	for (int i = 0; i < pages; i++)
		at[i * 4096L] = 1;
	before = seen(SEEN_FAULTS) - before;
	want(WANTS_BYTES, 0);
	munmap(map, size);
	return before;
}

static void page_sizes(void)
{
	uint64_t faults = faults_of(64, 4096);

	check(faults == 64, "a fault brings in one page");
	printf("# %llu\n", (unsigned long long)faults);
	faults = faults_of(64, 65536);
	check(faults == 4, "or sixteen");
	printf("# %llu\n", (unsigned long long)faults);
	faults = faults_of(512, 2 << 20);
	check(faults == 1, "or a huge one");
	printf("# %llu\n", (unsigned long long)faults);
}

static void faults(void)
{
	volatile char *page =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *none =
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t before = seen(SEEN_FAULTS);

	signal(SIGSEGV, on_fault);
	if (!sigsetjmp(back, 1)) {
		*(volatile char *)none;
		check(false, "a fault is a signal");
	}
	check(seen(SEEN_FAULTS) > before, "a page fault is seen");
	want(WANTS_NO_PAGE, (uint64_t)none >> 12);
	if (mprotect(none, 4096, PROT_READ | PROT_WRITE))
		abort();
	if (!sigsetjmp(back, 1)) {
		*(volatile char *)none = 1;
		check(false, "an access that it denies is a signal");
	} else {
		check(true, "an access that it denies is a signal");
	}
	want(WANTS_NO_PAGE, 0);
	*(volatile char *)none = 2;
	*page = 1;
	check(*page == 1 && *none == 2, "one that it lets be is none");
	signal(SIGSEGV, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
	asm volatile("int3");
	check(seen(SEEN_VECTOR) == 3, "an exception is swallowed");
}

/* ---- Threads ----------------------------------------------------------------------- */

static void *nothing(void *arg)
{
	*(pid_t *)arg = (pid_t)syscall(SYS_gettid);
	return NULL;
}

static void tasks(void)
{
	pthread_t thread;
	pid_t tid, pid;

	pthread_create(&thread, NULL, nothing, &tid);
	pthread_join(thread, NULL);
	check(seen(SEEN_CREATED) == (uint64_t)tid &&
		      seen(SEEN_ENDED) == (uint64_t)tid,
	      "a thread's beginning and end are seen");
	pid = fork();
	if (!pid) {
		execl("/bin/busybox", "true", NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	check(seen(SEEN_CREATED) == (uint64_t)pid &&
		      seen(SEEN_EXECS) == (uint64_t)pid &&
		      seen(SEEN_ENDED) == (uint64_t)pid,
	      "a child's, and its execve, too");
}

/* The file to which another job appends each time that it has made a process. */
static const char *others;
static off_t others_began;

static off_t size_of_others(void)
{
	struct stat s;

	return stat(others, &s) ? 0 : s.st_size;
}

static bool others_have_made_some(void)
{
	return size_of_others() >= others_began + 4;
}

static void foreign_tasks(void)
{
	uint64_t before = seen(SEEN_TASKS);

	others_began = size_of_others();
	check(within_seconds(others_have_made_some),
	      "another job makes processes");
	check(before && seen(SEEN_TASKS) == before,
	      "of its tasks nothing is seen");
}

/* ---- Direct calls, timers, messages ---------------------------------------------------- */

static bool ten_times(void)
{
	return seen(SEEN_TIMER) == 10;
}

static void direct(void)
{
	uint64_t args[8] = {40, 2};

	want(WANTS_CALL, CALL_ADD);
	check(!libnimble_call(id, args) && args[2] == 42,
	      "a direct call adds two numbers");
	check(libnimble_call(9999, args) == -ENOENT, "of nobody is ENOENT");
	check(syscall(LWK_SYS_NIMBLE_CALL, id, 8) == -1 && errno == EFAULT,
	      "with bad arguments is EFAULT");
	want(WANTS_CALL, CALL_NONSENSE);
	check(libnimble_call(id, args) == -EPROTO, "with nonsense is EPROTO");
	want(WANTS_CALL, CALL_BATCH);
	want(WANTS_NR, SYS_getpid);
	want(WANTS_CALLS, 10);
	check(!libnimble_call(id, args) && args[0] == 10UL * (uint64_t)getpid(),
	      "ten system calls by one");
	check(seen(SEEN_CALLS) == 11, "in eleven runs");
	want(WANTS_CALL, CALL_TIMER);
	check(!libnimble_call(id, args) && !args[0] &&
		      within_seconds(ten_times),
	      "a timer fires again and again");
}

static volatile sig_atomic_t signals;

static void on_message(int signal)
{
	(void)signal;
	signals++;
}

static uint64_t messages_before, sum_before;

static bool all_messages(void)
{
	return seen(SEEN_MESSAGES) == messages_before + 30;
}

static int send(int cpu, uint64_t tag, uint64_t word)
{
	uint64_t args[8] = {(uint64_t)cpu, tag, word};
	int error = libnimble_call(id, args);

	return error ? error : (int)args[0];
}

static void messages(void)
{
	int failed = 0;

	want(WANTS_CALL, CALL_MESSAGE);
	messages_before = seen(SEEN_MESSAGES);
	sum_before = seen(SEEN_SUM);
	for (int i = 0; i < 30; i++)
		failed |= send(i % 3, 0, (uint64_t)i);
	check(!failed && within_seconds(all_messages) &&
		      seen(SEEN_SUM) - sum_before == 29 * 30 / 2,
	      "thirty messages arrive on three CPUs");
	check(seen(SEEN_SOURCE) == (uint64_t)getpid(), "the kernel says whose");
	check(send(3, 0, 0) == -EINVAL, "there is no fourth CPU");
	signal(SIGUSR1, on_message);
	for (int i = 0; i < 3; i++)
		send(i, SIGUSR1, 0);
	check(signals == 1,
	      "a handler's result is a signal for who runs there");
}

/* ---- Waiting in a direct call ------------------------------------------------ */

static void *wait_there(void *arg)
{
	uint64_t *args = arg;

	args[6] = CALL_SLEEP;
	return (void *)(intptr_t)libnimble_call(id, args);
}

/* Wake the last one that waits, which may be about to. */
static bool wake_it(void)
{
	uint64_t args[8] = {seen(SEEN_WAITER), [6] = CALL_WAKE};

	return !libnimble_call(id, args) && args[0] == 1;
}

static bool waits(void)
{
	return seen(SEEN_WAITER) != 0;
}

static pthread_t begin_waiting(uint64_t args[8])
{
	pthread_t thread;

	want(WANTS_GO, 0);
	pthread_create(&thread, NULL, wait_there, args);
	check(within_seconds(waits), "a thread waits in a direct call");
	return thread;
}

static void end_waiting(pthread_t thread, int expected, const char *name)
{
	uint32_t map, none = SEEN_WAITER;
	uint64_t zero = 0;
	void *result;

	pthread_join(thread, &result);
	check((int)(intptr_t)result == expected, name);
	if (!libnimble_find_map(n, id, "seen", &map, NULL))
		libnimble_map_update(n, id, map, &none, sizeof(none), &zero,
				     sizeof(zero));
}

static uint64_t runs;

static bool ran_again(void)
{
	return seen(SEEN_WAITS) > runs;
}

static void waiting(void)
{
	uint64_t args[8] = {0}, none[8] = {1, [6] = CALL_WAKE};
	pthread_t thread = begin_waiting(args);
	struct timespec before, after;
	int status;
	pid_t pid;

	runs = seen(SEEN_WAITS);
	check(within_seconds(wake_it) && within_seconds(ran_again),
	      "task_wake() has its hook called again");
	want(WANTS_GO, 1);
	check(within_seconds(wake_it), "once more");
	end_waiting(thread, 0, "what it waited for has come");
	check(!libnimble_call(id, none) && !none[0],
	      "who does not wait is not woken");

	want(WANTS_GO, 0);
	args[0] = args[7] = 0;
	args[1] = 20000000;
	clock_gettime(CLOCK_MONOTONIC, &before);
	check(!wait_there(args) && args[0] == (uint64_t)-ETIMEDOUT,
	      "a wait has an end");
	clock_gettime(CLOCK_MONOTONIC, &after);
	check((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec -
			      before.tv_nsec >=
		      20000000,
	      "after the time that was said");

	args[1] = args[7] = 0;
	signal(SIGUSR1, on_message);
	thread = begin_waiting(args);
	pthread_kill(thread, SIGUSR1);
	end_waiting(thread, -EINTR, "a signal ends it");

	pid = fork();
	if (!pid)
		_exit((int)(intptr_t)wait_there(args));
	check(within_seconds(waits) && !kill(pid, SIGKILL) &&
		      waitpid(pid, &status, 0) == pid && WIFSIGNALED(status),
	      "SIGKILL as well");
	check(!wake_it(), "it waits no more");
}

/* It goes while a thread waits in it. */
static void remove_under_one(void)
{
	uint64_t args[8] = {0};
	pthread_t thread = begin_waiting(args);

	check(!libnimble_remove(n, id), "it is removed");
	pthread_join(thread, (void **)&args[0]);
	check((int)args[0] == -ENOENT, "who waits in it is told so");
}

int main(int argc, char **argv)
{
	char path[512];
	int error;

	if (argc < 3 || libnimble_open(&n, NULL)) {
		printf("Bail out! %s\n", libnimble_message());
		return 1;
	}
	snprintf(path, sizeof(path), "%s/hooks.nx", argv[1]);
	others = argv[2];
	error = libnimble_load_file(n, path, 0, NULL, &id);
	check(!error && !libnimble_attach(n, id, NIMBLE_ALL, 0),
	      "an extension is attached to every hook for applications");
	calls();
	faults();
	page_sizes();
	tasks();
	foreign_tasks();
	direct();
	messages();
	waiting();
	remove_under_one();
	check(syscall(SYS_getppid) != 4711, "and does nothing any more");
	printf("1..%d\n", count);
	return 0;
}
