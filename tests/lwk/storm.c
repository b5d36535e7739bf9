/* SPDX-License-Identifier: MIT */
/* Copies standard input to standard output, one small read and write at a time,
 * while SIGUSR1 comes as often as somebody can send it; then says on standard
 * error how many signals it had, and how many calls were interrupted. With the
 * argument "restart", its handler has SA_RESTART, and no call may be. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile unsigned long signals;
static unsigned long interrupted;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static ssize_t again(ssize_t (*call)(int, void *, size_t), int fd, void *buffer,
		     size_t bytes)
{
	ssize_t n;

	while ((n = call(fd, buffer, bytes)) < 0 && errno == EINTR)
		interrupted++;
	return n;
}

static ssize_t do_write(int fd, void *buffer, size_t bytes)
{
	return write(fd, buffer, bytes);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	char buffer[512];
	ssize_t n, done;

	if (argc > 1 && strcmp(argv[1], "restart") == 0)
		action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	fprintf(stderr, "ready\n");
	while ((n = again(read, 0, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0; at < n; at += done) {
			done = again(do_write, 1, buffer + at, n - at);
			if (done < 0)
				return 1;
		}
	fprintf(stderr, "signals %lu interrupted %lu\n", signals, interrupted);
	return n < 0 || (action.sa_flags && interrupted);
}
