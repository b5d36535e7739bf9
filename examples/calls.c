/* SPDX-License-Identifier: MIT */
/* An application: inserts calls.nx, makes a hundred system calls and one call of the
 * extension itself, and says how many of each the extension has counted. `lwk run ./calls`;
 * or `NIMBLE_BACKEND=host ./calls`, where there is no LWK, and no system call is seen. */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libnimble/libnimble.h"

static int failed(const char *what, int err)
{
	fprintf(stderr, "%s: %s (%s)\n", what, libnimble_message(),
		libnimble_error_name(err));
	return 1;
}

int main(int argc, char **argv)
{
	const char *image = argc > 1 ? argv[1] : "calls.nx";
	struct libnimble *n;
	uint32_t id, key = 0;
	uint64_t before = 0, after = 0, args[8] = {0};
	int err = libnimble_open(&n, NULL);

	err = err ?: libnimble_load_file(n, image, 0, NULL, &id);
	err = err ?: libnimble_attach(n, id, NIMBLE_ALL, 0);
	if (err)
		return failed(image, err);
	err = libnimble_map_lookup(n, id, 0, &key, sizeof(key), &before,
				   sizeof(before));
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
	err = err
		      ?: libnimble_map_lookup(n, id, 0, &key, sizeof(key),
					      &after, sizeof(after));
	err = err ?: libnimble_call(id, args);
	if (err)
		return failed("count", err);
	printf("%llu calls counted\n", (unsigned long long)(after - before));
	printf("%llu direct call\n", (unsigned long long)args[0]);
	libnimble_remove(n, id);
	libnimble_close(n);
	return 0;
}
