/* SPDX-License-Identifier: MIT */
/* A program on the LWK that extends it through libnimble: a counter that it reads,
 * extensions that misbehave and leave it running, and what it may not do. Prints
 * TAP. Arguments: the directory of the .nx files. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libnimble/libnimble.h"

#define CALLS 25

static int count;
static struct libnimble *n;
static const char *dir;

static void check(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++count, name);
	if (!passed)
		printf("# %s\n", libnimble_message());
	fflush(stdout);
}

static int load(const char *name, uint32_t flags, uint32_t *id)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.nx", dir, name);
	return libnimble_load_file(n, path, flags, NULL, id);
}

static uint64_t counted(uint32_t id, uint32_t nr)
{
	uint64_t value = ~0UL;

	libnimble_map_lookup(n, id, 0, &nr, sizeof(nr), &value, sizeof(value));
	return value;
}

static void counting(void)
{
	struct nimble_detail *d = NULL;
	uint32_t id;
	int i;

	if (load("syscount", 0, &id)) {
		printf("not ok %d - the counter is loaded\n# %s\n", ++count,
		       libnimble_message());
		exit(1);
	}
	check(true, "the counter is loaded");
	check(!libnimble_attach(n, id, NIMBLE_ALL, 0), "and attached");
	for (i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	check(counted(id, SYS_getppid) == CALLS, "it has counted each call");
	check(!libnimble_show(n, id, &d) && d->info.runs >= CALLS &&
		      d->info.state == NIMBLE_EXT_ATTACHED && !d->info.faults,
	      "its runs are shown");
	free(d);
	check(libnimble_attach(n, id, NIMBLE_ALL, 0) == -EALREADY,
	      "attaching twice is EALREADY");
	check(!libnimble_detach(n, id, NIMBLE_ALL), "it is detached");
	syscall(SYS_getppid);
	check(counted(id, SYS_getppid) == CALLS, "and counts no more");
	check(!libnimble_remove(n, id), "it is removed");
	check(libnimble_remove(n, id) == -ENOENT, "once");
}

/* An extension that must be stopped at the first call that it sees. */
static void misbehaving(const char *name, const char *kind)
{
	struct nimble_detail *d = NULL;
	char text[80];
	uint32_t id;

	snprintf(text, sizeof(text), "%s is loaded and attached", name);
	check(!load(name, 0, &id) && !libnimble_attach(n, id, NIMBLE_ALL, 0),
	      text);
	snprintf(text, sizeof(text), "%s: the program goes on", name);
	check(syscall(SYS_getpid) == getpid(), text);
	snprintf(text, sizeof(text), "%s was stopped: %s", name, kind);
	check(!libnimble_show(n, id, &d) &&
		      d->info.state == NIMBLE_EXT_FAULTED &&
		      d->info.faults == 1 && strstr(d->fault.kind_name, kind) &&
		      d->fault.line,
	      text);
	if (d)
		printf("# %s at instruction %u, %s:%u, address %lx\n",
		       d->fault.kind_name, d->fault.insn, d->fault.file,
		       d->fault.line, d->fault.address);
	snprintf(text, sizeof(text), "%s is off its hooks", name);
	check(d && !libnimble_hooks(d)[0].attached, text);
	free(d);
	snprintf(text, sizeof(text), "%s cannot be attached again", name);
	check(libnimble_attach(n, id, NIMBLE_ALL, 0) == -EIO, text);
	libnimble_remove(n, id);
}

static void refused(void)
{
	static char junk[4096];
	uint32_t id;

	check(load("sysdeny", NIMBLE_TRUSTED, &id) == -EPERM,
	      "a trusted extension is refused");
	check(libnimble_load(n, junk, sizeof(junk), 0, NULL, &id) == -ENOEXEC,
	      "junk is no image");
	check(libnimble_load(n, junk, 0, 0, NULL, &id) < 0, "nor is nothing");
	check(libnimble_attach(n, 9999, NIMBLE_ALL, 0) == -ENOENT,
	      "an unknown extension is ENOENT");
	check(syscall(LWK_SYS_NIMBLE_CTL, NULL) == -1 && errno == EFAULT,
	      "a null pointer is EFAULT");
}

/* Every prefix of an image, and every bit of it flipped: refused or harmless. */
static void malformed(void)
{
	char path[512];
	static char image[1 << 20], copy[1 << 20];
	size_t bytes, i, step;
	bool same_pid = true;
	uint32_t id;
	FILE *f;

	snprintf(path, sizeof(path), "%s/syscount.nx", dir);
	f = fopen(path, "r");
	bytes = fread(image, 1, sizeof(image), f);
	fclose(f);
	for (i = 0; i < bytes; i++)
		if (!libnimble_load(n, image, i, 0, NULL, &id))
			break;
	check(i == bytes, "an image cut off anywhere is refused");
	step = bytes * 8 / 2000 + 1;
	for (i = 0; i < bytes * 8; i += step) {
		memcpy(copy, image, bytes);
		copy[i / 8] ^= (char)(1 << (i % 8));
		if (libnimble_load(n, copy, bytes, 0, NULL, &id))
			continue;
		libnimble_attach(n, id, NIMBLE_ALL, 0);
		same_pid &= syscall(SYS_getppid) == getppid();
		libnimble_remove(n, id);
	}
	check(true, "an image with a bit flipped is refused or harmless");
}

static void many(void)
{
	struct nimble_info *list;
	uint32_t id[20];
	size_t found = 0;
	int i;

	for (i = 0; i < 20; i++)
		if (load("syscount", 0, &id[i]))
			break;
	check(i == 20 && !libnimble_list(n, &list, &found) && found >= 20,
	      "twenty are loaded and listed");
	free(list);
	for (i = 0; i < 16; i++)
		if (libnimble_attach(n, id[i], NIMBLE_ALL, 0))
			break;
	check(i == 16, "sixteen are on one hook");
	check(libnimble_attach(n, id[16], NIMBLE_ALL, 0) == -ENOSPC,
	      "a seventeenth finds no room");
	/* not removed: they go with the program */
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	dir = argv[1];
	check(!libnimble_open(&n, NULL), "libnimble finds the LWK");
	counting();
	misbehaving("loop", "budget");
	misbehaving("oob", "read");
	refused();
	malformed();
	many();
	printf("1..%d\n", count);
	return 0;
}
