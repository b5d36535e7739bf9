// SPDX-License-Identifier: MIT
/* Forking and replacing programs; see child.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/proxy/child.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/failure.h"
#include "toolchain/proxy/files.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/layout.h"
#include "toolchain/proxy/manager.h"
#include "toolchain/proxy/maps.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/title.h"
#include "toolchain/proxy/window.h"
#include "toolchain/proxy/worker.h"

/* ---- fork -------------------------------------------------------------- */

static int take_over(uint64_t handle)
{
	struct lwk_slot_page *page;
	int err = device_adopt(handle);

	if (!err)
		err = device_map_slots(&page);
	maps_restart();
	files_restart();
	if (!err)
		err = maps_map_space();
	if (err)
		return err;
	failure_moved(page);
	return workers_restart(page);
}

/* The child's whole life. The parent reads 0, or an error; or nothing, if the child
 * has died. */
static _Noreturn void be_child(uint64_t handle, const int pipe[2])
{
	int32_t err = take_over(handle);
	ssize_t written;

	close(pipe[0]);
	written = write(pipe[1], &err, sizeof(err));
	close(pipe[1]);
	if (err || written != sizeof(err))
		_exit(1);
	manager_run(0);
}

static int32_t read_status(int fd)
{
	int32_t err;
	ssize_t n;

	do
		n = read(fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? err : -EAGAIN;
}

static int64_t wait_until_ready(pid_t pid, const int pipe[2])
{
	int32_t err;

	close(pipe[1]);
	err = read_status(pipe[0]);
	close(pipe[0]);
	if (!err)
		return pid;
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return err;
}

int64_t child_fork(uint64_t handle)
{
	int pipe[2], err = 0;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC))
		return errno == EMFILE || errno == ENFILE ? -EAGAIN : -errno;
	workers_lock();
	pid = _Fork();
	if (pid == 0)
		be_child(handle, pipe);
	if (pid < 0)
		err = -errno;
	workers_unlock();
	if (err) {
		close(pipe[0]);
		close(pipe[1]);
		return err;
	}
	return wait_until_ready(pid, pipe);
}

/* ---- execve ------------------------------------------------------------ */

static int check_program(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (syscall(SYS_faccessat2, fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH))
		return -errno;
	return 0;
}

static int open_path(int dir, const char *path, uint64_t flags)
{
	char name[32];
	int open_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

	if (*path == 0 && flags & AT_EMPTY_PATH) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", dir);
		path = name;
	} else if (flags & AT_SYMLINK_NOFOLLOW) {
		open_flags |= O_NOFOLLOW;
	}
	return openat(dir, path, open_flags);
}

int64_t child_open_program(uint64_t dir, uint64_t path, uint64_t flags)
{
	char text[PATH_MAX];
	size_t missing;
	int fd, err;

	if (path >= LWK_APP_END)
		return -EFAULT;
	if (guard_owns(dir))
		return -EBADF;
	missing = proxy_copy(text, (const void *)path, sizeof(text));
	if (!memchr(text, 0, sizeof(text) - missing))
		return missing ? -EFAULT : -ENAMETOOLONG;
	if (path_of_exe() && path_is_exe(text, getpid()))
		snprintf(text, sizeof(text), "%s", path_of_exe());
	fd = open_path((int)dir, text, flags);
	if (fd < 0)
		return -errno;
	err = check_program(fd);
	if (err)
		close(fd);
	return err ? err : fd;
}

int64_t child_new_space(void)
{
	uint64_t start = layout_app_start();

	if (munmap((void *)start, LWK_APP_END - start))
		return -errno;
	maps_clear();
	return maps_map_space();
}

int64_t child_exec(const uint64_t arg[6])
{
	uint64_t strings = arg[1], bytes = arg[2];

	if (strings >= LWK_APP_END || bytes > LWK_APP_END - strings || !bytes ||
	    arg[4] > bytes)
		return -EFAULT;
	path_move_exe((int)arg[0]);
	title_take(strings, bytes, arg[4]);
	signals_mirror_all(arg[3]);
	return device_close_on_exec();
}
