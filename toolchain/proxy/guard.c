// SPDX-License-Identifier: MIT
/* Descriptors that the application cannot reach; see guard.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "toolchain/proxy/guard.h"

/* Linux's table has a place for each number below the highest one, so the
 * numbers must not be too high. */
#define HIGHEST 4095

static int guarded[GUARD_MAX];
static unsigned int count;

static int highest_fd(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > HIGHEST)
		return HIGHEST;
	return (int)limit.rlim_cur - 1;
}

/* The highest free number; F_DUPFD looks upwards from where it is told. */
static int move_up(int fd)
{
	int moved = -1;

	for (int at = highest_fd(); moved < 0 && at > fd; at--)
		moved = fcntl(fd, F_DUPFD, at);
	if (moved < 0) {
		fcntl(fd, F_SETFD, 0);
		return fd;
	}
	close(fd);
	return moved;
}

/* Keeps them sorted, for guard_split(). */
static void insert(int fd)
{
	unsigned int i = count++;

	for (; i > 0 && guarded[i - 1] > fd; i--)
		guarded[i] = guarded[i - 1];
	guarded[i] = fd;
}

int guard_fd(int fd)
{
	if (fd < 0)
		return fd;
	if (count == GUARD_MAX) {
		errno = EMFILE;
		return -1;
	}
	fd = move_up(fd);
	insert(fd);
	return fd;
}

void guard_close(int fd)
{
	unsigned int i = 0;

	while (i < count && guarded[i] != fd)
		i++;
	if (i == count)
		return;
	for (count--; i < count; i++)
		guarded[i] = guarded[i + 1];
	close(fd);
}

bool guard_owns(unsigned int fd)
{
	for (unsigned int i = 0; i < count; i++)
		if ((unsigned int)guarded[i] == fd)
			return true;
	return false;
}

unsigned int guard_split(unsigned int first, unsigned int last,
			 struct guard_range piece[GUARD_MAX + 1])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < count && first <= last; i++) {
		unsigned int fd = guarded[i];

		if (fd < first || fd > last)
			continue;
		if (fd > first)
			piece[n++] = (struct guard_range){first, fd - 1};
		first = fd + 1;
	}
	if (first <= last)
		piece[n++] = (struct guard_range){first, last};
	return n;
}
