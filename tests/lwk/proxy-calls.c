/* SPDX-License-Identifier: MIT */
/* Delegated calls in which the proxy has a part. Prints one line for each, the
 * same on Linux and on the LWK. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/lwk/say.h"

static void program_name(void)
{
	char name[PATH_MAX] = "", own[64];
	struct stat a, b;
	int fd;

	say("readlink", readlink("/proc/self/exe", name, sizeof(name)));
	puts(name);
	memset(name, 0, sizeof(name));
	snprintf(own, sizeof(own), "/proc/%d/exe", getpid());
	say("readlinkat", readlinkat(AT_FDCWD, own, name, 5));
	puts(name);
	say("readlink of nothing", readlink("/proc/self/exe", name, 0));
	say("readlink of bad address", readlink((char *)8, name, 9));
	say("readlink to bad address",
	    syscall(SYS_readlink, "/proc/self/exe", 8, 9));
	fd = open("/proc/self/exe", O_RDONLY);
	memset(name, 0, sizeof(name));
	say("read of it", read(fd, name, 4));
	puts(name + 1);
	say("fstat", fstat(fd, &a));
	say("stat", stat("/proc/thread-self/exe", &b));
	say("same file", a.st_ino == b.st_ino);
	say("lstat", lstat("/proc/self/exe", &b));
	say("a link", S_ISLNK(b.st_mode));
	say("access", access("/proc/self/exe", X_OK));
	close(fd);
}

/* Everything but 0 to 2, by number and by range: the process goes on. */
static void close_all(void)
{
	int fd;

	say("close_range", syscall(SYS_close_range, 3, ~0U, 0));
	for (fd = 3; fd < 70000; fd++)
		close(fd);
	say("open", open("/dev/null", O_RDONLY));
	say("dup2", dup2(3, 100));
	say("close_range", syscall(SYS_close_range, 3, 200, 0));
	say("read of 100", read(100, &fd, 1));
	say("close_range backwards", syscall(SYS_close_range, 9, 8, 0));
}

static void limits(void)
{
	struct rlimit limit;

	say("getrlimit", getrlimit(RLIMIT_STACK, &limit));
	printf("soft: %lx, hard: %lx\n", (long)limit.rlim_cur,
	       (long)limit.rlim_max);
	say("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, &limit));
	say("soft", limit.rlim_cur);
}

static void bad_addresses(void)
{
	/* Volatile, so that the compiler does not know better. */
	char *volatile bad[2] = {(char *)8, (char *)0x7000ffff0000};
	char *odd = bad[0], *high = bad[1];
	struct iovec v[2] = {{"good", 4}, {odd, 4}};
	int end[2];

	say("pipe", pipe(end));
	say("write from 8", write(end[1], odd, 3));
	say("write from above", write(end[1], high, 3));
	say("write from the kernel", write(end[1], (char *)-4096, 3));
	say("open of 8", open(odd, O_RDONLY));
	say("open of above", open(high, O_RDONLY));
	say("writev, half good", writev(end[1], v, 2));
	say("uname", syscall(SYS_uname, high));
	say("write", write(end[1], "abc", 3));
	say("read to read-only memory", read(end[0], (char *)"constant", 3));
	close(end[0]);
	close(end[1]);
}

static volatile int pipes;

static void on_pipe(int signal)
{
	(void)signal;
	pipes++;
}

static void broken_pipe(void)
{
	int end[2];

	say("pipe", pipe(end));
	close(end[0]);
	signal(SIGPIPE, SIG_IGN);
	say("write, ignored", write(end[1], "x", 1));
	signal(SIGPIPE, on_pipe);
	say("write, handled", write(end[1], "x", 1));
	say("handler ran", pipes);
	close(end[1]);
}

static void waiting(void)
{
	struct timespec t = {.tv_nsec = 1000000};
	sigset_t all;
	int end[2];
	struct pollfd p;

	sigfillset(&all);
	say("pipe", pipe(end));
	p = (struct pollfd){.fd = end[0], .events = POLLIN};
	say("poll", poll(&p, 1, 1));
	say("ppoll", ppoll(&p, 1, &t, &all));
	say("write", write(end[1], "x", 1));
	say("poll", poll(&p, 1, -1));
	say("revents", p.revents);
	close(end[0]);
	close(end[1]);
}

static void sockets(void)
{
	char buffer[64] = "";
	int end[2];

	say("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, end));
	say("send", send(end[0], "hello", 6, 0));
	say("recv", recv(end[1], buffer, sizeof(buffer), 0));
	puts(buffer);
	close(end[0]);
	say("recv at the end", recv(end[1], buffer, sizeof(buffer), 0));
	say("send to nobody", send(end[1], "x", 1, MSG_NOSIGNAL));
	close(end[1]);
}

int main(int argc, char **argv)
{
	program_name();
	limits();
	bad_addresses();
	broken_pipe();
	waiting();
	sockets();
	close_all();
	if (argc > 1 && strcmp(argv[1], "die") == 0) {
		int end[2];

		signal(SIGPIPE, SIG_DFL);
		say("pipe", pipe(end));
		close(end[0]);
		say("write", write(end[1], "x", 1));
	}
	puts("end");
	return 0;
}
