// SPDX-License-Identifier: MIT
/* Reading the proxy's own /proc; see proc_read.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/proxy/proc_read.h"

#define STAT_BYTES 1024

size_t proc_read(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n = 1;

	while (fd >= 0 && done + 1 < room && n) {
		n = read(fd, text + done, room - 1 - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	text[done] = 0;
	return done;
}

int proc_read_stat(uint64_t field[PROC_STAT_FIELDS])
{
	char text[STAT_BYTES], *at, *rest;

	proc_read("/proc/self/stat", text, sizeof(text));
	at = strrchr(text, ')');
	if (!at)
		return -1;
	at = strtok_r(at + 1, " ", &rest); /* the state */
	for (unsigned int i = PROC_STAT_FIRST; i < PROC_STAT_FIELDS; i++) {
		at = strtok_r(NULL, " ", &rest);
		if (!at)
			return -1;
		field[i] = strtoumax(at, NULL, 10);
	}
	return 0;
}
