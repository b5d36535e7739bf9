// SPDX-License-Identifier: MIT
/* Names of mapped files; see files.h. No malloc(): a thread that forks would hold its
 * lock. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toolchain/proxy/files.h"
#include "toolchain/proxy/guard.h"

#define FILES_MAX 16384
#define TEXT_BYTES (1UL << 20) /* of paths; reserved, not used, memory */

static struct {
	pthread_mutex_t lock; /* guards the rest; entries are constant */
	struct mapped_file *file;
	char *text;
	uint32_t count;
	size_t used;
} files = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *reserve(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* The callers of these hold the lock. */
static uint32_t find(const struct mapped_file *f)
{
	for (uint32_t i = 0; i < files.count; i++)
		if (files.file[i].ino == f->ino &&
		    files.file[i].dev == f->dev &&
		    !strcmp(files.file[i].path, f->path))
			return i + 1;
	return 0;
}

static uint32_t add(const struct mapped_file *f)
{
	size_t bytes = strlen(f->path) + 1;
	char *path;

	if (!files.file)
		files.file = reserve(FILES_MAX * sizeof(*f));
	if (!files.text)
		files.text = reserve(TEXT_BYTES);
	if (!files.file || !files.text || files.count == FILES_MAX ||
	    bytes > TEXT_BYTES - files.used)
		return 0;
	path = memcpy(files.text + files.used, f->path, bytes);
	files.used += bytes;
	files.file[files.count] = *f;
	files.file[files.count].path = path;
	/* release: files_get() reads it without the lock */
	__atomic_store_n(&files.count, files.count + 1, __ATOMIC_RELEASE);
	return files.count;
}

/* What Linux would say of the descriptor before it maps it. Nothing of a file that cannot
 * be read at an offset can be mapped: reading no bytes tells. */
static int check(int fd, uint64_t offset)
{
	int flags;

	if (guard_owns(fd))
		return -EBADF;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_WRONLY)
		return -EACCES;
	if (!pread(fd, NULL, 0, (off_t)offset))
		return 0;
	return errno == ESPIPE || errno == EISDIR ? -ENODEV : -errno;
}

int64_t files_number(int fd, uint64_t offset)
{
	char link[32], path[PATH_MAX];
	struct mapped_file f = {.path = path};
	struct stat st;
	uint32_t number;
	ssize_t n;
	int err = check(fd, offset);

	if (err)
		return err;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0 || fstat(fd, &st))
		return 0;
	path[n] = 0;
	f.dev = st.st_dev;
	f.ino = st.st_ino;
	pthread_mutex_lock(&files.lock);
	number = find(&f);
	if (!number)
		number = add(&f);
	pthread_mutex_unlock(&files.lock);
	return number;
}

const struct mapped_file *files_get(uint32_t number)
{
	uint32_t count = __atomic_load_n(&files.count, __ATOMIC_ACQUIRE);

	return number && number <= count ? &files.file[number - 1] : NULL;
}

void files_restart(void)
{
	pthread_mutex_init(&files.lock, NULL);
}
