/* SPDX-License-Identifier: MIT */
/* Signals from other processes: sent both | who | pause | start.
 *
 * both: says "ready" on standard error, fills a pipe and blocks in a write to it; SIGUSR1's
 * handler makes a call and ends the program with 7, SIGTERM ends it. who: says "ready",
 * then who has sent it SIGUSR1. pause: until its alarm rings. start: how many of its first
 * 64 descriptors are open. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void end(int signal)
{
	(void)signal;
	_exit(write(STDOUT_FILENO, "handled\n", 8) == 8 ? 7 : 8);
}

static void ready(void)
{
	fputs("ready\n", stderr);
}

static int both(void)
{
	static char data[4096];
	int ends[2];

	signal(SIGUSR1, end);
	if (pipe(ends))
		return 1;
	ready();
	for (;;)
		if (write(ends[1], data, sizeof(data)) < 0)
			return 2;
}

static int who(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ready();
	if (sigwaitinfo(&set, &info) != SIGUSR1)
		return 1;
	printf("uid %d, pid %d\n", (int)info.si_uid, (int)info.si_pid);
	return 0;
}

static void nothing(int signal)
{
	(void)signal;
}

static int pause_for_alarm(void)
{
	signal(SIGALRM, nothing);
	alarm(1);
	printf("pause gives %d\n", pause());
	return 0;
}

static int descriptors(void)
{
	int fd, open = 0;

	for (fd = 0; fd < 64; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	printf("%d descriptors\n", open);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (!strcmp(what, "both"))
		return both();
	if (!strcmp(what, "who"))
		return who();
	if (!strcmp(what, "pause"))
		return pause_for_alarm();
	if (!strcmp(what, "start"))
		return descriptors();
	return 9;
}
