// SPDX-License-Identifier: MIT
/* Replacing names of the program in /proc; see path.h. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/window.h"

/* Any reasonable spelling of a name that path_is_exe() accepts fits. */
#define NAME_BYTES 256
#define PAGE_BYTES 4096UL

static char exe_name[32];

/* Takes the next component: returns its length and moves *path behind it.
 * Skips repeated slashes and ".", as Linux does. */
static size_t component(const char **path, const char **start)
{
	size_t bytes;

	do {
		*start = *path + strspn(*path, "/");
		bytes = strcspn(*start, "/");
		*path = *start + bytes;
	} while (bytes == 1 && **start == '.');
	return bytes;
}

static bool is(const char *start, size_t bytes, const char *word)
{
	return bytes == strlen(word) && memcmp(start, word, bytes) == 0;
}

static bool is_number(const char *start, size_t bytes, pid_t number)
{
	char word[16];

	snprintf(word, sizeof(word), "%d", number);
	return is(start, bytes, word);
}

const char *path_in_self(const char *path, pid_t pid, unsigned int *thread)
{
	const char *at, *rest;
	size_t bytes;

	*thread = 0;
	if (path[0] != '/')
		return NULL;
	bytes = component(&path, &at);
	if (!is(at, bytes, "proc"))
		return NULL;
	bytes = component(&path, &at);
	if (is(at, bytes, "thread-self"))
		*thread = PATH_THREAD_SELF;
	else if (!is(at, bytes, "self") && !is_number(at, bytes, pid))
		return NULL;
	rest = path;
	bytes = component(&rest, &at);
	if (is(at, bytes, "task")) {
		bytes = component(&rest, &at);
		if (!bytes)
			return "task";
		*thread = (unsigned int)strtoul(at, NULL, 10);
		path = rest;
	}
	component(&path, &at);
	return at;
}

bool path_is_exe(const char *path, pid_t pid)
{
	unsigned int thread;
	const char *rest = path_in_self(path, pid, &thread);

	return rest && !strcmp(rest, "exe");
}

void path_set_exe(int fd)
{
	snprintf(exe_name, sizeof(exe_name), "/proc/self/fd/%d", fd);
}

void path_move_exe(int fd)
{
	int old = -1;

	if (exe_name[0] && sscanf(exe_name, "/proc/self/fd/%d", &old) == 1)
		guard_close(old);
	exe_name[0] = 0;
	fd = guard_fd(fd);
	if (fd >= 0)
		path_set_exe(fd);
}

const char *path_of_exe(void)
{
	return exe_name[0] ? exe_name : NULL;
}

void path_copy(char *to, unsigned long from, size_t room)
{
	size_t bytes = PAGE_BYTES - (from & (PAGE_BYTES - 1)), missing;

	if (bytes > room - 1)
		bytes = room - 1;
	missing = proxy_copy(to, (const void *)from, bytes);
	if (!missing && !memchr(to, 0, bytes) && bytes < room - 1) {
		missing = proxy_copy(to + bytes, (const void *)(from + bytes),
				     room - 1 - bytes);
		bytes = room - 1;
	}
	to[bytes - missing] = 0;
}

unsigned long path_replace(unsigned long address)
{
	char name[NAME_BYTES + 1];

	if (!path_of_exe() || !address)
		return address;
	/* Most names are decided here; "//proc" takes longer. */
	if (proxy_copy(name, (const void *)address, 2) || name[0] != '/' ||
	    (name[1] != 'p' && name[1] != '/' && name[1] != '.'))
		return address;
	path_copy(name, address, sizeof(name));
	return path_is_exe(name, getpid()) ? (uintptr_t)exe_name : address;
}
