// SPDX-License-Identifier: MIT
/* Reaching the module and its instances; see lwk.h. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toolchain/lwk/lwk.h"

int refused(unsigned int instance, int err, const char *why)
{
	char text[EXPLAIN_BYTES];

	return complain("%s", explain_instance(instance, err, why, text));
}

int command(int fd, unsigned long request, void *args)
{
	return ioctl(fd, request, args) < 0 ? -errno : 0;
}

/* ---- Opening ----------------------------------------------------------- */

static void load_module(void)
{
	char *argv[] = {"modprobe", "-q", "lwk", NULL};
	pid_t pid;

	if (geteuid() == 0 &&
	    posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0)
		waitpid(pid, NULL, 0);
}

int open_control(int load)
{
	char text[EXPLAIN_BYTES];
	int fd = open("/dev/lwk", O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && load) {
		load_module();
		fd = open("/dev/lwk", O_RDWR | O_CLOEXEC);
	}
	if (fd < 0)
		exit(complain("%s", explain_control(-errno, text)));
	return fd;
}

int open_instance(unsigned int instance)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/lwk%u", instance);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		exit(refused(instance, -errno, NULL));
	return fd;
}

/* ---- Choosing ---------------------------------------------------------- */

static uint32_t nodes_in_dev(void)
{
	uint32_t mask = 0;
	char path[32];

	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++) {
		snprintf(path, sizeof(path), "/dev/lwk%u", i);
		if (access(path, F_OK) == 0)
			mask |= 1U << i;
	}
	return mask;
}

uint32_t instances_reserved(void)
{
	struct lwk_version version = {.version = LWK_IOC_ABI};
	int fd = open("/dev/lwk", O_RDWR | O_CLOEXEC);
	int err;

	if (fd < 0)
		return nodes_in_dev();
	err = command(fd, LWK_IOC_VERSION, &version);
	close(fd);
	return err ? nodes_in_dev() : version.reserved_mask;
}

unsigned int choose_instance(const struct options *o)
{
	uint32_t mask;

	if (o->instance != LWK_INSTANCE_ANY)
		return o->instance;
	mask = instances_reserved();
	if (mask == 0)
		return 0;
	if (mask & (mask - 1)) {
		fputs("lwk: there are several instances:", stderr);
		for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
			if (mask & 1U << i)
				fprintf(stderr, " lwk%u", i);
		fputs("; say which with `--instance N`\n", stderr);
		exit(EXIT_USAGE);
	}
	return __builtin_ctz(mask);
}
