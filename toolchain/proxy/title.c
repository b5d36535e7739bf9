// SPDX-License-Identifier: MIT
/* Name and command line; see title.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "toolchain/proxy/path.h"
#include "toolchain/proxy/proc_read.h"
#include "toolchain/proxy/title.h"
#include "toolchain/proxy/window.h"

/* Where arguments and environment are. */
struct title {
	const char *arguments;
	const char *arguments_end; /* NULL: the ends are where they are now */
	const char *environment_end;
};

/* All of the map has to be given again. There is no break (nobrk.c). */
static void set_arguments(const struct title *t)
{
	uint64_t field[PROC_STAT_FIELDS];
	struct prctl_mm_map map;

	if (proc_read_stat(field))
		return;
	map = (struct prctl_mm_map){
		.start_code = field[26],
		.end_code = field[27],
		.start_stack = field[28],
		.start_data = field[45],
		.end_data = field[46],
		.start_brk = field[47],
		.brk = field[47],
		.arg_start = (uintptr_t)t->arguments,
		.arg_end = field[49],
		.env_start = field[50],
		.env_end = field[51],
		.exe_fd = (uint32_t)-1,
	};
	if (t->arguments_end) {
		map.arg_end = map.env_start = (uintptr_t)t->arguments_end;
		map.env_end = (uintptr_t)t->environment_end;
	}
	prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

/* The process's name is that of its first thread, which others write by its file. */
static int write_name(const char *name)
{
	int fd = open("/proc/self/comm", O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0; /* no /proc to be seen in */
	n = write(fd, name, strlen(name));
	close(fd);
	return n < 0 ? -errno : 0;
}

static void set_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	write_name(slash ? slash + 1 : path);
}

void title_set(const char *path, char **argv)
{
	const struct title t = {.arguments = argv[0]};

	set_name(path);
	set_arguments(&t);
}

/* The strings are copied: the application may overwrite its own. */
void title_take(uint64_t strings, uint64_t bytes, uint64_t arguments_bytes)
{
	static char *copy;
	static uint64_t room;
	char *old = copy, *new;
	struct title t;

	new = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (new == MAP_FAILED)
		return;
	if (proxy_copy(new, (const void *)strings, bytes))
		memset(new, 0, bytes);
	new[bytes - 1] = 0;
	set_name(new);
	t.arguments = new + strlen(new) + 1;
	t.arguments_end = new + arguments_bytes;
	t.environment_end = new + bytes;
	set_arguments(&t);
	if (old)
		munmap(old, room);
	copy = new;
	room = bytes;
}

int64_t title_rename(uint64_t name)
{
	char text[16];

	path_copy(text, name, sizeof(text));
	return write_name(text);
}
