// SPDX-License-Identifier: MIT
/* Folders of /proc; see proc_dir.h. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/abi/view.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/proc_dir.h"

#define BUFFER_BYTES 4096

/* What Linux calls struct linux_dirent64: as glibc's, by getdents64(2). */
#define ENTRY_BYTES(name_bytes) \
	((offsetof(struct dirent64, d_name) + (name_bytes) + 7) & ~7UL)

/* Which folder of /proc/self is it: "task", "fd", "fdinfo"; else "". */
static const char *folder(int fd)
{
	static const char *const known[] = {"task", "fd", "fdinfo"};
	char link[32], path[PATH_MAX];
	struct statfs fs;
	unsigned int thread;
	const char *rest;
	ssize_t n;

	if (fstatfs(fd, &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return "";
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return "";
	path[n] = 0;
	rest = path_in_self(path, getpid(), &thread);
	for (size_t i = 0; rest && i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(rest, known[i]))
			return known[i];
	return "";
}

/* ---- Descriptors ------------------------------------------------------- */

/* Leave guarded ones out; how many bytes remain. */
static size_t leave_out(char *buffer, size_t bytes)
{
	size_t to = 0, step;

	for (size_t at = 0; at < bytes; at += step) {
		struct dirent64 *e = (struct dirent64 *)(buffer + at);

		step = e->d_reclen;
		if (e->d_name[0] != '.' &&
		    guard_owns((unsigned int)strtoul(e->d_name, NULL, 10)))
			continue;
		memmove(buffer + to, e, step);
		to += step;
	}
	return to;
}

static int64_t list_descriptors(const struct proxy_call *call)
{
	_Alignas(8) char buffer[BUFFER_BYTES];
	size_t room =
		call->arg[2] < sizeof(buffer) ? call->arg[2] : sizeof(buffer);
	long n;
	size_t left;

	do {
		n = syscall(SYS_getdents64, (int)call->arg[0], buffer, room);
		if (n <= 0)
			return n ? -errno : 0;
		left = leave_out(buffer, (size_t)n);
	} while (!left);
	return proxy_copy((void *)call->arg[1], buffer, left) ? -EFAULT
							      : (int64_t)left;
}

/* ---- Threads ----------------------------------------------------------- */

/* Entry number `index` of the folder: ".", "..", then the threads. */
static size_t make_entry(struct dirent64 *e, const struct lwk_view *v,
			 const struct lwk_view_thread *thread, uint64_t index)
{
	if (index < 2)
		snprintf(e->d_name, sizeof(e->d_name), "%s",
			 index ? ".." : ".");
	else
		snprintf(e->d_name, sizeof(e->d_name), "%u",
			 thread[index - 2].id);
	e->d_ino = (ino64_t)v->thread + index + 1;
	e->d_off = (off64_t)index + 1;
	e->d_type = DT_DIR;
	e->d_reclen = (unsigned short)ENTRY_BYTES(strlen(e->d_name) + 1);
	return e->d_reclen;
}

int64_t proc_dir_list_threads(const struct lwk_view *v, const uint64_t arg[3])
{
	const struct lwk_view_area *areas = (const void *)(v + 1);
	const struct lwk_view_thread *thread = (const void *)(areas + v->areas);
	int fd = (int)arg[0];
	off_t index = lseek(fd, 0, SEEK_CUR);
	uint64_t done = 0;

	if (index < 0)
		return -errno;
	for (; index < (off_t)v->threads + 2; index++) {
		struct dirent64 e = {};
		size_t bytes = make_entry(&e, v, thread, (uint64_t)index);

		if (bytes > arg[2] - done)
			break;
		if (proxy_copy((void *)(arg[1] + done), &e, bytes))
			return -EFAULT;
		done += bytes;
	}
	if (!done && index < (off_t)v->threads + 2)
		return -EINVAL;
	lseek(fd, index, SEEK_SET);
	return (int64_t)done;
}

int64_t proc_dir_list(const struct proxy_call *call)
{
	const char *name = folder((int)call->arg[0]);

	if (!*name)
		return PROC_DIR_OTHER;
	return strcmp(name, "task") ? list_descriptors(call) : -LWK_VIEW_WANTED;
}
