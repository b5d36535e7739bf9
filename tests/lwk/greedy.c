/* SPDX-License-Identifier: MIT */
/* greedy load DIR: loads extensions until one is refused, and says how many and why.
 * greedy fault DIR: has 300 of them stopped by a fault, and says in how many seconds. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libnimble/libnimble.h"

static struct libnimble *n;

static int load(const char *directory, const char *name, uint32_t *id)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.nx", directory, name);
	return libnimble_load_file(n, path, 0, NULL, id);
}

static int load_all(const char *directory)
{
	uint32_t id;
	int count = 0;

	while (count < 5000 && !load(directory, "syscount", &id))
		count++;
	printf("%d loaded, then: %s\n", count, libnimble_message());
	return 0;
}

static int fault(const char *directory)
{
	time_t begin = time(NULL);
	uint32_t id;
	int count = 0;

	while (count < 300) {
		if (load(directory, "oob", &id) ||
		    libnimble_attach(n, id, NIMBLE_ALL, 0))
			break;
		syscall(SYS_getppid);
		if (libnimble_remove(n, id))
			break;
		count++;
	}
	printf("%d faults in %ld s: %s\n", count, (long)(time(NULL) - begin),
	       libnimble_message());
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (libnimble_open(&n, NULL)) {
		puts(libnimble_message());
		return 1;
	}
	return strcmp(argv[1], "load") ? fault(argv[2]) : load_all(argv[2]);
}
