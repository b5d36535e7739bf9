// SPDX-License-Identifier: MIT
/* Name and command line; see title.h. */
#include <inttypes.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "toolchain/proxy/title.h"

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

/* All of the map has to be given again; only where the arguments start changes.
 * There is no break (nobrk.c). */
static void set_arguments(const char *start)
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
		.arg_end = field[49],
		.env_start = field[50],
		.env_end = field[51],
		.exe_fd = (uint32_t)-1,
	};
	prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

void title_set(const char *path, char **argv)
{
	const char *slash = strrchr(path, '/');

	prctl(PR_SET_NAME, slash ? slash + 1 : path);
	set_arguments(argv[0]);
}
