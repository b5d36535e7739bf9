// SPDX-License-Identifier: MIT
/* What a worker does with a request; see dispatch.h.
 *
 * Addresses inside structures (struct iovec, struct msghdr, ioctl arguments)
 * are not checked: one that points into the proxy reaches the proxy. The proxy
 * runs as the application's user, and only its own process depends on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/slot.h"
#include "toolchain/proxy/allow.h"
#include "toolchain/proxy/args.h"
#include "toolchain/proxy/bounce.h"
#include "toolchain/proxy/child.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/dispatch.h"
#include "toolchain/proxy/files.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/limits.h"
#include "toolchain/proxy/maps.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/proc_dir.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/title.h"
#include "toolchain/proxy/view.h"

#define ARGS 6

/* ---- Arguments --------------------------------------------------------- */

/* The first 'p' of these calls is text and names no file. */
static int first_path(uint64_t nr)
{
	return nr == SYS_symlink || nr == SYS_symlinkat ||
	       nr == SYS_memfd_create;
}

static int check_arg(char letter, uint64_t arg)
{
	switch (letter) {
	case 'p':
	case 'i':
	case 'o':
	case 'b':
		return arg >= LWK_APP_END ? -EFAULT : 0;
	case 'f':
	case 'd':
		return guard_owns(arg) ? -EBADF : 0;
	default:
		return 0;
	}
}

static int check_args(const struct proxy_call *call, const char *letters)
{
	int err = 0;

	for (unsigned int i = 0; i < ARGS && letters[i] && !err; i++)
		err = check_arg(letters[i], call->arg[i]);
	return err;
}

static void replace_paths(struct proxy_call *call, const char *letters)
{
	int skip = first_path(call->nr);

	for (unsigned int i = 0; i < ARGS && letters[i]; i++) {
		if (letters[i] != 'p')
			continue;
		if (!skip)
			call->arg[i] = path_replace(call->arg[i]);
		skip = 0;
	}
}

/* ---- Calls that are not made as they are ------------------------------- */

typedef int64_t (*special_fn)(struct proxy_call *, const int32_t *kicked);

static int64_t do_plain(struct proxy_call *call, const int32_t *kicked)
{
	return proxy_window(call, kicked);
}

static int64_t do_dup2(struct proxy_call *call, const int32_t *kicked)
{
	return guard_owns(call->arg[1]) ? -EBADF : proxy_window(call, kicked);
}

/* The third argument is an address for some commands only. */
static int64_t do_fcntl(struct proxy_call *call, const int32_t *kicked)
{
	switch (call->arg[1]) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
	case F_GETOWN_EX:
	case F_SETOWN_EX:
	case F_GET_RW_HINT:
	case F_SET_RW_HINT:
	case F_GET_FILE_RW_HINT:
	case F_SET_FILE_RW_HINT:
		if (call->arg[2] >= LWK_APP_END)
			return -EFAULT;
	}
	return proxy_window(call, kicked);
}

/* A file of /proc that speaks of the process is the LWK's to fill. */
static int64_t do_open(struct proxy_call *call, const int32_t *kicked)
{
	int64_t wanted = view_wanted(call);

	return wanted ? wanted : proxy_window(call, kicked);
}

/* Some folders of /proc list what is the proxy's. */
static int64_t do_getdents64(struct proxy_call *call, const int32_t *kicked)
{
	int64_t ret = proc_dir_list(call);

	return ret == PROC_DIR_OTHER ? proxy_window(call, kicked) : ret;
}

/* CLOSE_RANGE_UNSHARE would part the worker from the other threads: the
 * descriptor table is the application's alone already. */
static int64_t do_close_range(struct proxy_call *call, const int32_t *kicked)
{
	struct guard_range piece[GUARD_MAX + 1];
	unsigned int first = call->arg[0], last = call->arg[1];
	unsigned int n = 0;
	int64_t ret = 0;

	/* Linux looks at 32 bits of the flags, so the checks here must as
	 * well. */
	call->arg[2] = (uint32_t)call->arg[2] & ~CLOSE_RANGE_UNSHARE;
	if (first <= last)
		n = guard_split(first, last, piece);
	if (first > last || call->arg[2] & ~(uint64_t)CLOSE_RANGE_CLOEXEC)
		return proxy_window(call, kicked); /* for Linux's error */
	for (unsigned int i = 0; i < n && !ret; i++) {
		call->arg[0] = piece[i].first;
		call->arg[1] = piece[i].last;
		ret = proxy_window(call, kicked);
	}
	return ret;
}

/* Signal masks are the LWK's: a mask here would apply to the worker. */
static int64_t do_ppoll(struct proxy_call *call, const int32_t *kicked)
{
	call->arg[3] = 0;
	return proxy_window(call, kicked);
}

static int64_t do_pselect6(struct proxy_call *call, const int32_t *kicked)
{
	call->arg[5] = 0;
	return proxy_window(call, kicked);
}

static int64_t do_epoll_pwait(struct proxy_call *call, const int32_t *kicked)
{
	call->arg[4] = 0;
	return proxy_window(call, kicked);
}

/* Threads of the application are not threads of the proxy. */
static int64_t do_tgkill(struct proxy_call *call, const int32_t *kicked)
{
	return (pid_t)call->arg[0] == getpid() ? -ESRCH
					       : proxy_window(call, kicked);
}

/* For the process itself, the LWK uses LWK_PROXY_LIMIT. */
static int64_t do_prlimit64(struct proxy_call *call, const int32_t *kicked)
{
	pid_t pid = call->arg[0];

	if (!pid || pid == getpid())
		return -ENOSYS;
	return proxy_window(call, kicked);
}

/* Those that mean the process, or what all its threads have alike. */
static int64_t do_prctl(struct proxy_call *call, const int32_t *kicked)
{
	switch (call->arg[0]) {
	case PR_SET_NAME:
		return title_rename(call->arg[1]);
	case PR_CAP_AMBIENT:
		if (call->arg[1] != PR_CAP_AMBIENT_IS_SET)
			return -ENOSYS;
		break;
	case PR_GET_CHILD_SUBREAPER:
		if (call->arg[1] >= LWK_APP_END)
			return -EFAULT;
		break;
	case PR_SET_PDEATHSIG:
	case PR_CAPBSET_READ:
	case PR_GET_SECUREBITS:
	case PR_GET_KEEPCAPS:
	case PR_SET_CHILD_SUBREAPER:
		break;
	default:
		return -ENOSYS;
	}
	return proxy_window(call, kicked);
}

/* In `who`, 0 is the calling thread: the application means itself. */
static int64_t do_priority(struct proxy_call *call, const int32_t *kicked)
{
	if (call->arg[0] == PRIO_PROCESS && !(pid_t)call->arg[1])
		call->arg[1] = getpid();
	return proxy_window(call, kicked);
}

#define IOPRIO_WHO_PROCESS 1

static int64_t do_ioprio(struct proxy_call *call, const int32_t *kicked)
{
	if (call->arg[0] == IOPRIO_WHO_PROCESS && !(pid_t)call->arg[1])
		call->arg[1] = getpid();
	return proxy_window(call, kicked);
}

/* Any worker may wait: children belong to the process, not to a thread. */
static int64_t do_wait4(struct proxy_call *call, const int32_t *kicked)
{
	call->arg[2] &= ~(uint64_t)__WNOTHREAD;
	return proxy_window(call, kicked);
}

static int64_t do_waitid(struct proxy_call *call, const int32_t *kicked)
{
	call->arg[3] &= ~(uint64_t)__WNOTHREAD;
	return proxy_window(call, kicked);
}

static special_fn special(uint64_t nr)
{
	switch (nr) {
	case SYS_read:
	case SYS_write:
	case SYS_pread64:
	case SYS_pwrite64:
		return bounce_io;
	case SYS_open:
	case SYS_openat:
	case SYS_openat2:
		return do_open;
	case SYS_getdents64:
		return do_getdents64;
	case SYS_readv:
	case SYS_writev:
	case SYS_preadv:
	case SYS_pwritev:
	case SYS_preadv2:
	case SYS_pwritev2:
		return bounce_vector;
	case SYS_dup2:
		return do_dup2;
	case SYS_fcntl:
		return do_fcntl;
	case SYS_close_range:
		return do_close_range;
	case SYS_ppoll:
		return do_ppoll;
	case SYS_pselect6:
		return do_pselect6;
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
		return do_epoll_pwait;
	case SYS_tgkill:
		return do_tgkill;
	case SYS_wait4:
		return do_wait4;
	case SYS_waitid:
		return do_waitid;
	case SYS_getpriority:
	case SYS_setpriority:
		return do_priority;
	case SYS_ioprio_get:
	case SYS_ioprio_set:
		return do_ioprio;
	case SYS_prlimit64:
		return do_prlimit64;
	case SYS_prctl:
		return do_prctl;
	default:
		return do_plain;
	}
}

/* ---- The proxy's own calls --------------------------------------------- */

static int64_t own_call(const struct proxy_call *call)
{
	switch (call->nr) {
	case LWK_PROXY_ARGS:
		return args_copy(call->arg[0], call->arg[1]);
	case LWK_PROXY_EXE_FD:
		return args_exe_fd();
	case LWK_PROXY_FORK:
		return child_fork(call->arg[0]);
	case LWK_PROXY_OPEN_PROGRAM:
		return child_open_program(call->arg[0], call->arg[1],
					  call->arg[2]);
	case LWK_PROXY_NEW_SPACE:
		return child_new_space();
	case LWK_PROXY_EXEC:
		return child_exec(call->arg);
	case LWK_PROXY_SET_IDS:
		return limits_set_ids(call->arg[0], &call->arg[1]);
	case LWK_PROXY_LIMIT:
		return limits_change(call->arg[0], call->arg[1], call->arg[2]);
	case LWK_PROXY_MAP:
		return maps_map(call->arg);
	case LWK_PROXY_UNMAP:
		return maps_unmap(call->arg[0], call->arg[1]);
	case LWK_PROXY_PROTECT:
		return maps_protect(call->arg[0], call->arg[1], call->arg[2]);
	case LWK_PROXY_SYNC:
		return maps_sync(call->arg[0], call->arg[1], call->arg[2]);
	case LWK_PROXY_SHMAT:
		return maps_shmat(call->arg[0], call->arg[1], call->arg[2]);
	case LWK_PROXY_SHM_BYTES:
		return maps_shm_bytes(call->arg[0]);
	case LWK_PROXY_LEND:
		return maps_lend(call->arg[0], call->arg[1], call->arg[2]);
	case LWK_PROXY_PARENT:
		/* The answer is right even if the module refuses. */
		device_parent();
		return getppid();
	case LWK_PROXY_FILE:
		return files_number((int)call->arg[0], call->arg[1]);
	case LWK_PROXY_VIEW:
		return view_call(call->arg);
	case LWK_PROXY_SIGNAL:
		return signals_mirror(call->arg[0], call->arg[1]);
	default:
		return -ENOSYS;
	}
}

int64_t dispatch(struct proxy_call *call, const int32_t *kicked)
{
	const struct allowed_call *allowed = allow_call(call->nr);
	int err;

	if (call->nr >= LWK_PROXY_ARGS)
		return own_call(call);
	if (!allowed->args)
		return -ENOSYS;
	err = check_args(call, allowed->args);
	if (err)
		return err;
	replace_paths(call, allowed->args);
	return special(call->nr)(call, kicked);
}
