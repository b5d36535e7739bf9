// SPDX-License-Identifier: MIT
/* Which files the LWK tells about, and how they are opened; see view.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/proc_dir.h"
#include "toolchain/proxy/view.h"

#define NAME_BYTES 256

/* What open(), openat(), openat2() have in common. */
struct opening {
	int dir;
	uint64_t path;
	uint64_t flags;
};

static int take_opening(uint64_t nr, const uint64_t arg[3], struct opening *o)
{
	struct open_how how;

	if (nr == SYS_open) {
		*o = (struct opening){AT_FDCWD, arg[0], (uint32_t)arg[1]};
		return 0;
	}
	*o = (struct opening){(int)arg[0], arg[1], (uint32_t)arg[2]};
	if (nr != SYS_openat2)
		return 0;
	if (arg[2] >= LWK_APP_END ||
	    proxy_copy(&how, (const void *)arg[2], sizeof(how)) || how.resolve)
		return -1;
	o->flags = how.flags;
	return 0;
}

/* The folder of a relative name, and a slash behind it. */
static int folder_of(int dir, char *path, size_t room)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link),
		 dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
	if (dir != AT_FDCWD && guard_owns((unsigned int)dir))
		return -1;
	n = readlink(link, path, room - 1);
	if (n <= 0)
		return -1;
	path[n] = '/';
	path[n + 1] = 0;
	return 0;
}

/* Complete `name`: most end the matter at a first look. */
static int make_absolute(int dir, const char *name, char *path, size_t room)
{
	const char *slash = strrchr(name, '/');
	char folder[PATH_MAX + 1];

	if (!view_knows(slash ? slash + 1 : name))
		return -1;
	if (name[0] == '/') {
		snprintf(path, room, "%s", name);
		return 0;
	}
	if (folder_of(dir, folder, PATH_MAX))
		return -1;
	return snprintf(path, room, "%s%s", folder, name) < (int)room ? 0 : -1;
}

/* The last part of the path, where it is one of these files; else "". */
static void find_name(const struct opening *o, char name[NAME_BYTES],
		      unsigned int *thread)
{
	char text[NAME_BYTES], path[PATH_MAX + NAME_BYTES];
	const char *rest = NULL;

	name[0] = 0;
	if (!o->path || o->path >= LWK_APP_END || (o->flags & O_ACCMODE) ||
	    (o->flags & (O_PATH | O_DIRECTORY)))
		return;
	path_copy(text, o->path, sizeof(text));
	if (!make_absolute(o->dir, text, path, sizeof(path)))
		rest = path_in_self(path, getpid(), thread);
	if (rest && view_knows(rest))
		snprintf(name, NAME_BYTES, "%s", rest);
}

int64_t view_wanted(const struct proxy_call *call)
{
	char name[NAME_BYTES];
	struct opening o;
	unsigned int thread;

	if (take_opening(call->nr, call->arg, &o))
		return 0;
	find_name(&o, name, &thread);
	return *name ? -LWK_VIEW_WANTED : 0;
}

/* ---- Opening ----------------------------------------------------------- */

/* A descriptor of a text, to be read only. */
static int make_file(struct view *v, const char *name, uint64_t flags)
{
	char link[32];
	int fd, err;

	v->fd = memfd_create(name, MFD_CLOEXEC);
	if (v->fd < 0)
		return -errno;
	err = view_write(v, name);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", v->fd);
	fd = err ? -1 : open(link, O_RDONLY | (int)(flags & O_CLOEXEC));
	if (!err && fd < 0)
		err = -errno;
	close(v->fd);
	return err ? err : fd;
}

/* Whom is the file about? 0 is the process: its oldest thread stands for it. */
static int find_subject(struct view *v, unsigned int id)
{
	if (id == PATH_THREAD_SELF)
		id = v->head->thread;
	v->is_thread = id != 0;
	v->subject = NULL;
	for (uint32_t i = 0; i < v->head->threads && !v->subject; i++)
		if (!id || v->thread[i].id == id)
			v->subject = &v->thread[i];
	return v->subject ? 0 : -ENOENT;
}

static int64_t open_file(struct view *v, uint64_t nr, const uint64_t arg[3])
{
	char name[NAME_BYTES];
	unsigned int thread;
	struct opening o;
	int err;

	if (take_opening(nr, arg, &o))
		return -EFAULT;
	find_name(&o, name, &thread);
	if (!*name)
		return -ENOENT; /* somebody has changed it meanwhile */
	err = find_subject(v, thread);
	return err ? err : make_file(v, name, o.flags);
}

static int is_whole(const struct lwk_view *v)
{
	return v->bytes == sizeof(*v) +
				   v->areas * sizeof(struct lwk_view_area) +
				   v->threads * sizeof(struct lwk_view_thread);
}

/* The application may change what it can reach: so all is read from a copy. */
static int take_copy(uint64_t at, struct lwk_view **out)
{
	struct lwk_view head;

	if (at >= LWK_APP_END ||
	    proxy_copy(&head, (const void *)at, sizeof(head)) ||
	    !is_whole(&head))
		return -EFAULT;
	*out = mmap(NULL, head.bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*out == MAP_FAILED)
		return -ENOMEM;
	if (!proxy_copy(*out, (const void *)at, head.bytes)) {
		**out = head;
		return 0;
	}
	munmap(*out, head.bytes);
	return -EFAULT;
}

int64_t view_call(const uint64_t arg[6])
{
	struct lwk_view *copy;
	struct view v;
	int64_t ret = take_copy(arg[0], &copy);

	if (ret)
		return ret;
	v.head = copy;
	v.area = (const struct lwk_view_area *)(copy + 1);
	v.thread = (const struct lwk_view_thread *)(v.area + copy->areas);
	if (arg[1] == SYS_getdents64)
		ret = proc_dir_list_threads(copy, &arg[2]);
	else
		ret = open_file(&v, arg[1], &arg[2]);
	munmap(copy, copy->bytes);
	return ret;
}
