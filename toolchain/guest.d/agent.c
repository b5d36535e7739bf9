// SPDX-License-Identifier: MIT
// The guest's end of the channel: runs one command and carries its streams.
//
// usage: agent PORT
//
// Reads a COMMAND frame from the virtio port PORT, runs it with three pipes,
// and sends what comes out of them, then its exit status (see frame.h).
#include "toolchain/guest.d/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct agent {
	int port;
	pid_t child;
	int exited; /* a pidfd, readable once the child has ended */
	int input; /* the child's standard input, or -1 */
	int output, error; /* or -1 */
	size_t input_done; /* bytes of the frame in hand that it has taken */
	bool have_input; /* in holds an INPUT frame not yet wholly taken */
	struct frame_transfer in;
};

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		fail("fcntl");
}

/* The port exists a little before the guest learns that its host is there. */
static int open_port(const char *path)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int fd;

	for (int tries = 0; tries < 10000; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0) {
			struct pollfd port = {.fd = fd, .events = POLLOUT};

			if (poll(&port, 1, 0) > 0 && !(port.revents & POLLHUP))
				return fd;
			close(fd);
		}
		nanosleep(&pause, NULL);
	}
	fail(path);
}

static void send_frame(struct agent *a, struct frame_transfer *out)
{
	int ret;

	while ((ret = frame_write(a->port, out)) == 0)
		;
	if (ret < 0)
		fail("port");
}

static void read_command(struct agent *a)
{
	int ret;

	while ((ret = frame_read(a->port, &a->in)) == 0)
		;
	if (ret < 0 || a->in.frame.head.type != FRAME_COMMAND)
		fail("no command");
	a->in.done = 0;
}

/* Points args, which has room for size of them, into a COMMAND's payload. */
static void split_command(struct frame *frame, char **args, size_t size)
{
	char *at = (char *)frame->payload;
	char *end = at + frame->head.length;
	size_t n = 0;

	for (; at < end && n < size - 1; at += strlen(at) + 1)
		args[n++] = at;
	args[n] = NULL;
}

/* Status as a shell has it for a command that could not be run. */
static _Noreturn void run(char **args, const int stdio[3])
{
	int status;

	for (int fd = 0; fd < 3; fd++)
		if (dup2(stdio[fd], fd) < 0)
			_exit(126);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	execvp(args[0], args);
	status = errno == ENOENT ? 127 : 126;
	fprintf(stderr, "guest: %s: %s\n", args[0], strerror(errno));
	_exit(status);
}

static void make_pipe(int *reads, int *writes)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	*reads = ends[0];
	*writes = ends[1];
}

static void start_command(struct agent *a)
{
	static char *args[FRAME_MAX + 1];
	int stdio[3];

	split_command(&a->in.frame, args, FRAME_MAX + 1);
	make_pipe(&stdio[0], &a->input);
	make_pipe(&a->output, &stdio[1]);
	make_pipe(&a->error, &stdio[2]);
	a->child = fork();
	if (a->child < 0)
		fail("fork");
	if (a->child == 0)
		run(args, stdio);
	for (int i = 0; i < 3; i++)
		close(stdio[i]);
	set_nonblocking(a->input);
	set_nonblocking(a->output);
	set_nonblocking(a->error);
	a->exited = pidfd_open(a->child, 0);
	if (a->exited < 0)
		fail("pidfd_open");
}

/* Sends one read's worth; returns whether there was any. */
static bool send_output(struct agent *a, int *fd, enum frame_type type)
{
	static struct frame_transfer out;
	int ret = frame_fill(&out, type, *fd);

	if (ret > 0) {
		send_frame(a, &out);
		return true;
	}
	if (ret != -EAGAIN && ret != -EINTR) {
		close(*fd);
		*fd = -1;
	}
	return false;
}

static void close_input(struct agent *a)
{
	if (a->input >= 0)
		close(a->input);
	a->input = -1;
}

static void take_frame(struct agent *a)
{
	int ret = frame_read(a->port, &a->in);

	if (ret < 0)
		fail("port");
	if (ret == 0)
		return;
	a->in.done = 0;
	a->input_done = 0;
	a->have_input = a->in.frame.head.length > 0;
	if (!a->have_input)
		close_input(a);
}

/* A command that has closed its input loses the rest of it. */
static void give_input(struct agent *a)
{
	const struct frame *frame = &a->in.frame;
	ssize_t put = write(a->input, frame->payload + a->input_done,
			    frame->head.length - a->input_done);

	if (put < 0 && errno != EAGAIN) {
		close_input(a);
		return;
	}
	if (put > 0)
		a->input_done += (size_t)put;
	a->have_input = a->input_done < frame->head.length;
}

/* One round of copying; returns false once the command has ended. */
static bool step(struct agent *a)
{
	bool reading = a->input >= 0 && !a->have_input;
	struct pollfd fds[] = {
		{.fd = a->exited, .events = POLLIN},
		{.fd = a->output, .events = POLLIN},
		{.fd = a->error, .events = POLLIN},
		{.fd = reading ? a->port : -1, .events = POLLIN},
		{.fd = a->have_input ? a->input : -1, .events = POLLOUT},
	};

	if (poll(fds, 5, -1) < 0 && errno != EINTR)
		fail("poll");
	if (fds[1].revents)
		send_output(a, &a->output, FRAME_OUTPUT);
	if (fds[2].revents)
		send_output(a, &a->error, FRAME_ERROR);
	if (fds[3].revents)
		take_frame(a);
	if (fds[4].revents)
		give_input(a);
	return !fds[0].revents;
}

static void send_status(struct agent *a)
{
	static struct frame_transfer out;
	uint32_t code;
	int status;

	if (waitpid(a->child, &status, 0) != a->child)
		fail("waitpid");
	code = (uint32_t)(WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					      : WEXITSTATUS(status));
	out.frame.head = (struct frame_header){FRAME_STATUS, sizeof(code)};
	memcpy(out.frame.payload, &code, sizeof(code));
	send_frame(a, &out);
}

/*
 * What the command's own descendants still hold open is not waited for: only
 * what they wrote before it ended is passed on.
 */
static void drain(struct agent *a)
{
	while (a->output >= 0 && send_output(a, &a->output, FRAME_OUTPUT))
		;
	while (a->error >= 0 && send_output(a, &a->error, FRAME_ERROR))
		;
}

int main(int argc, char **argv)
{
	static struct agent a;

	if (argc != 2) {
		fputs("usage: agent PORT\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	a.port = open_port(argv[1]);
	read_command(&a);
	start_command(&a);
	while (step(&a))
		;
	drain(&a);
	send_status(&a);
	return 0;
}
