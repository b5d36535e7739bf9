// SPDX-License-Identifier: MIT
// Leaves in memory what an LWK's log looks like, then waits or panics Linux:
// toolchain/guest is to find it.
#include "kernel/abi/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT "[0.000001] cpu1: left behind for the test\n"

int main(int argc, char **argv)
{
	struct lwk_log *log = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	if (log == MAP_FAILED)
		return 1;
	log->size = 2048;
	/* Twice around the ring, so that its text begins in the middle. */
	for (log->written = 0; log->written < 4000;) {
		size_t at = log->written++ % log->size;

		log->text[at] = TEXT[(log->written - 1) % (sizeof(TEXT) - 1)];
	}
	log->magic = LWK_LOG_MAGIC;
	if (argc == 2 && strcmp(argv[1], "panic") == 0) {
		fd = open("/proc/sysrq-trigger", O_WRONLY);
		if (fd >= 0 && write(fd, "c", 1) != 1)
			return 1;
	}
	pause();
	return 1;
}
