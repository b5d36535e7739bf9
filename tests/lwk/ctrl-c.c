/* SPDX-License-Identifier: MIT */
/* Runs a command on a terminal of its own, types Ctrl-C once it is listed by `lwk
 * ps`, and says how it ended: "exit N" or "signal N". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 200

static int is_listed(pid_t pid)
{
	char command[64];

	snprintf(command, sizeof(command), "lwk ps | grep -qw %d", pid);
	return system(command) == 0;
}

/* Reads what comes, as a terminal would, until it has ended. */
static void drain(int terminal)
{
	char text[256];

	while (read(terminal, text, sizeof(text)) > 0)
		;
}

int main(int argc, char **argv)
{
	int terminal, status, tries = 0;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = forkpty(&terminal, NULL, NULL, NULL);
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (!is_listed(pid) && ++tries < TRIES)
		poll(NULL, 0, 50);
	if (write(terminal, "\003", 1) != 1)
		return 2;
	drain(terminal);
	if (waitpid(pid, &status, 0) != pid)
		return 2;
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	return 0;
}
