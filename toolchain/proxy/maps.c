// SPDX-License-Identifier: MIT
/* Linux's memory in the application's range; see maps.h. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/ring.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/layout.h"
#include "toolchain/proxy/maps.h"

struct range {
	uint64_t start, end;
};

static struct {
	pthread_mutex_t lock; /* guards the rest */
	struct range *range; /* sorted, apart */
	size_t count, room;
} maps = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- The list. Callers hold the lock. ---------------------------------- */

static bool make_room(size_t more)
{
	size_t room = maps.room ? maps.room * 2 : 32;
	struct range *new;

	if (maps.count + more <= maps.room)
		return true;
	/* No malloc(): a thread that forks would hold its lock. */
	new = mmap(NULL, room * sizeof(*new), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (new == MAP_FAILED)
		return false;
	if (maps.count)
		memcpy(new, maps.range, maps.count * sizeof(*new));
	if (maps.range)
		munmap(maps.range, maps.room * sizeof(*new));
	maps.range = new;
	maps.room = room;
	return true;
}

static void insert(size_t at, uint64_t start, uint64_t end)
{
	memmove(&maps.range[at + 1], &maps.range[at],
		(maps.count - at) * sizeof(*maps.range));
	maps.range[at] = (struct range){start, end};
	maps.count++;
}

static void delete (size_t at)
{
	maps.count--;
	memmove(&maps.range[at], &maps.range[at + 1],
		(maps.count - at) * sizeof(*maps.range));
}

/* Takes [start, end) out; there is room for one more range. */
static void cut(uint64_t start, uint64_t end)
{
	size_t i = 0;

	while (i < maps.count) {
		struct range r = maps.range[i];

		if (r.end <= start || r.start >= end) {
			i++;
			continue;
		}
		delete (i);
		if (r.start < start)
			insert(i++, r.start, start);
		if (r.end > end)
			insert(i++, end, r.end);
	}
}

static void add(uint64_t start, uint64_t end)
{
	size_t i = 0;

	while (i < maps.count && maps.range[i].start < start)
		i++;
	insert(i, start, end);
}

/* Notes that [start, end) is Linux's memory from now on, or no longer is. */
static int change(uint64_t start, uint64_t end, bool is_linux)
{
	int err = -ENOMEM;

	pthread_mutex_lock(&maps.lock);
	if (make_room(2)) {
		cut(start, end);
		if (is_linux)
			add(start, end);
		err = 0;
	}
	pthread_mutex_unlock(&maps.lock);
	return err;
}

void maps_clear(void)
{
	maps.count = 0;
}

void maps_restart(void)
{
	pthread_mutex_init(&maps.lock, NULL);
}

int maps_map_space(void)
{
	uint64_t at = layout_app_start();
	int err = device_open_space();

	for (size_t i = 0; !err && i < maps.count; i++) {
		if (maps.range[i].start > at)
			err = device_map_space(at, maps.range[i].start);
		at = maps.range[i].end;
	}
	if (!err && at < LWK_APP_END)
		err = device_map_space(at, LWK_APP_END);
	return err;
}

/* ---- What the LWK asks for --------------------------------------------- */

static bool is_inside(uint64_t start, uint64_t bytes)
{
	return start < LWK_APP_END && bytes <= LWK_APP_END - start && bytes;
}

int64_t maps_map(const uint64_t arg[6])
{
	uint64_t start = arg[0], bytes = arg[1];
	int err;

	if (!is_inside(start, bytes))
		return -ENOMEM;
	if (guard_owns(arg[4]))
		return -EBADF;
	/* The LWK decides what is executable; nothing is executed here. */
	if (mmap((void *)start, bytes, arg[2] & ~(uint64_t)PROT_EXEC,
		 (int)arg[3] | MAP_FIXED, (int)arg[4],
		 (off_t)arg[5]) == MAP_FAILED)
		return -errno;
	err = change(start, start + bytes, true);
	if (err)
		device_map_space(start, start + bytes);
	return err;
}

int64_t maps_unmap(uint64_t start, uint64_t bytes)
{
	int err;

	if (!is_inside(start, bytes))
		return -EINVAL;
	err = device_take_back(start, bytes);
	if (!err)
		err = change(start, start + bytes, false);
	return err ? err : device_map_space(start, start + bytes);
}

int64_t maps_protect(uint64_t start, uint64_t bytes, uint64_t prot)
{
	if (!is_inside(start, bytes))
		return -ENOMEM;
	return mprotect((void *)start, bytes, prot & ~(uint64_t)PROT_EXEC)
		       ? -errno
		       : 0;
}

int64_t maps_sync(uint64_t start, uint64_t bytes, uint64_t flags)
{
	int err;

	if (!is_inside(start, bytes))
		return -ENOMEM;
	err = device_changed(start, bytes);
	if (err)
		return err;
	return msync((void *)start, bytes, (int)flags) ? -errno : 0;
}

int64_t maps_shm_bytes(uint64_t id)
{
	struct shmid_ds ds;

	return shmctl((int)id, IPC_STAT, &ds) ? -errno : (int64_t)ds.shm_segsz;
}

int64_t maps_shmat(uint64_t id, uint64_t start, uint64_t flags)
{
	int64_t bytes = maps_shm_bytes(id);
	uint64_t end;

	if (bytes < 0)
		return bytes;
	end = (start + (uint64_t)bytes + LWK_PAGE_SIZE - 1) &
	      ~(LWK_PAGE_SIZE - 1);
	if (!is_inside(start, end - start))
		return -EINVAL;
	if (shmat((int)id, (void *)start, (int)flags & ~SHM_EXEC) == (void *)-1)
		return -errno;
	return change(start, end, true);
}

int64_t maps_lend(uint64_t start, uint64_t pages, uint64_t write)
{
	if (pages > LWK_LEND_MAX || !is_inside(start, pages * LWK_PAGE_SIZE))
		return -EFAULT;
	return device_lend(start, pages * LWK_PAGE_SIZE, write != 0);
}
