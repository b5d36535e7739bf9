// SPDX-License-Identifier: MIT
/* Name and command line; see title.h. */
#include <inttypes.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "toolchain/proxy/title.h"
#include "toolchain/proxy/window.h"

#define STAT_BYTES 1024
/* Numbers of fields in /proc/PID/stat, proc(5). */
#define FIRST_FIELD 3 /* behind the name, which may hold anything */
#define FIELDS 52

static int read_fields(uint64_t field[FIELDS])
{
	FILE *file = fopen("/proc/self/stat", "re");
	char text[STAT_BYTES];
	size_t bytes = 0;
	char *at;

	if (file) {
		bytes = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[bytes] = 0;
	at = strrchr(text, ')');
	if (!at)
		return -1;
	at = strtok(at + 1, " ");
	for (unsigned int i = FIRST_FIELD; i < FIELDS; i++) {
		if (!at)
			return -1;
		field[i] = strtoumax(at, NULL, 10);
		at = strtok(NULL, " ");
	}
	return 0;
}

/* Linux wants all of the map; only the place of the arguments changes. There is no
 * break (nobrk.c). end 0: they keep their end. */
static void set_arguments(const char *start, const char *end)
{
	uint64_t field[FIELDS];
	struct prctl_mm_map map;

	if (read_fields(field))
		return;
	map = (struct prctl_mm_map){
		.start_code = field[26],
		.end_code = field[27],
		.start_stack = field[28],
		.start_data = field[45],
		.end_data = field[46],
		.start_brk = field[47],
		.brk = field[47],
		.arg_start = (uintptr_t)start,
		.arg_end = end ? (uintptr_t)end : field[49],
		.env_start = field[50],
		.env_end = field[51],
		.exe_fd = (uint32_t)-1,
	};
	prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

static void set_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	prctl(PR_SET_NAME, slash ? slash + 1 : path);
}

void title_set(const char *path, char **argv)
{
	set_name(path);
	set_arguments(argv[0], NULL);
}

/* The strings are copied: the application may overwrite its own. */
void title_take(uint64_t strings, uint64_t bytes)
{
	static char *copy;
	static uint64_t room;
	char *old = copy, *new;

	new = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (new == MAP_FAILED)
		return;
	if (proxy_copy(new, (const void *)strings, bytes))
		memset(new, 0, bytes);
	new[bytes - 1] = 0;
	set_name(new);
	set_arguments(new + strlen(new) + 1, new + bytes);
	if (old)
		munmap(old, room);
	copy = new;
	room = bytes;
}
