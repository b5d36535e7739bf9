// SPDX-License-Identifier: MIT
// The host's end of the channel: a command's streams in and out of a guest.
//
// usage: stream FROM-GUEST TO-GUEST STATUS COMMAND [ARG...]
//
// Sends COMMAND to the agent, copies standard input to it and its two output
// streams to ours, and writes its exit status to the file STATUS. Ends with 0
// once that is written; with 1 when the channel ends before (the guest died).
// SIGUSR1 says that nothing more will come from the guest: what is on its way is
// still copied, and that is the end.
#include "toolchain/guest.d/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t no_more;

struct stream {
	int from_guest, to_guest;
	const char *status_path;
	bool input_open; /* standard input has not ended */
	bool sending; /* out holds a frame not yet wholly sent */
	struct frame_transfer in, out;
};

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "guest: %s: %s\n", what, strerror(error));
	exit(1);
}

static int open_channel(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		fail(path, errno);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		fail(path, errno);
	return fd;
}

static void command_frame(struct frame_transfer *out, char **args)
{
	struct frame *frame = &out->frame;
	size_t used = 0;

	for (; *args; args++) {
		size_t size = strlen(*args) + 1;

		if (size > FRAME_MAX - used)
			fail("the command", E2BIG);
		memcpy(frame->payload + used, *args, size);
		used += size;
	}
	frame->head.type = FRAME_COMMAND;
	frame->head.length = (uint32_t)used;
	out->done = 0;
}

static void write_all(int fd, const unsigned char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t put = write(fd, bytes, length);
		struct pollfd writable = {.fd = fd, .events = POLLOUT};

		if (put < 0 && errno == EAGAIN) {
			poll(&writable, 1, -1);
			continue;
		}
		if (put < 0 && errno != EINTR)
			fail("output", errno);
		if (put > 0) {
			bytes += put;
			length -= (size_t)put;
		}
	}
}

static _Noreturn void finish(const struct stream *s, uint32_t status)
{
	FILE *file = fopen(s->status_path, "w");

	if (!file || fprintf(file, "%u\n", status) < 0 || fclose(file) != 0)
		fail(s->status_path, errno);
	exit(0);
}

static void receive(struct stream *s)
{
	const struct frame *frame = &s->in.frame;
	int ret = frame_read(s->from_guest, &s->in);
	uint32_t status;

	if (ret == -EPIPE)
		exit(1);
	if (ret < 0)
		fail("the guest's channel", -ret);
	if (ret == 0)
		return;
	s->in.done = 0;
	switch (frame->head.type) {
	case FRAME_OUTPUT:
		write_all(STDOUT_FILENO, frame->payload, frame->head.length);
		break;
	case FRAME_ERROR:
		write_all(STDERR_FILENO, frame->payload, frame->head.length);
		break;
	case FRAME_STATUS:
		memcpy(&status, frame->payload, sizeof(status));
		finish(s, status);
	default:
		fail("the guest's channel", EPROTO);
	}
}

static void send(struct stream *s)
{
	int ret = frame_write(s->to_guest, &s->out);

	if (ret < 0)
		fail("the guest's channel", -ret);
	s->sending = ret == 0;
}

/* Takes input; an error on it counts as its end. */
static void take_input(struct stream *s)
{
	int ret = frame_fill(&s->out, FRAME_INPUT, STDIN_FILENO);

	if (ret == -EAGAIN || ret == -EINTR)
		return;
	if (ret < 0)
		s->out.frame.head = (struct frame_header){FRAME_INPUT, 0};
	s->input_open = ret > 0;
	s->sending = true;
}

static void on_no_more(int signal)
{
	(void)signal;
	no_more = 1;
}

/* SIGUSR1 comes only while we wait in step(). */
static void watch_no_more(sigset_t *waiting)
{
	struct sigaction action = {.sa_handler = on_no_more};
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, waiting);
	sigdelset(waiting, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
}

static void drain(struct stream *s)
{
	struct pollfd from_guest = {.fd = s->from_guest, .events = POLLIN};

	while (poll(&from_guest, 1, 0) > 0)
		receive(s);
	exit(1);
}

static void step(struct stream *s, const sigset_t *waiting)
{
	bool taking = s->input_open && !s->sending;
	struct pollfd fds[] = {
		{.fd = s->from_guest, .events = POLLIN},
		{.fd = s->sending ? s->to_guest : -1, .events = POLLOUT},
		{.fd = taking ? STDIN_FILENO : -1, .events = POLLIN},
	};

	if (ppoll(fds, 3, NULL, waiting) < 0) {
		if (errno != EINTR)
			fail("poll", errno);
		if (no_more)
			drain(s);
		return;
	}
	if (fds[0].revents)
		receive(s);
	if (fds[1].revents)
		send(s);
	if (fds[2].revents)
		take_input(s);
}

int main(int argc, char **argv)
{
	static struct stream s;
	sigset_t waiting;

	watch_no_more(&waiting);
	if (argc < 5) {
		fputs("usage: stream FROM-GUEST TO-GUEST STATUS COMMAND...\n",
		      stderr);
		return 2;
	}
	s.status_path = argv[3];
	s.from_guest = open_channel(argv[1], O_RDONLY);
	s.to_guest = open_channel(argv[2], O_WRONLY);
	s.input_open = true;
	s.sending = true;
	command_frame(&s.out, argv + 4);
	for (;;)
		step(&s, &waiting);
}
