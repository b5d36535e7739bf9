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
#include <sys/mman.h>
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
	for (i = 0; i < CALLS; i++) {
		syscall(SYS_umask, 022);
		syscall(SYS_getpid);
	}
	check(counted(id, SYS_umask) == CALLS, "it has counted each call");
	check(counted(id, SYS_getpid) == CALLS,
	      "those as well that take the short way without it");
	check(!libnimble_show(n, id, &d) && d->info.runs >= CALLS &&
		      d->info.state == NIMBLE_EXT_ATTACHED && !d->info.faults,
	      "its runs are shown");
	free(d);
	check(libnimble_attach(n, id, NIMBLE_ALL, 0) == -EALREADY,
	      "attaching twice is EALREADY");
	check(!libnimble_detach(n, id, NIMBLE_ALL), "it is detached");
	syscall(SYS_getpid);
	check(counted(id, SYS_getpid) == CALLS, "and counts no more");
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
	for (i = 0; i < 12; i++)
		if (libnimble_attach(n, id[i], NIMBLE_ALL, 0))
			break;
	check(i == 12, "twelve are on one hook");
	check(libnimble_attach(n, id[12], NIMBLE_ALL, 0) == -ENOSPC,
	      "a thirteenth finds no room: four places are the "
	      "administrator's");
	/* not removed: they go with the program */
}

/* A ring buffer and an arena, mapped; they outlive the extension. */
static void mapping(void)
{
	struct {
		uint64_t nr, first;
	} event;
	uint64_t *arena = NULL;
	void *ring = NULL;
	size_t ring_bytes = 0, arena_bytes = 0;
	uint32_t id, map;
	int i, got = 0;

	check(!load("shared", 0, &id) &&
		      !libnimble_attach(n, id, NIMBLE_ALL, 0),
	      "an extension that shares memory is attached");
	check(!libnimble_find_map(n, id, "events", &map, NULL) &&
		      !libnimble_map_mmap(n, id, map, &ring, &ring_bytes) &&
		      ring_bytes == 8192,
	      "its ring buffer is mapped");
	check(!libnimble_find_map(n, id, "shared", &map, NULL) &&
		      !libnimble_map_mmap(n, id, map, (void **)&arena,
					  &arena_bytes) &&
		      arena_bytes == 8192,
	      "its arena is mapped");
	if (!ring || !arena)
		return;
	check(libnimble_ring_read(ring, &event, sizeof(event)) == -EAGAIN,
	      "no record yet");
	arena[0] = 4096;
	for (i = 0; i < 3; i++)
		syscall(SYS_getppid, 100 + i);
	for (i = 0; i < 3; i++)
		got += libnimble_ring_read(ring, &event, sizeof(event)) ==
			       sizeof(event) &&
		       event.nr == SYS_getppid && event.first == 100U + i;
	check(got == 3, "three records, in order");
	check(arena[512] == 3, "it counts where the arena's offset says");
	arena[0] = 1UL << 40;
	syscall(SYS_getppid);
	check(arena[512] == 3, "and not where none is");
	arena[0] = 4096;
	for (i = 0; i < 1000; i++)
		syscall(SYS_getppid, i);
	for (got = 0; libnimble_ring_read(ring, &event, sizeof(event)) > 0;)
		got++;
	check(got > 100 && got + libnimble_ring_dropped(ring) == 1001,
	      "records that do not fit are counted");
	/* The engine believes nothing of what lies there. */
	memset(ring, 0xff, ring_bytes);
	check(syscall(SYS_getppid) == getppid(),
	      "a broken ring breaks nothing");
	check(write(STDERR_FILENO, arena + 512, 0) == 0 &&
		      pwrite(STDERR_FILENO, arena, 0, 0) <= 0,
	      "Linux may be given its address");
	check(libnimble_map_mmap(n, id, 2, &ring, &ring_bytes) == -EINVAL,
	      "a map that is not there");
	check(!libnimble_remove(n, id), "the extension is removed");
	i = (int)arena[512];
	syscall(SYS_getppid);
	arena[513] = 7;
	check(arena[512] == (uint64_t)i && arena[513] == 7,
	      "its arena stays, by itself");
	check(!munmap(arena, 4096) && !munmap((char *)arena + 4096, 4096),
	      "it is unmapped in two parts");
	check(!load("syscount", 0, &id) &&
		      libnimble_map_mmap(n, id, 0, (void **)&arena,
					 &arena_bytes) == -EOPNOTSUPP,
	      "an array cannot be mapped");
	libnimble_remove(n, id);
	/* ring is left mapped: it goes with the program */
}

/* One extension calls another: results, faults and budget of the callee. */
static void services(void)
{
	struct nimble_detail *d = NULL;
	uint32_t adder, caller;

	check(!load("caller", 0, &caller) &&
		      !libnimble_attach(n, caller, NIMBLE_ALL, 0),
	      "a calling extension is attached");
	check(syscall(SYS_getppid, 1, 2, 3) == -1 && errno == ENOENT,
	      "there is nothing to call yet");
	check(!load("adder", 0, &adder) &&
		      !libnimble_attach(n, adder, NIMBLE_ALL, 0),
	      "a service is attached");
	check(libnimble_attach(n, adder, NIMBLE_ALL, 0) == -EALREADY, "once");
	check(syscall(SYS_getppid, 1, 2, 3) == 6, "it is called");
	check(!libnimble_detach(n, adder, NIMBLE_ALL) &&
		      syscall(SYS_getppid, 1, 2, 3) == -1,
	      "detached, it is called no more");
	check(!libnimble_attach(n, adder, NIMBLE_ALL, 0) &&
		      syscall(SYS_getppid, 4, 5, 6) == 15,
	      "attached again");
	syscall(SYS_getppid, 13, 0, 0);
	check(!libnimble_show(n, adder, &d) &&
		      d->info.state == NIMBLE_EXT_FAULTED &&
		      strstr(d->fault.kind_name, "read"),
	      "a callee that faults is stopped");
	free(d);
	check(!libnimble_show(n, caller, &d) &&
		      d->info.state == NIMBLE_EXT_ATTACHED,
	      "its caller goes on");
	free(d);
	libnimble_remove(n, adder);
	check(!load("adder", 0, &adder) &&
		      !libnimble_attach(n, adder, NIMBLE_ALL, 0) &&
		      syscall(SYS_getppid, 7, 8, 9) == 24,
	      "another takes its place");
	check(syscall(SYS_getppid, 99, 0, 0) == getppid(),
	      "a callee that never ends");
	check(!libnimble_show(n, adder, &d) &&
		      d->info.state == NIMBLE_EXT_FAULTED &&
		      strstr(d->fault.kind_name, "budget"),
	      "is stopped by the budget");
	free(d);
	check(!libnimble_show(n, caller, &d) &&
		      d->info.state == NIMBLE_EXT_FAULTED &&
		      strstr(d->fault.kind_name, "budget"),
	      "which was its caller's");
	free(d);
	libnimble_remove(n, adder);
	libnimble_remove(n, caller);
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
	mapping();
	services();
	refused();
	malformed();
	many();
	printf("1..%d\n", count);
	return 0;
}
