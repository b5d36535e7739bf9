/* SPDX-License-Identifier: MIT */
/* Calls that only read something: who asks gets the truth after it has changed, and
 * a thread that does nothing else still takes signals, ends when it is killed, and
 * shares its CPU. The same lines come from Linux and from the LWK. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t signalled;
static int ready[2];

static void on_signal(int signal)
{
	signalled = signal;
}

static int status_of(pid_t child)
{
	int status = -1;

	waitpid(child, &status, 0);
	return status;
}

/* A child that says that it is there and then loops on a leaf call. */
static pid_t looping_child(void)
{
	pid_t child;
	char byte;

	pipe(ready);
	child = fork();
	if (!child) {
		signal(SIGUSR1, on_signal);
		write(ready[1], "", 1);
		while (!signalled)
			syscall(SYS_getpid);
		_exit(7);
	}
	read(ready[0], &byte, 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void loops(void)
{
	struct itimerval soon = {.it_value.tv_usec = 20000};
	pid_t child = looping_child();

	kill(child, SIGUSR1);
	printf("signalled in its loop: status %#x\n", status_of(child));
	child = looping_child();
	kill(child, SIGKILL);
	printf("killed in its loop: status %#x\n", status_of(child));
	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!signalled)
		syscall(SYS_gettid);
	printf("its timer rang in the loop: %d\n", signalled == SIGALRM);
}

static volatile int turn;

static void *other(void *unused)
{
	turn = 1;
	while (turn == 1)
		syscall(SYS_getuid);
	return unused;
}

static void one_cpu(void)
{
	pthread_t thread;
	cpu_set_t all, one;
	int cpu = 0;

	sched_getaffinity(0, sizeof(all), &all);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	pthread_create(&thread, NULL, other, NULL);
	while (!turn)
		syscall(SYS_getpid);
	turn = 2;
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof(all), &all);
	printf("two loops share a CPU\n");
}

static void ids(const char *when)
{
	printf("%s: %ld %ld %ld %ld\n", when, syscall(SYS_getuid),
	       syscall(SYS_geteuid), syscall(SYS_getgid), syscall(SYS_getegid));
	fflush(stdout);
}

static void *thread_ids(void *leader)
{
	printf("in a thread: pid %d, id %d\n",
	       syscall(SYS_getpid) == *(pid_t *)leader,
	       syscall(SYS_gettid) != *(pid_t *)leader);
	return NULL;
}

static void *executes(void *self)
{
	execl(self, self, "leader", NULL);
	return NULL;
}

static void identity(char *self)
{
	pid_t me = getpid(), child;
	pthread_t thread;

	ids("at first");
	pthread_create(&thread, NULL, thread_ids, &me);
	pthread_join(thread, NULL);
	fflush(stdout);
	child = fork();
	if (!child) {
		printf("a child: %d %d\n", syscall(SYS_getpid) != me,
		       syscall(SYS_gettid) == syscall(SYS_getpid));
		setresgid(11, 12, 13);
		ids("setresgid");
		setgid(12);
		ids("setgid");
		setresuid(1, 2, 3);
		ids("setresuid");
		setreuid(-1, 1);
		ids("setreuid");
		pthread_create(&thread, NULL, executes, self);
		pause();
	}
	printf("the child: status %#x\n", status_of(child));
	ids("at last");
}

/* Waits for another parent; its id. */
static pid_t orphan(pid_t parent)
{
	pid_t now;

	while ((now = (pid_t)syscall(SYS_getppid)) == parent)
		;
	return now;
}

/* A child's child, whose parent ends in this way. */
static void loses_parent(const char *how, int signal)
{
	int result[2], start[2];
	pid_t child, now = -1;
	char byte;

	pipe(result);
	pipe(start);
	child = fork();
	if (!child) {
		pid_t parent = getpid();

		if (!fork()) {
			now = (pid_t)syscall(SYS_getppid) == parent;
			write(start[1], "", 1);
			now = now ? orphan(parent) : 0;
			write(result[1], &now, sizeof(now));
			_exit(0);
		}
		read(start[0], &byte, 1);
		if (signal)
			raise(signal);
		_exit(3);
	}
	status_of(child);
	close(result[1]);
	read(result[0], &now, sizeof(now));
	printf("its parent %s: now it is %d\n", how, now);
	close(result[0]);
	close(start[0]);
	close(start[1]);
}

static void parents(void)
{
	pid_t me = getpid(), child;

	printf("asked twice: %d\n",
	       syscall(SYS_getppid) == syscall(SYS_getppid));
	fflush(stdout);
	child = fork();
	if (!child) {
		for (int i = 0; i < 1000; i++)
			if (syscall(SYS_getppid) != me)
				_exit(1);
		_exit(0);
	}
	printf("a child knows its parent: status %#x\n", status_of(child));
	fflush(stdout);
	loses_parent("exits", 0);
	loses_parent("is killed", SIGKILL);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		ids("after exec");
		printf("the thread that did it leads: %d\n",
		       syscall(SYS_gettid) == syscall(SYS_getpid));
		return 4;
	}
	loops();
	fflush(stdout);
	one_cpu();
	fflush(stdout);
	identity(argv[0]);
	parents();
	return 0;
}
