// SPDX-License-Identifier: MIT
/* Wrong use of /dev/lwk: each has its errno and its sentence, and changes
 * nothing. Instances beside each other. */
#include "tests/host/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int control;
static char why[LWK_WHY_BYTES];
static char seen[64][LWK_WHY_BYTES]; /* sentences so far */
static int seen_count;

/* One sentence for each way to fail. */
static bool is_new(const char *sentence)
{
	for (int i = 0; i < seen_count; i++)
		if (!strcmp(seen[i], sentence))
			return false;
	memcpy(seen[seen_count++], sentence, LWK_WHY_BYTES);
	return sentence[0] != 0;
}

static void refused(int got, int expected, const char *name)
{
	is(got, expected, "%s", name);
	if (!ok(is_new(why), "%s: says why", name))
		printf("# %s\n", why);
	memset(why, 0, sizeof(why));
}

/* ---- What all calls share ---------------------------------------------- */

static const unsigned long commands[] = {
	LWK_IOC_VERSION,  LWK_IOC_RESERVE, LWK_IOC_RELEASE, LWK_IOC_BOOT,
	LWK_IOC_SHUTDOWN, LWK_IOC_TRACE,   LWK_IOC_STATUS,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int without_capability(unsigned long cmd)
{
	union {
		uint32_t version;
		char bytes[1024];
	} args = {.version = LWK_IOC_ABI};
	int code;
	pid_t child = fork();

	if (child == 0) {
		if (setuid(65534))
			_exit(255);
		_exit(-call(control, cmd, &args));
	}
	waitpid(child, &code, 0);
	return -WEXITSTATUS(code);
}

static void test_shared(void)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		uint32_t args[256] = {LWK_IOC_ABI + 1};

		is(call(control, commands[i], args), -EPROTO,
		   "call %zu: wrong version", i);
		is(call(control, commands[i], (void *)8), -EFAULT,
		   "call %zu: bad pointer", i);
	}
	for (size_t i = 1; i < COMMANDS - 1; i++)
		is(without_capability(commands[i]), -EPERM,
		   "call %zu: no capability", i);
	is(without_capability(LWK_IOC_VERSION), 0, "anyone may ask VERSION");
	is(without_capability(LWK_IOC_STATUS), -ENODEV,
	   "anyone may ask STATUS");
	is(call(control, _IO(LWK_IOC_MAGIC, 99), 0), -ENOTTY, "unknown call");
	is(call(control, LWK_IOC_PS, 0), -ENOTTY, "a call of the other device");
}

/* ---- RESERVE ----------------------------------------------------------- */

static int try_reserve(uint32_t instance, uint64_t cpus, uint64_t bytes,
		       int node)
{
	struct lwk_reserve args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.cpus = {cpus},
		.bytes = bytes,
		.node = node,
	};
	int ret = call(control, LWK_IOC_RESERVE, &args);

	memcpy(why, args.why, sizeof(why));
	return ret;
}

#define MIB (1ULL << 20)

static void test_reserve(void)
{
	uint64_t cpus = online_cpus();
	long before = free_kib();
	struct lwk_reserve far = {
		.version = LWK_IOC_ABI,
		.cpus = {[LWK_CPUMASK_WORDS - 1] = 1ULL << 63},
		.bytes = MIB * 64,
		.node = -1,
	};

	refused(try_reserve(0, 8, 0, -1), -EINVAL, "no memory");
	is(try_reserve(0, 8, MIB * 63, -1), -EINVAL, "not a multiple");
	refused(try_reserve(0, 8, 1ULL << 60, -1), -EINVAL, "absurd size");
	refused(try_reserve(0, 8, MIB * 64, 77), -EINVAL, "no such node");
	is(try_reserve(0, 8, MIB * 64, -2), -EINVAL, "negative node");
	refused(try_reserve(0, 0, MIB * 64, -1), -EINVAL, "no CPU");
	refused(try_reserve(0, 1, MIB * 64, -1), -EINVAL, "CPU 0");
	refused(try_reserve(0, 1ULL << 40, MIB * 64, -1), -EINVAL,
		"no such CPU");
	refused(try_reserve(LWK_MAX_INSTANCES, 8, MIB * 64, -1), -ENODEV,
		"no such instance");
	is(call(control, LWK_IOC_RESERVE, &far), -EINVAL, "CPU 1023");
	refused(try_reserve(0, 0xe, MIB * 100000, -1), -ENOMEM,
		"more memory than there is");
	is(online_cpus(), cpus, "the CPUs that were taken are back");
	write_text("/sys/devices/system/cpu/cpu2/online", "0");
	refused(try_reserve(0, 0xc, MIB * 64, -1), -EINVAL, "an offline CPU");
	write_text("/sys/devices/system/cpu/cpu2/online", "1");
	is(online_cpus(), cpus, "no CPU was taken");
	ok(free_kib() > before - (16 << 10), "no memory was taken");
	is(call(control, LWK_IOC_VERSION,
		&(struct lwk_version){.version = LWK_IOC_ABI, .instance = 1}),
	   -EINVAL, "VERSION of an instance");
}

/* All available memory but so many MiB: the scan may succeed or not, but loses nothing. */
static void test_greedy(unsigned int less)
{
	uint64_t cpus = online_cpus();
	uint64_t mib = (meminfo_kib("MemAvailable") >> 10) - less;
	long before;
	uint32_t instance = 0;
	int ret;

	before = free_kib();
	ret = try_reserve(0, 0xe, (mib & ~1ULL) * MIB, -1);
	printf("# %llu MiB: %d %s\n", (unsigned long long)mib, ret, why);
	ok(ret == 0 || ret == -ENOMEM, "nearly all memory");
	if (ret == 0)
		is(release(control, instance, why), 0, "given back");
	is(online_cpus(), cpus, "all CPUs are there");
	ok(free_kib() > before - (24 << 10), "all memory is there");
}

#define PIPES 400
#define KEPT 8 /* one of so many */
#define PIPE_BYTES (1 << 20)

static void close_pipe(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* Fills memory with what Linux cannot move, and frees most of it again. */
static void fragment(int pipes[PIPES][2])
{
	static char megabyte[PIPE_BYTES];

	for (int i = 0; i < PIPES; i++)
		if (pipe(pipes[i]) ||
		    fcntl(pipes[i][1], F_SETPIPE_SZ, PIPE_BYTES) < 0)
			fatal("pipe %d", i);
	for (int done = 0; done < PIPE_BYTES; done += 4096)
		for (int i = 0; i < PIPES; i++)
			if (write(pipes[i][1], megabyte, 4096) != 4096)
				fatal("fill pipe %d", i);
	for (int i = 0; i < PIPES; i++)
		if (i % KEPT)
			close_pipe(pipes[i]);
}

static void test_fragmented(void)
{
	int pipes[PIPES][2];
	uint64_t cpus = online_cpus(), mib;
	long before;

	fragment(pipes);
	before = free_kib();
	mib = (meminfo_kib("MemAvailable") >> 10) - 66;
	refused(try_reserve(0, 0xe, (mib & ~1ULL) * MIB, -1), -ENOMEM,
		"fragmented memory");
	is(online_cpus(), cpus, "all CPUs are there");
	ok(free_kib() > before - (16 << 10), "all memory is there");
	for (int i = 0; i < PIPES; i += KEPT)
		close_pipe(pipes[i]);
}

/* Killed while it reserves: all or nothing. */
static void test_killed(void)
{
	uint64_t cpus = online_cpus();
	long before = free_kib();
	int undone = 0;

	for (unsigned int ms = 10; ms <= 400; ms += 30) {
		pid_t child = fork();

		if (child == 0) {
			try_reserve(0, 0xe, 256 * MIB, -1);
			_exit(0);
		}
		sleep_ms(ms);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		if (status(control, 0).state == LWK_INSTANCE_RESERVED)
			release(control, 0, why);
		else
			undone++;
	}
	ok(undone > 0, "killed while reserving: %d times undone", undone);
	is(online_cpus(), cpus, "all CPUs are there");
	ok(free_kib() > before - (16 << 10), "all memory is there");
}

static mode_t mode_of(const char *path)
{
	struct stat st = {0};

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

static void test_modes(void)
{
	uint32_t instance = 0;

	is(reserve(control, &instance, 8, 64, why), 0, "reserve %s", why);
	is(mode_of("/dev/lwk"), 0600, "/dev/lwk is root's");
	close(instance_open(0));
	is(mode_of("/dev/lwk0"), 0660, "/dev/lwk0 is a group's, too");
	is(release(control, 0, why), 0, "release %s", why);
}

/* ---- BOOT, SHUTDOWN, RELEASE ------------------------------------------- */

static int try_boot(uint32_t instance, struct lwk_boot_args args)
{
	int ret;

	args.version = LWK_IOC_ABI;
	args.instance = instance;
	ret = call(control, LWK_IOC_BOOT, &args);
	memcpy(why, args.why, sizeof(why));
	return ret;
}

static int trace(uint32_t instance, uint32_t flags)
{
	struct lwk_trace args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.flags = flags,
	};
	int ret = call(control, LWK_IOC_TRACE, &args);

	memcpy(why, args.why, sizeof(why));
	return ret;
}

static void test_unreserved(void)
{
	struct lwk_status s = {.version = LWK_IOC_ABI, .instance = 0};

	refused(release(control, 0, why), -ENODEV, "release of nothing");
	is(boot(control, 0, STUB_NORMAL, why), -ENODEV, "boot of nothing");
	is(shut_down(control, 0, 0, why), -ENODEV, "shutdown of nothing");
	is(trace(0, 0), -ENODEV, "trace of nothing");
	is(call(control, LWK_IOC_STATUS, &s), -ENODEV, "status of nothing");
	is(release(control, 4000000000U, why), -ENODEV, "a huge number");
	ok(access("/dev/lwk0", F_OK) < 0, "no device either");
}

static void test_boot(void)
{
	struct file image = stub_file(STUB_NORMAL);
	struct lwk_blob blob = {(uintptr_t)image.data, image.bytes};
	struct lwk_blob none = {8, 4096};

	refused(try_boot(0, (struct lwk_boot_args){.image = blob, .flags = 4}),
		-EINVAL, "BOOT: unknown flags");
	is(try_boot(0, (struct lwk_boot_args){.image = blob, .pad = 1}),
	   -EINVAL, "BOOT: pad");
	refused(try_boot(0, (struct lwk_boot_args){.image = blob,
						   .ext_count = 33}),
		-EINVAL, "BOOT: too many extensions");
	refused(try_boot(0, (struct lwk_boot_args){.image = none}), -EFAULT,
		"BOOT: image at a bad address");
	is(try_boot(0, (struct lwk_boot_args){.image = blob,
					      .ext_count = 1,
					      .exts = 8}),
	   -EFAULT, "BOOT: extensions at a bad address");
	refused(try_boot(0, (struct lwk_boot_args){.image = {8, 1ULL << 40}}),
		-ENOEXEC, "BOOT: huge image");
	refused(try_boot(0, (struct lwk_boot_args){0}), -ENOEXEC,
		"BOOT: empty image");
	image.data[0] = 'x';
	refused(try_boot(0, (struct lwk_boot_args){.image = blob}), -ENOEXEC,
		"BOOT: no ELF file");
	image.data[0] = 0x7f;
	blob.bytes = 8192;
	is(try_boot(0, (struct lwk_boot_args){.image = blob}), -ENOEXEC,
	   "BOOT: a truncated file");
	is(status(control, 0).state, LWK_INSTANCE_RESERVED,
	   "reserved as before");
	free(image.data);
}

static void test_claims(void)
{
	int fd = open("/sys/devices/system/cpu/cpu3/online", O_WRONLY);

	is(write(fd, "1", 1) < 0 ? errno : 0, EBUSY,
	   "a claimed CPU does not come online");
	close(fd);
	is(syscall(SYS_delete_module, "lwk", O_NONBLOCK) < 0 ? errno : 0,
	   EAGAIN, "the module stays loaded");
	fd = open("/sys/power/state", O_WRONLY);
	if (fd >= 0) {
		is(write(fd, "freeze", 6) < 0 ? errno : 0, EBUSY,
		   "Linux does not suspend");
		close(fd);
	}
}

static void test_states(void)
{
	uint32_t instance = 0;
	char none[LWK_WHY_BYTES];
	int fd;

	is(reserve(control, &instance, 8, 64, why), 0, "reserve %s", why);
	refused(try_reserve(0, 4, 64 * MIB, -1), -EBUSY, "reserved already");
	refused(try_reserve(1, 8, 64 * MIB, -1), -EBUSY,
		"the CPU is another's");
	refused(shut_down(control, 0, 0, why), -ENXIO, "not booted");
	refused(trace(0, 0), -ENXIO, "TRACE: not booted");
	is(trace(0, 2), -EINVAL, "TRACE: unknown flags");
	test_claims();
	test_boot();
	is(shut_down(control, 0, 2, none), -EINVAL, "SHUTDOWN: unknown flags");
	fd = instance_open(0);
	ok(fd >= 0, "/dev/lwk0 can be opened");
	refused(release(control, 0, why), -EBUSY, "RELEASE: device open");
	is(boot(control, 0, STUB_NORMAL, why), 0, "boot %s", why);
	refused(boot(control, 0, STUB_NORMAL, why), -EALREADY, "booted twice");
	close(fd);
	refused(release(control, 0, why), -EBUSY, "RELEASE: booted");
	is(status(control, 0).state, LWK_INSTANCE_RUNNING, "runs as before");
	is(shut_down(control, 0, 0, why), 0, "shut down %s", why);
	is(release(control, 0, why), 0, "release %s", why);
}

/* ---- Several ----------------------------------------------------------- */

static void test_two(void)
{
	uint32_t a = LWK_INSTANCE_ANY, b = LWK_INSTANCE_ANY;
	struct lwk_version version = {.version = LWK_IOC_ABI};

	is(reserve(control, &a, 2, 64, why), 0, "reserve one %s", why);
	is(reserve(control, &b, 0xc, 64, why), 0, "and another %s", why);
	is(b, a + 1, "numbered one after the other");
	call(control, LWK_IOC_VERSION, &version);
	is(version.reserved_mask, 3, "both are there");
	is(boot(control, a, STUB_NORMAL, why), 0, "boot one %s", why);
	is(boot(control, b, STUB_REFUSES, why), -EIO, "the other refuses");
	is(boot(control, b, STUB_NORMAL, why), 0, "boot the other %s", why);
	is(status(control, b).cpu_count, 2, "it has two CPUs");
	is(status(control, b).cpus[0], 0xc, "those");
	is(shut_down(control, a, 0, why), 0, "shut one down %s", why);
	is(status(control, b).state, LWK_INSTANCE_RUNNING, "the other runs");
	is(release(control, a, why), 0, "release one %s", why);
	is(status(control, b).state, LWK_INSTANCE_RUNNING, "the other runs");
	is(shut_down(control, b, 0, why), 0, "shut it down %s", why);
	is(release(control, b, why), 0, "release it %s", why);
}

int main(void)
{
	control = control_open();
	test_shared();
	test_reserve();
	test_unreserved();
	test_states();
	test_two();
	test_greedy(80);
	test_fragmented();
	test_killed();
	test_modes();
	return done_testing();
}
