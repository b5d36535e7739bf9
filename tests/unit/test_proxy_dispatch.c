// SPDX-License-Identifier: MIT
/* toolchain/proxy/: what a worker may do, with which arguments. dispatch.c,
 * allow.c, path.c, guard.c, args.c, bounce.c. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/slot.h"
#include "kernel/abi/view.h"
#include "tests/unit/fake_device.h"
#include "toolchain/proxy/allow.h"
#include "toolchain/proxy/args.h"
#include "toolchain/proxy/bounce.h"
#include "toolchain/proxy/dispatch.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/limits.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/signals.h"

static const int32_t not_kicked;
static char *app; /* a page of the application's */
static int guarded;

#define CALL(nr, ...) \
	dispatch(&(struct proxy_call){nr, {__VA_ARGS__}}, &not_kicked)

/* A text in the application's memory, below LWK_APP_END. */
static uint64_t text(const char *s)
{
	strcpy(app, s);
	return (uintptr_t)app;
}

/* Each test begins with it: cmocka sets handlers of its own before. */
static void prepare(void **state)
{
	(void)state;
	signals_init();
	signals_manager();
	memset(app, 0, 4096);
}

/* ---- The list ---------------------------------------------------------- */

static const struct {
	unsigned int nr;
	int allowed;
} classes[] = {
#define LOCAL(number, name, args) {number, 0},
#define DELEGATED(number, name, restart, args) {number, 1},
#define ABSENT(number, name, error) {number, 0},
#include "kernel/abi/syscall.def"
#undef LOCAL
#undef DELEGATED
#undef ABSENT
};

static int is_also(unsigned int nr)
{
	switch (nr) {
#define ALSO(number, name, args, extension) case number:
#include "kernel/abi/also.def"
#undef ALSO
		return 1;
	default:
		return 0;
	}
}

/* Both tables say the same of a call. */
static void test_also(void **state)
{
	static const char *const local[512] = {
#define LOCAL(number, name, args) [number] = #name " " args,
#define DELEGATED(number, name, restart, args)
#define ABSENT(number, name, error)
#include "kernel/abi/syscall.def"
#undef LOCAL
#undef DELEGATED
#undef ABSENT
	};
	static const struct {
		unsigned int nr;
		const char *text;
	} also[] = {
#define ALSO(number, name, args, extension) {number, #name " " args},
#include "kernel/abi/also.def"
#undef ALSO
	};

	prepare(state);
	for (size_t i = 0; i < sizeof(also) / sizeof(also[0]); i++) {
		assert_non_null(local[also[i].nr]);
		assert_string_equal(local[also[i].nr], also[i].text);
	}
}

static void test_list(void **state)
{
	prepare(state);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		unsigned int nr = classes[i].nr;
		int allowed = allow_call(nr)->args != NULL;

		if (allowed != (classes[i].allowed || is_also(nr)))
			fail_msg("call %u: allowed is %d", nr, allowed);
	}
	for (unsigned int nr = 500; nr < 2000; nr++)
		assert_null(allow_call(nr)->args);
	assert_null(allow_call(UINT64_MAX)->args);
	/* While a worker waits there, another must look after the slots. */
	assert_false(allow_call(SYS_futex)->quick);
	assert_false(allow_call(SYS_wait4)->quick);
	assert_true(allow_call(SYS_kill)->quick);
}

static void test_never_run(void **state)
{
	static const unsigned int never[] = {
		SYS_exit_group,
		SYS_exit,
		SYS_fork,
		SYS_clone,
		SYS_clone3,
		SYS_execve,
		SYS_execveat,
		SYS_mmap,
		SYS_munmap,
		SYS_mprotect,
		SYS_brk,
		SYS_prctl,
		SYS_setrlimit,
		SYS_rt_sigaction,
		SYS_seccomp,
		SYS_unshare,
		SYS_rseq,
		SYS_setuid,
		SYS_personality,
		0x4d00,
		0xffff,
		0x100ff,
		0x40000000 | SYS_getpid,
	};

	prepare(state);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_int_equal(CALL(never[i], 0), -ENOSYS);
	assert_int_equal(CALL(SYS_prlimit64, 0, RLIMIT_CORE, (uintptr_t)app),
			 -ENOSYS);
}

/* ---- Arguments --------------------------------------------------------- */

static void test_addresses(void **state)
{
	char here[16] = "proxy"; /* the proxy's stack */

	prepare(state);
	assert_int_equal(CALL(SYS_uname, LWK_APP_END), -EFAULT);
	assert_int_equal(CALL(SYS_uname, UINT64_MAX), -EFAULT);
	assert_int_equal(CALL(SYS_write, 1, (uintptr_t)here, 5), -EFAULT);
	assert_int_equal(CALL(SYS_open, (uintptr_t)here, O_RDONLY), -EFAULT);
	assert_int_equal(CALL(SYS_openat, AT_FDCWD, (uintptr_t)here, 0),
			 -EFAULT);
	assert_int_equal(CALL(SYS_uname, LWK_APP_END - 8), -EFAULT);
	assert_int_equal(CALL(SYS_uname, (uintptr_t)app), 0);
	assert_string_equal(app, "Linux");
}

static void test_guarded_descriptor(void **state)
{
	prepare(state);
	assert_true(guarded > 3);
	assert_true(guard_owns(guarded));
	assert_int_equal(CALL(SYS_close, guarded), -EBADF);
	assert_int_equal(CALL(SYS_close, guarded | 1ULL << 32), -EBADF);
	assert_int_equal(CALL(SYS_dup, guarded), -EBADF);
	assert_int_equal(CALL(SYS_dup2, 1, guarded), -EBADF);
	assert_int_equal(CALL(SYS_dup3, 1, guarded, 0), -EBADF);
	assert_int_equal(CALL(SYS_fcntl, guarded, F_GETFD), -EBADF);
	assert_int_equal(CALL(SYS_fcntl, 0, F_GETLK, LWK_APP_END), -EFAULT);
	assert_int_equal(CALL(SYS_ioctl, guarded, 0, 0), -EBADF);
	assert_int_equal(CALL(SYS_sendfile, 1, guarded, 0, 1), -EBADF);
	/* it outlives the application's execve() */
	assert_int_equal(fcntl(guarded, F_GETFD), 0);
}

static void test_close_range(void **state)
{
	int low = fcntl(0, F_DUPFD, 500), high;

	prepare(state);
	high = fcntl(0, F_DUPFD, guarded + 1);
	assert_int_equal(
		CALL(SYS_close_range, 500, UINT_MAX, CLOSE_RANGE_UNSHARE), 0);
	assert_int_equal(fcntl(low, F_GETFD), -1);
	assert_int_equal(high < 0 ? -1 : fcntl(high, F_GETFD), -1);
	assert_int_equal(fcntl(guarded, F_GETFD), 0);
	assert_int_equal(CALL(SYS_close_range, guarded, guarded, 0), 0);
	assert_int_equal(fcntl(guarded, F_GETFD), 0);
	assert_int_equal(CALL(SYS_close_range, guarded, guarded, 1UL << 32), 0);
	assert_int_not_equal(fcntl(guarded, F_GETFD), -1);
	assert_int_equal(CALL(SYS_close_range, 5, 4, 0), -EINVAL);
	assert_int_equal(CALL(SYS_close_range, 4, 5, 0x80), -EINVAL);
}

static void test_split(void **state)
{
	struct guard_range piece[GUARD_MAX + 1];
	unsigned int g = guarded;

	prepare(state);
	assert_int_equal(guard_split(0, g - 1, piece), 1);
	assert_int_equal(guard_split(0, g, piece), 1);
	assert_int_equal(piece[0].last, g - 1);
	assert_int_equal(guard_split(g, g, piece), 0);
	assert_int_equal(guard_split(3, UINT_MAX, piece), 2);
	assert_int_equal(piece[0].first, 3);
	assert_int_equal(piece[1].first, g + 1);
	assert_int_equal(piece[1].last, UINT_MAX);
}

/* A mask would be the worker's: it is left out, and nothing comes of it. */
static void test_masks(void **state)
{
	struct timespec *now = (void *)app;
	uint64_t *mask = (void *)(app + 64);

	prepare(state);
	*mask = UINT64_MAX;
	assert_int_equal(
		CALL(SYS_ppoll, 0, 0, (uintptr_t)now, (uintptr_t)mask, 8), 0);
	assert_int_equal(CALL(SYS_pselect6, 0, 0, 0, 0, (uintptr_t)now,
			      (uintptr_t)mask),
			 0);
}

static void test_limits(void **state)
{
	struct rlimit *limit = (void *)app, real;
	uintptr_t at = (uintptr_t)app;

	prepare(state);
	limits_set_stack(12345678);
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_STACK, 0, at), 0);
	assert_int_equal(limit->rlim_cur, 12345678);
	limit->rlim_cur = 4 << 20;
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_STACK, at, 0), 0);
	limit->rlim_cur = 0;
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_STACK, 0, at), 0);
	assert_int_equal(limit->rlim_cur, 4 << 20);
	getrlimit(RLIMIT_STACK, &real); /* the proxy's own is as it was */
	assert_int_not_equal(real.rlim_cur, 4 << 20);
	limit->rlim_cur = 2;
	limit->rlim_max = 1;
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_AS, at, 0), -EINVAL);
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_NOFILE, 0, at), 0);
	getrlimit(RLIMIT_NOFILE, &real);
	assert_int_equal(limit->rlim_cur, real.rlim_cur);
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIM_NLIMITS, 0, at), -EINVAL);
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_STACK, 8, 0), -EFAULT);
	assert_int_equal(CALL(LWK_PROXY_LIMIT, RLIMIT_AS, 0, LWK_APP_END),
			 -EFAULT);
	assert_int_equal(CALL(SYS_prlimit64, 0, RLIMIT_CORE, 0, at), -ENOSYS);
	assert_int_equal(CALL(SYS_prlimit64, getppid(), RLIMIT_CORE, 0, at), 0);
}

static void test_kill(void **state)
{
	prepare(state);
	assert_int_equal(CALL(SYS_kill, getpid(), 0), 0);
	assert_int_equal(CALL(SYS_kill, getpid(), SIGUSR1), 0);
	assert_int_equal(fake_signals[SIGUSR1], 1);
	assert_int_equal(CALL(SYS_tgkill, getpid(), gettid(), 0), -ESRCH);
}

/* ---- Names of the program ---------------------------------------------- */

static void test_names(void **state)
{
	char own[64];

	prepare(state);
	assert_true(path_is_exe("/proc/self/exe", 7));
	assert_true(path_is_exe("/proc/thread-self/exe", 7));
	assert_true(path_is_exe("/proc/7/exe", 7));
	assert_true(path_is_exe("//proc/./self//exe", 7));
	assert_true(path_is_exe("/proc/self/task/9/exe", 7));
	assert_false(path_is_exe("/proc/8/exe", 7));
	assert_false(path_is_exe("/proc/77/exe", 7));
	assert_false(path_is_exe("/proc/self/exe/", 7));
	assert_false(path_is_exe("/proc/self/exec", 7));
	assert_false(path_is_exe("/proc/self/ex", 7));
	assert_false(path_is_exe("/proc/self", 7));
	assert_false(path_is_exe("/proc/self/maps", 7));
	assert_false(path_is_exe("proc/self/exe", 7));
	assert_false(path_is_exe("/", 7));
	assert_false(path_is_exe("", 7));
	snprintf(own, sizeof(own), "/proc/%d/exe", getpid());
	assert_true(path_is_exe(own, getpid()));
}

static void below_self(const char *path, const char *expected,
		       unsigned int expected_thread)
{
	unsigned int thread = 12345;
	const char *rest = path_in_self(path, 7, &thread);

	if (!expected) {
		assert_null(rest);
		return;
	}
	assert_non_null(rest);
	assert_string_equal(rest, expected);
	assert_int_equal(thread, expected_thread);
}

static void test_names_below_self(void **state)
{
	prepare(state);
	below_self("/proc/self", "", 0);
	below_self("/proc/self/maps", "maps", 0);
	below_self("/proc//7/./maps", "maps", 0);
	below_self("/proc/thread-self/stat", "stat", PATH_THREAD_SELF);
	below_self("/proc/self/task", "task", 0);
	below_self("/proc/self/task/", "task", 0);
	below_self("/proc/self/task/9/comm", "comm", 9);
	below_self("/proc/self/map_files/x", "map_files/x", 0);
	below_self("/proc/8/maps", NULL, 0);
	below_self("/proc", NULL, 0);
	below_self("/sys/self/maps", NULL, 0);
	below_self("self/maps", NULL, 0);
}

/* What the LWK has to tell about, and only that. */
static void test_views(void **state)
{
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY);
	int64_t fd;

	prepare(state);
	assert_int_equal(CALL(SYS_open, text("/proc/self/maps"), O_RDONLY),
			 -LWK_VIEW_WANTED);
	assert_int_equal(CALL(SYS_openat, dir, text("status"), O_CLOEXEC),
			 -LWK_VIEW_WANTED);
	assert_int_equal(CALL(SYS_openat, AT_FDCWD, text("/proc/self/auxv"), 0),
			 -LWK_VIEW_WANTED);
	fd = CALL(SYS_open, text("/proc/self/maps"), O_PATH);
	assert_true(fd >= 0);
	close((int)fd);
	fd = CALL(SYS_open, text("/proc/1/stat"), O_RDONLY);
	assert_true(fd >= 0);
	close((int)fd);
	assert_int_equal(CALL(SYS_open, text("/no/maps"), O_RDONLY), -ENOENT);
	/* A path that ends with the last page of the application's that there is. */
	strcpy(app + 4096 - sizeof("/proc/self/comm"), "/proc/self/comm");
	assert_int_equal(CALL(SYS_open,
			      (uintptr_t)app + 4096 - sizeof("/proc/self/comm"),
			      O_RDONLY),
			 -LWK_VIEW_WANTED);
	close(dir);
}

/* Guarded descriptors are not listed; threads are the LWK's to tell of. */
static void test_folders(void **state)
{
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	int task = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
	char name[16];
	int64_t n, at = 0;
	int own = 0;

	prepare(state);
	n = CALL(SYS_getdents64, dir, (uintptr_t)app, 4096);
	assert_true(n > 0);
	snprintf(name, sizeof(name), "%d", guarded);
	while (at < n) {
		struct dirent64 *e = (struct dirent64 *)(app + at);

		assert_string_not_equal(e->d_name, name);
		own += atoi(e->d_name) == dir;
		at += e->d_reclen;
	}
	assert_int_equal(own, 1);
	assert_int_equal(CALL(SYS_getdents64, dir, (uintptr_t)app, 4096), 0);
	assert_int_equal(CALL(SYS_getdents64, task, (uintptr_t)app, 4096),
			 -LWK_VIEW_WANTED);
	close(dir);
	close(task);
}

static void test_prctl(void **state)
{
	char name[16];

	prepare(state);
	assert_int_equal(CALL(SYS_prctl, PR_CAPBSET_READ, 0), 1);
	assert_int_equal(
		CALL(SYS_prctl, PR_SET_NAME, text("another name, long")), 0);
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_string_equal(name, "another name, l");
	assert_int_equal(CALL(SYS_prctl, PR_SET_DUMPABLE, 0), -ENOSYS);
	assert_int_equal(CALL(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			      0),
			 -ENOSYS);
	assert_int_equal(CALL(SYS_prctl, PR_GET_CHILD_SUBREAPER, LWK_APP_END),
			 -EFAULT);
}

/* Of the link; sizes and contents as Linux gives them for the real one. */
static void test_readlink(void **state)
{
	uint64_t to = (uintptr_t)app + 512;
	const char *program = "/usr/bin/true";

	prepare(state);
	assert_int_equal(CALL(SYS_readlink, text("/proc/self/exe"), to, 100),
			 strlen(program));
	assert_memory_equal(app + 512, program, strlen(program));
	assert_int_equal(CALL(SYS_readlinkat, AT_FDCWD,
			      text("/proc/thread-self/exe"), to, 4),
			 4);
	assert_int_equal(CALL(SYS_readlink, text("/proc/self/exe"), to, 0),
			 -EINVAL);
	assert_int_equal(CALL(SYS_readlink, text("/proc/self/exe"), 8, 100),
			 -EFAULT);
	assert_int_equal(CALL(SYS_readlink, 8, to, 100), -EFAULT);
	assert_true(CALL(SYS_readlink, text("/proc/1/exe"), to, 100) != 13 ||
		    memcmp(app + 512, program, 13));
}

static void test_open_exe(void **state)
{
	struct stat st, *got = (void *)(app + 512);
	int64_t fd;

	prepare(state);
	assert_int_equal(stat("/usr/bin/true", &st), 0);
	fd = CALL(SYS_openat, AT_FDCWD, text("/proc/self/exe"), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(CALL(SYS_fstat, fd, (uintptr_t)got), 0);
	assert_int_equal(got->st_ino, st.st_ino);
	close(fd);
	assert_int_equal(CALL(SYS_stat, text("/proc/self/exe"), (uintptr_t)got),
			 0);
	assert_int_equal(got->st_ino, st.st_ino);
	assert_int_equal(
		CALL(SYS_lstat, text("/proc/self/exe"), (uintptr_t)got), 0);
	assert_true(S_ISLNK(got->st_mode));
	assert_int_equal(CALL(SYS_access, text("/proc/self/exe"), X_OK), 0);
}

/* The text of a symbolic link is not a name that is looked up. */
static void test_symlink_text(void **state)
{
	char name[] = "/tmp/proxy-test-XXXXXX", real[64];
	ssize_t n;

	prepare(state);
	assert_non_null(mkdtemp(name));
	strcpy(app + 512, name);
	strcat(app + 512, "/link");
	assert_int_equal(CALL(SYS_symlink, text("/proc/self/exe"),
			      (uintptr_t)app + 512),
			 0);
	n = readlink(app + 512, real, sizeof(real));
	assert_int_equal(n, 14);
	assert_memory_equal(real, "/proc/self/exe", 14);
	unlink(app + 512);
	rmdir(name);
}

/* ---- What the LWK asks the proxy itself -------------------------------- */

static char *argv[] = {"prog", "-x", "", NULL};
static char *envp[] = {"A=1", NULL};

static void test_args(void **state)
{
	static const char strings[] = "/usr/bin/true\0prog\0-x\0\0A=1";
	const struct lwk_args *head = (void *)app;
	size_t bytes = sizeof(*head) + sizeof(strings);

	prepare(state);
	assert_int_equal(CALL(LWK_PROXY_ARGS, (uintptr_t)app, bytes - 1),
			 bytes);
	assert_int_equal(head->bytes, 0);
	assert_int_equal(CALL(LWK_PROXY_ARGS, (uintptr_t)app, bytes), bytes);
	assert_int_equal(head->bytes, bytes);
	assert_int_equal(head->argc, 3);
	assert_int_equal(head->envc, 1);
	assert_int_equal(head->pad, 0);
	assert_memory_equal(head + 1, strings, sizeof(strings));
	assert_int_equal(app[bytes], 0);
	/* Across the end of memory, and of the application's range. */
	assert_int_equal(CALL(LWK_PROXY_ARGS, (uintptr_t)app + 4096 - 40, 4096),
			 -EFAULT);
	assert_int_equal(CALL(LWK_PROXY_ARGS, LWK_APP_END - 8, 4096), -EFAULT);
	assert_int_equal(CALL(LWK_PROXY_ARGS, UINT64_MAX - 8, 4096), -EFAULT);
}

static void test_exe_fd(void **state)
{
	prepare(state);
	assert_int_equal(CALL(LWK_PROXY_EXE_FD, 0), 99);
	assert_int_equal(CALL(LWK_PROXY_EXE_FD, 0), -EBADF);
}

static void test_threads(void **state)
{
	prepare(state);
}

/* ---- O_DIRECT ---------------------------------------------------------- */

/* Linux's EFAULT for memory that is none stays. */
static void test_io(void **state)
{
	int end[2];

	prepare(state);
	assert_int_equal(pipe2(end, O_DIRECT), 0);
	assert_int_equal(CALL(SYS_write, end[1], text("hello"), 5), 5);
	assert_int_equal(CALL(SYS_read, end[0], (uintptr_t)app + 99, 50), 5);
	assert_string_equal(app + 99, "hello");
	assert_int_equal(CALL(SYS_write, end[1], 8, 5), -EFAULT);
	assert_int_equal(CALL(SYS_write, end[1], text("again"), 5), 5);
	assert_int_equal(CALL(SYS_read, end[0], 8, 5), -EFAULT);
	close(end[0]);
	close(end[1]);
}

/* The first page of the kernel's data for the vDSO: like the LWK's pages, it
 * can be read, and Linux does not pin it for O_DIRECT. */
static uint64_t unpinnable(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	uint64_t at = 0;

	while (maps && !at && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			at = strtoull(line, NULL, 16);
	if (maps)
		fclose(maps);
	return at;
}

/* A file that pins what is written to it, open for writing; -1 where there is none. */
static int open_direct(char *name, uint64_t at)
{
	struct proxy_call call = {SYS_write, {0, at, 4096}};
	int fd;

	close(mkstemp(name));
	fd = open(name, O_WRONLY | O_DIRECT);
	unlink(name);
	call.arg[0] = fd;
	if (at && fd >= 0 && proxy_window(&call, &not_kicked) == -EFAULT)
		return fd;
	close(fd);
	return -1;
}

static void test_direct_write(void **state)
{
	char name[] = "bounce-XXXXXX";
	uint64_t at = unpinnable();
	int fd = open_direct(name, at);
	struct iovec parts[] = {{(void *)at, 4096}, {NULL, 0}, {app, 4096}};
	struct proxy_call call = {SYS_write, {fd, at, 4096}};
	struct stat st;

	prepare(state);
	if (fd < 0)
		skip();
	assert_int_equal(bounce_io(&call, &not_kicked), 4096);
	call = (struct proxy_call){SYS_writev, {fd, (uintptr_t)parts, 3}};
	assert_int_equal(bounce_vector(&call, &not_kicked), 8192);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 12288);
	close(fd);
}

/* Nothing of a file is lost that the application could not take. */
static void test_bad_buffer(void **state)
{
	char name[] = "bounce-XXXXXX";
	int fd = mkstemp(name);
	struct iovec bad[] = {{(void *)8, 100}};

	prepare(state);
	unlink(name);
	assert_int_equal(write(fd, "0123456789", 10), 10);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(CALL(SYS_read, fd, 8, 5), -EFAULT);
	memcpy(app, bad, sizeof(bad));
	assert_int_equal(CALL(SYS_readv, fd, (uintptr_t)app, 1), -EFAULT);
	assert_int_equal(CALL(SYS_readv, fd, 8, 1), -EFAULT);
	assert_int_equal(CALL(SYS_write, fd, 8, 5), -EFAULT);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(CALL(SYS_read, fd, (uintptr_t)app, 5), 5);
	assert_memory_equal(app, "01234", 5);
	close(fd);
}

static int start(void **state)
{
	static const struct proxy_args args = {
		.exe_path = "/usr/bin/true",
		.argv = argv,
		.envp = envp,
		.exe_fd = 99,
	};

	(void)state;
	app = fake_memory(4096);
	guarded = guard_fd(open("/usr/bin/true", O_PATH));
	path_set_exe(guarded);
	args_set(&args);
	return 0;
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(list),
		TEST(also),
		TEST(never_run),
		TEST(addresses),
		TEST(guarded_descriptor),
		TEST(close_range),
		TEST(split),
		TEST(masks),
		TEST(limits),
		TEST(kill),
		TEST(names),
		TEST(readlink),
		TEST(open_exe),
		TEST(symlink_text),
		TEST(args),
		TEST(exe_fd),
		TEST(threads),
		TEST(io),
		TEST(direct_write),
		TEST(names_below_self),
		TEST(views),
		TEST(folders),
		TEST(prctl),
		TEST(bad_buffer),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
