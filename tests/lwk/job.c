/* SPDX-License-Identifier: MIT */
/* A shell with one job: runs a command that reads, in the foreground of a terminal
 * of its own, types Ctrl-Z once it is there, continues it in the foreground, types
 * Ctrl-C. Then the same in the background, ended by SIGTERM. Prints what wait()
 * says each time: "stopped N", "continued", "exit N" or "signal N". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 50

static void say(int out, int status)
{
	if (WIFSTOPPED(status))
		dprintf(out, "stopped %d\n", WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		dprintf(out, "continued\n");
	else if (WIFSIGNALED(status))
		dprintf(out, "signal %d\n", WTERMSIG(status));
	else
		dprintf(out, "exit %d\n", WEXITSTATUS(status));
}

static pid_t start(char **argv, int foreground)
{
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		if (foreground)
			tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		execvp(argv[0], argv);
		_exit(127);
	}
	setpgid(pid, pid);
	return pid;
}

/* On an LWK as `lwk ps` says; on Linux a moment is enough. */
static void wait_until_there(pid_t pid)
{
	char command[64];

	snprintf(command, sizeof(command), "lwk ps | grep -qw %d", pid);
	for (int tries = 0; tries < TRIES && system(command); tries++)
		poll(NULL, 0, 20);
	poll(NULL, 0, 100);
}

/* Its next event, within 5 seconds. */
static void next(int out, pid_t pid)
{
	int status;

	for (int tries = 0; tries < 100; tries++) {
		if (waitpid(pid, &status, WUNTRACED | WCONTINUED | WNOHANG) ==
		    pid) {
			say(out, status);
			return;
		}
		poll(NULL, 0, 50);
	}
	dprintf(out, "nothing\n");
}

/* Continued until it has ended: on the LWK it may stop once more before the signal
 * is there (toolchain/proxy/signals.h). */
static void finish(int out, pid_t pid)
{
	int status;

	for (int tries = 0; tries < 100; tries++) {
		kill(-pid, SIGCONT);
		if (waitpid(pid, &status, WNOHANG) == pid) {
			say(out, status);
			return;
		}
		poll(NULL, 0, 50);
	}
	dprintf(out, "nothing\n");
}

/* The keys are pressed by the one at the other end of the terminal. */
static void shell(char **argv, int out, int keys)
{
	pid_t pid = start(argv, 1);

	signal(SIGTTOU, SIG_IGN);
	wait_until_there(pid);
	dprintf(keys, "z");
	next(out, pid);
	tcsetpgrp(0, pid);
	kill(-pid, SIGCONT);
	next(out, pid);
	poll(NULL, 0, 200);
	dprintf(keys, "c");
	next(out, pid);

	tcsetpgrp(0, getpgrp());
	pid = start(argv, 0);
	next(out, pid);
	kill(-pid, SIGTERM);
	finish(out, pid);
}

static void press(int terminal, char key)
{
	char control = key & 0x1f;

	if (write(terminal, &control, 1) != 1)
		exit(2);
}

int main(int argc, char **argv)
{
	int terminal, keys[2], out = dup(1);
	char text[256], key;
	pid_t pid;

	if (argc < 2 || pipe(keys))
		return 2;
	pid = forkpty(&terminal, NULL, NULL, NULL);
	if (!pid) {
		close(keys[0]);
		shell(argv + 1, out, keys[1]);
		_exit(0);
	}
	close(keys[1]);
	fcntl(terminal, F_SETFL, O_NONBLOCK);
	while (read(keys[0], &key, 1) == 1) {
		press(terminal, key);
		while (read(terminal, text, sizeof(text)) > 0)
			;
	}
	waitpid(pid, NULL, 0);
	return 0;
}
