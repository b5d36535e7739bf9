/* SPDX-License-Identifier: MIT */
/* System calls one by one, and a thousand by one direct call: a cheap one that the LWK
 * serves, and one that Linux does. `lwk run ./batch [BATCH.nx]`; on Linux the first half. */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "example.h"

#define CALLS 1000

static struct libnimble *n;
static uint32_t id;
static uint64_t (*entry)[8]; /* in the extension's arena */

static double one_by_one(const uint64_t call[8])
{
	uint64_t start = example_now();

	for (int i = 0; i < CALLS; i++)
		syscall((long)call[0], call[1], call[2], call[3]);
	return (double)(example_now() - start) / CALLS;
}

static double by_batch(const uint64_t call[8])
{
	uint64_t args[8] = {0, CALLS}, start;

	for (int i = 0; i < CALLS; i++)
		memcpy(entry[i], call, sizeof(entry[i]));
	start = example_now();
	if (libnimble_call(id, args) || args[0] != CALLS)
		return -1;
	return (double)(example_now() - start) / CALLS;
}

static void compare(const char *name, const uint64_t call[8])
{
	printf("%s: %.0f ns one by one", name, one_by_one(call));
	if (id)
		printf(", %.0f in a batch", by_batch(call));
	printf("\n");
}

static int attach(const char *path)
{
	uint32_t map;
	size_t bytes;

	id = example_attach(&n, path);
	return !id || libnimble_find_map(n, id, "calls", &map, NULL) ||
	       libnimble_map_mmap(n, id, map, (void **)&entry, &bytes);
}

int main(int argc, char **argv)
{
	static char byte;
	int fd = open("/dev/zero", O_RDONLY);

	if (argc > 1 && attach(argv[1]))
		return 1;
	compare("sched_yield", (uint64_t[8]){SYS_sched_yield});
	compare("read of a byte",
		(uint64_t[8]){SYS_read, (uint64_t)fd, (uint64_t)&byte, 1});
	if (id) {
		libnimble_remove(n, id);
		libnimble_close(n);
	}
	return 0;
}
