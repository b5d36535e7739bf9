// SPDX-License-Identifier: MIT
/* The extension that a row measures. See attached.h. */
#define _GNU_SOURCE
#include "tests/bench/guest/attached.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

struct libnimble *lib;
uint32_t id;

int open_lwk(void)
{
	if (syscall(LWK_SYS_NIMBLE_CTL, NULL) < 0 && errno == ENOSYS)
		return -ENOSYS;
	return libnimble_open(&lib, NULL);
}

int attach(const char *path)
{
	int error = open_lwk();

	if (!error)
		error = libnimble_load_file(lib, path, 0, NULL, &id);
	if (!error)
		error = libnimble_attach(lib, id, NIMBLE_ALL, 0);
	return error;
}

void detach(void)
{
	libnimble_remove(lib, id);
	libnimble_close(lib);
}
