// SPDX-License-Identifier: MIT
/* The proxy's place; see layout.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/proxy/layout.h"

static int execute_again(char **argv, uint64_t limit)
{
	char number[24];
	char **args;
	size_t argc = 0;

	while (argv[argc])
		argc++;
	args = calloc(argc + 3, sizeof(*args));
	if (!args)
		return -1;
	snprintf(number, sizeof(number), "%" PRIu64, limit);
	args[0] = argv[0];
	args[1] = "--stack";
	args[2] = number;
	memcpy(args + 3, argv + 1, argc * sizeof(*args));
	execv("/proc/self/exe", args);
	free(args);
	return -1;
}

int layout_lower_stack(char **argv, uint64_t *limit)
{
	struct rlimit stack;

	if (getrlimit(RLIMIT_STACK, &stack))
		return -1;
	*limit = stack.rlim_cur;
	if (stack.rlim_cur <= LAYOUT_STACK_BYTES)
		return 0;
	stack.rlim_cur = LAYOUT_STACK_BYTES;
	if (setrlimit(RLIMIT_STACK, &stack))
		return -1;
	return execute_again(argv, *limit);
}

static int is_inside(const char *line)
{
	uint64_t start, end;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2)
		return 0;
	return start < LWK_APP_END && end > LWK_APP_MIN;
}

int layout_check(char *line, int bytes)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int err = 0;

	if (!maps)
		return -errno;
	while (!err && fgets(line, bytes, maps))
		if (is_inside(line))
			err = -EEXIST;
	line[strcspn(line, "\n")] = 0;
	fclose(maps);
	return err;
}

uint64_t layout_app_start(void)
{
	static uint64_t start; /* known before there are threads */
	uint64_t lowest = 0;
	FILE *file;

	if (start)
		return start;
	file = fopen("/proc/sys/vm/mmap_min_addr", "re");

	if (file && fscanf(file, "%" SCNu64, &lowest) != 1)
		lowest = 0;
	if (file)
		fclose(file);
	if (lowest < LWK_APP_MIN)
		lowest = LWK_APP_MIN;
	start = (lowest + LWK_PAGE_SIZE - 1) & ~(LWK_PAGE_SIZE - 1);
	return start;
}
