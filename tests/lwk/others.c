// SPDX-License-Identifier: MIT
/* What processes do to one another and ask about themselves: the same lines on Linux and on
 * the LWK. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 200

static volatile sig_atomic_t ticks;

static const char *said(long result)
{
	return result < 0 ? strerror(errno) : "ok";
}

static void tick(int signal)
{
	(void)signal;
	ticks++;
}

static long ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

/* It counts while the program computes, and not while it sleeps. */
static void own_time(int which, int signo, const char *name)
{
	struct itimerval set = {{0, 20000}, {0, 20000}}, off = {}, old;
	struct timespec start, pause = {0, 200000000};
	sigset_t set_of_one;

	signal(signo, tick);
	ticks = 0;
	setitimer(which, &set, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (ticks < 3 && ms_since(&start) < 10000)
		;
	printf("%s: computing, %d, %s\n", name, ticks >= 3,
	       ms_since(&start) >= 40 ? "not too soon" : "too soon");
	sigemptyset(&set_of_one);
	sigaddset(&set_of_one, signo);
	sigprocmask(SIG_BLOCK, &set_of_one, NULL);
	set.it_value.tv_usec = 150000;
	setitimer(which, &set, NULL);
	nanosleep(&pause, NULL);
	sigpending(&set_of_one);
	printf("%s: asleep, %d\n", name, sigismember(&set_of_one, signo));
	printf("%s: %s", name, said(setitimer(which, &off, &old)));
	printf(", %s left, interval %ld\n",
	       old.it_value.tv_usec > 50000 ? "much" : "little",
	       (long)old.it_interval.tv_usec);
	getitimer(which, &old);
	printf("%s: off %ld\n", name, (long)old.it_value.tv_usec);
	sigprocmask(SIG_UNBLOCK, &set_of_one, NULL);
}

static pid_t sleeper(void)
{
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	return child;
}

static void affinity(pid_t child)
{
	cpu_set_t mine, set, one;
	int first = 0;

	CPU_ZERO(&one);
	sched_getaffinity(0, sizeof(mine), &mine);
	printf("child's CPUs: %s",
	       said(sched_getaffinity(child, sizeof(set), &set)));
	printf(" %s\n", CPU_EQUAL(&mine, &set) ? "mine" : "others");
	while (!CPU_ISSET(first, &mine))
		first++;
	CPU_SET(first, &one);
	printf("set: %s", said(sched_setaffinity(child, sizeof(one), &one)));
	sched_getaffinity(child, sizeof(set), &set);
	printf(" %s\n", CPU_EQUAL(&one, &set) ? "done" : "not done");
	printf("parent's: %s\n",
	       said(sched_getaffinity(getppid(), sizeof(set), &set)));
	printf("nobody's: %s\n",
	       said(sched_getaffinity(999999, sizeof(set), &set)));
	printf("policy: %d %d %s\n", sched_getscheduler(child),
	       sched_getscheduler(getppid()), said(sched_getscheduler(999999)));
}

static void reach(pid_t child, char *memory)
{
	char text[2][8] = {"", ""};
	struct iovec local[2] = {{text[0], 4}, {text[1], 4}};
	struct iovec remote[2] = {{memory + 4094, 5}, {memory + 8192, 3}};
	struct iovec none = {NULL, 8};

	memcpy(memory + 4094, "abcde", 5);
	printf("read: %zd", process_vm_readv(child, local, 2, remote, 2, 0));
	printf(" %.4s %.4s\n", text[0], text[1]);
	memcpy(text[0], "wxyz", 4);
	printf("write: %zd", process_vm_writev(child, local, 1, remote, 1, 0));
	printf(", mine is %.5s\n", memory + 4094);
	process_vm_readv(child, &local[1], 1, remote, 1, 0);
	printf("its: %.4s\n", text[1]);
	printf("nothing there: %s\n",
	       said(process_vm_readv(child, local, 1, &none, 1, 0)));
	printf("flags: %s\n",
	       said(process_vm_readv(child, local, 1, remote, 1, 1)));
	printf("nobody: %s\n",
	       said(process_vm_readv(999999, local, 1, remote, 1, 0)));
}

static void settings(void)
{
	int signal = -1, reaper = -1;

	printf("no new privileges: %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	printf(" %s", said(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
	printf(" %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	printf(" %s\n", said(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)));
	printf("death: %s", said(prctl(PR_SET_PDEATHSIG, SIGUSR1)));
	prctl(PR_GET_PDEATHSIG, &signal);
	printf(" %d\n", signal == SIGUSR1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_GET_CHILD_SUBREAPER, &reaper);
	printf("reaper: %d, secure bits %d, capability %d, dumpable %d\n",
	       reaper, prctl(PR_GET_SECUREBITS), prctl(PR_CAPBSET_READ, 1),
	       prctl(PR_GET_DUMPABLE));
}

/* The child of one that ends gets the signal that it has asked for. */
static void orphan(void)
{
	int pipe_fd[2];
	char c = '-';

	if (pipe(pipe_fd))
		return;
	if (!fork()) {
		pid_t child = fork();

		if (!child) {
			sigset_t set;
			int got = 0;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			c = 'r';
			if (write(pipe_fd[1], &c, 1) == 1)
				sigwait(&set, &got);
			c = got == SIGUSR2 ? 'd' : '?';
			_exit(write(pipe_fd[1], &c, 1) != 1);
		}
		_exit(read(pipe_fd[0], &c, 1) != 1);
	}
	wait(NULL);
	close(pipe_fd[1]);
	printf("parent's death: %c\n", read(pipe_fd[0], &c, 1) == 1 ? c : '-');
}

static sem_t *there, *back; /* in a file's memory */
static int ends[2];

static void *answer(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(there);
		if (write(ends[1], "a", 1) != 1)
			break;
		sem_post(back);
	}
	return unused;
}

/* Threads wait in memory that is shared with others while their process's other threads
 * make calls. */
static void semaphores(void)
{
	int fd = memfd_create("semaphores", 0), rounds = 0;
	pthread_t thread;
	char c[2];

	if (ftruncate(fd, 4096) || pipe(ends))
		return;
	there = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	back = there + 1;
	sem_init(there, 1, 0);
	sem_init(back, 1, 0);
	pthread_create(&thread, NULL, answer, NULL);
	for (; rounds < ROUNDS; rounds++) {
		if (write(ends[1], "b", 1) != 1)
			break;
		sem_post(there);
		sem_wait(back);
		if (read(ends[0], c, 2) != 2)
			break;
	}
	pthread_join(thread, NULL);
	printf("semaphores: %d rounds\n", rounds);
}

int main(void)
{
	char *memory = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memcpy(memory + 4094, "12345", 5);
	memcpy(memory + 8192, "678", 3);
	child = sleeper();
	affinity(child);
	reach(child, memory);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	own_time(ITIMER_VIRTUAL, SIGVTALRM, "virtual");
	own_time(ITIMER_PROF, SIGPROF, "profile");
	orphan();
	semaphores();
	settings();
	return 0;
}
