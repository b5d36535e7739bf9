// SPDX-License-Identifier: MIT
/* Threads, fork, exec and shared memory: prints what a program can see of them.
 * The same lines come from Linux and from the LWK. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 2000
#define BIG (4UL << 20)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static long counter;
static volatile sig_atomic_t alarms;

static void *count(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void threads(void)
{
	pthread_t thread[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, count, NULL))
			printf("no thread %d\n", i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("threads: %d counted to %ld\n", THREADS, counter);
}

static int status_of(pid_t child)
{
	int status = -1;

	if (waitpid(child, &status, 0) != child)
		printf("waitpid: %s\n", strerror(errno));
	return status;
}

/* Neither process may see what the other writes after a fork. */
static void copies(void)
{
	unsigned char *big = mmap(NULL, BIG, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t wrong = 0;
	pid_t child;

	memset(big, 1, BIG);
	child = fork();
	if (!child) {
		for (size_t i = 0; i < BIG; i++)
			wrong += big[i] != 1;
		memset(big, 2, BIG);
		*shared = wrong ? -1 : 7;
		_exit(3);
	}
	printf("fork: status %#x\n", status_of(child));
	for (size_t i = 0; i < BIG; i++)
		wrong += big[i] != 1;
	printf("fork: %zu bytes are wrong, shared %d\n", wrong, *shared);
	child = fork();
	if (!child) {
		raise(SIGKILL);
		_exit(0);
	}
	printf("killed: status %#x\n", status_of(child));
	printf("none left: %d\n", waitpid(-1, NULL, 0) < 0 ? errno : 0);
	munmap(big, BIG);
	munmap(shared, 4096);
}

static void executes(const char *self)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		execl(self, "another name", "said", NULL);
		_exit(1);
	}
	printf("exec: status %#x\n", status_of(child));
	execl("./no-such-file", "x", NULL);
	printf("exec of nothing: %s\n", strerror(errno));
	execl("/", "x", NULL);
	printf("exec of a folder: %s\n", strerror(errno));
}

static void file_mappings(void)
{
	int fd = open("/tmp/processes.map", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char text[6] = "";
	char *map;
	pid_t child;

	if (ftruncate(fd, 8192))
		printf("ftruncate: %s\n", strerror(errno));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		printf("file: %s\n", strerror(errno));
		return;
	}
	memcpy(map + 4094, "hello", 5);
	printf("file: %zd bytes, %.5s\n", pread(fd, text, 5, 4094), text);
	if (pwrite(fd, "HELLO", 5, 4094) != 5)
		printf("pwrite: %s\n", strerror(errno));
	printf("file: the mapping has %.5s\n", map + 4094);
	child = fork();
	if (!child) {
		map[0] = 'c';
		_exit(0);
	}
	status_of(child);
	printf("file: the child wrote %c\n", map[0]);
	munmap(map, 8192);
	close(fd);
	unlink("/tmp/processes.map");
}

static void segments(void)
{
	int id = shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0600);
	char *at = shmat(id, NULL, 0);
	struct shmid_ds ds;
	pid_t child;

	if (at == (void *)-1) {
		printf("shmat: %s\n", strerror(errno));
		return;
	}
	child = fork();
	if (!child) {
		at[4999] = 's';
		_exit(0);
	}
	status_of(child);
	shmctl(id, IPC_STAT, &ds);
	printf("segment: %c, attached %lu\n", at[4999],
	       (unsigned long)ds.shm_nattch);
	printf("shmdt: %d\n", shmdt(at));
	printf("again: %d\n", shmdt(at) ? errno : 0);
	shmctl(id, IPC_RMID, NULL);
}

static void on_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static void timers(void)
{
	struct itimerval every = {{0, 10000}, {0, 10000}}, none = {0};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
				 .sigev_signo = SIGALRM};
	struct itimerspec once = {.it_value.tv_nsec = 1000000};
	timer_t timer;
	sigset_t set, old;

	signal(SIGALRM, on_alarm);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, &old);
	setitimer(ITIMER_REAL, &every, NULL);
	while (alarms < 3)
		sigsuspend(&old);
	setitimer(ITIMER_REAL, &none, NULL);
	alarms = 0;
	printf("timer: %d\n", timer_create(CLOCK_MONOTONIC, &event, &timer));
	timer_settime(timer, 0, &once, NULL);
	while (!alarms)
		sigsuspend(&old);
	printf("timers: they rang\n");
	timer_delete(timer);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* What a child used, as those see it who wait for it. */
static void usage(void)
{
	struct rusage one, all, again;
	struct timespec start, now;
	struct tms tms;
	pid_t child = fork();

	if (!child) {
		char *big = malloc(BIG * 2);

		memset(big, 1, BIG * 2);
		clock_gettime(CLOCK_MONOTONIC, &start);
		do
			clock_gettime(CLOCK_MONOTONIC, &now);
		while ((now.tv_sec - start.tv_sec) * 1000 +
			       (now.tv_nsec - start.tv_nsec) / 1000000 <
		       200);
		_exit(big[BIG] - 1);
	}
	getrusage(RUSAGE_CHILDREN, &again);
	wait4(child, NULL, 0, &one);
	getrusage(RUSAGE_CHILDREN, &all);
	times(&tms);
	printf("child: %s ms, %s KiB\n",
	       one.ru_utime.tv_usec + one.ru_stime.tv_usec > 50000 ? "50" : "0",
	       one.ru_maxrss > 8000 ? "8000" : "few");
	printf("children: %s ms, %s KiB, %s ticks\n",
	       all.ru_utime.tv_usec + all.ru_stime.tv_usec -
				       again.ru_utime.tv_usec -
				       again.ru_stime.tv_usec >
			       50000
		       ? "50"
		       : "0",
	       all.ru_maxrss > 8000 ? "8000" : "few",
	       tms.tms_cutime + tms.tms_cstime >= 5 ? "5" : "0");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("exec: %s %s\n", argv[0], argv[1]);
		return 42;
	}
	printf("AT_SECURE %lu, uids %d\n", getauxval(AT_SECURE),
	       getauxval(AT_UID) == getuid() &&
		       getauxval(AT_EGID) == getegid());
	fflush(stdout);
	threads();
	fflush(stdout);
	copies();
	fflush(stdout);
	executes(argv[0]);
	file_mappings();
	fflush(stdout);
	segments();
	timers();
	fflush(stdout);
	usage();
	return 5;
}
