/* SPDX-License-Identifier: MIT */
/* On Linux: makes a process of an LWK, on the CPU given, that never runs, and sends it
 * signals for ever, as fast as the module takes them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "kernel/abi/ioctl.h"

int main(int argc, char **argv)
{
	struct lwk_proc_create create = {
		.version = LWK_IOC_ABI,
		.cpu = argc > 1 ? atoi(argv[1]) : 1,
		.stack_bytes = 1 << 20,
	};
	struct lwk_signal signal = {.version = LWK_IOC_ABI, .signal = 18};
	int fd = open("/dev/lwk0", O_RDWR);

	if (fd < 0 || ioctl(fd, LWK_IOC_PROC_CREATE, &create)) {
		fprintf(stderr, "flood: %s\n", create.why);
		return 1;
	}
	while (ioctl(fd, LWK_IOC_SIGNAL, &signal) == 0)
		;
	perror("flood");
	return 1;
}
