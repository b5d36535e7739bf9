// SPDX-License-Identifier: MIT
/* For the module's tests in a guest: ioctls, and the stub as LWK. */
#include "tests/host/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STUB_PATH "/tests/stub.elf"

/* ---- Calls ------------------------------------------------------------- */

int call(int fd, unsigned long cmd, void *args)
{
	int ret = ioctl(fd, cmd, args);

	return ret < 0 ? -errno : ret;
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int control_open(void)
{
	int fd = open_device("/dev/lwk");

	if (fd < 0)
		fatal("/dev/lwk: error %d", -fd);
	return fd;
}

/* The device's file may need a moment to appear. */
int instance_open(uint32_t instance)
{
	char path[32];
	int fd = -ENOENT;

	snprintf(path, sizeof(path), "/dev/lwk%u", instance);
	for (int i = 0; i < 100 && fd == -ENOENT; i++) {
		fd = open_device(path);
		if (fd == -ENOENT)
			sleep_ms(10);
	}
	return fd;
}

static void take_why(char *to, const char *from)
{
	if (to)
		memcpy(to, from, LWK_WHY_BYTES);
}

int reserve(int control, uint32_t *instance, uint64_t cpus, uint64_t mib,
	    char *why)
{
	struct lwk_reserve args = {
		.version = LWK_IOC_ABI,
		.instance = *instance,
		.cpus = {cpus},
		.bytes = mib << 20,
		.node = -1,
	};
	int ret = call(control, LWK_IOC_RESERVE, &args);

	take_why(why, args.why);
	*instance = args.instance;
	return ret;
}

int release(int control, uint32_t instance, char *why)
{
	struct lwk_release args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
	};
	int ret = call(control, LWK_IOC_RELEASE, &args);

	take_why(why, args.why);
	return ret;
}

struct file stub_file(enum stub_mode mode)
{
	struct file f = {0};
	const uint64_t magic = STUB_MODE_MAGIC;
	const uint64_t value = mode;
	struct stat st;
	char *at;
	int fd = open(STUB_PATH, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) < 0)
		fatal("no %s", STUB_PATH);
	f.bytes = st.st_size;
	f.data = malloc(f.bytes);
	if (!f.data || read(fd, f.data, f.bytes) != st.st_size)
		fatal("cannot read %s", STUB_PATH);
	close(fd);
	at = memmem(f.data, f.bytes, &magic, sizeof(magic));
	if (!at)
		fatal("%s has no mode", STUB_PATH);
	memcpy(at + sizeof(magic), &value, sizeof(value));
	return f;
}

int boot_image(int control, uint32_t instance, const struct file *image,
	       char *why)
{
	struct lwk_boot_args args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.image = {(uintptr_t)image->data, image->bytes},
	};
	int ret = call(control, LWK_IOC_BOOT, &args);

	take_why(why, args.why);
	return ret;
}

int boot(int control, uint32_t instance, enum stub_mode mode, char *why)
{
	struct file image = stub_file(mode);
	int ret = boot_image(control, instance, &image, why);

	free(image.data);
	return ret;
}

int shut_down(int control, uint32_t instance, uint32_t flags, char *why)
{
	struct lwk_shutdown args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.flags = flags,
	};
	int ret = call(control, LWK_IOC_SHUTDOWN, &args);

	take_why(why, args.why);
	return ret;
}

struct lwk_status status(int control, uint32_t instance)
{
	struct lwk_status s = {.version = LWK_IOC_ABI, .instance = instance};

	if (call(control, LWK_IOC_STATUS, &s) < 0)
		memset(&s, 0, sizeof(s));
	return s;
}

/* ---- A process --------------------------------------------------------- */

static void *map(int fd, uint64_t at, size_t bytes, uint64_t offset)
{
	void *want = (void *)(uintptr_t)at;
	void *got =
		mmap(want, bytes, PROT_READ | PROT_WRITE,
		     MAP_SHARED | (at ? MAP_FIXED_NOREPLACE : 0), fd, offset);

	if (got == MAP_FAILED)
		fatal("mmap at %#lx: error %d", (unsigned long)at, errno);
	return got;
}

int linux_cpu(uint32_t instance, int index)
{
	int control = control_open();
	struct lwk_status s = status(control, instance);

	close(control);
	for (int cpu = 0; cpu < 64; cpu++)
		if (s.cpus[0] >> cpu & 1 && index-- == 0)
			return cpu;
	fatal("lwk%u has no more CPUs", instance);
}

struct peer peer_new(uint32_t instance, int index)
{
	struct lwk_proc_create args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.cpu = linux_cpu(instance, index),
		.stack_bytes = 8 << 20,
	};
	struct peer p = {.fd = instance_open(instance), .instance = instance};
	int ret;

	if (p.fd < 0)
		fatal("/dev/lwk%u: error %d", instance, -p.fd);
	ret = call(p.fd, LWK_IOC_PROC_CREATE, &args);
	if (ret)
		fatal("PROC_CREATE: error %d, %s", -ret, args.why);
	p.handle = args.handle;
	p.slots = map(p.fd, 0, LWK_PAGE_SIZE, LWK_MMAP_SLOTS);
	p.report = (void *)&p.slots->slot[STUB_REPORT_SLOT];
	p.space = value_call(&p, LWK_IOC_SPACE, 0, 0);
	if (p.space < 0)
		fatal("SPACE: error %d", -p.space);
	map(p.space, STUB_SMALL, PEER_SPACE_BYTES, LWK_MMAP_SPACE + STUB_SMALL);
	return p;
}

void peer_end(struct peer *p)
{
	munmap((void *)STUB_SMALL, PEER_SPACE_BYTES);
	munmap(p->slots, LWK_PAGE_SIZE);
	close(p->space);
	close(p->fd);
}

int value_call(struct peer *p, unsigned long cmd, uint32_t value, uint32_t pad)
{
	struct lwk_value args = {LWK_IOC_ABI, p->instance, value, pad};

	return call(p->fd, cmd, &args);
}

/* A signal with the sender's PID. */
int signal_call(struct peer *p, int signal, uint32_t from)
{
	struct lwk_signal args = {.version = LWK_IOC_ABI,
				  .instance = p->instance,
				  .signal = signal,
				  .data = {from}};

	return call(p->fd, LWK_IOC_SIGNAL, &args);
}

void peer_send(struct peer *p, enum stub_command command, unsigned int arg)
{
	int ret = signal_call(p, STUB_COMMAND, STUB_ARG(command, arg));

	if (ret)
		fatal("command %d: error %d", command, -ret);
	p->sent++;
}

void peer_do(struct peer *p, enum stub_command command, unsigned int arg)
{
	peer_send(p, command, arg);
	if (!wait_word(&p->report->commands, p->sent))
		fatal("command %d is not carried out", command);
}

bool wait_word(const volatile uint32_t *word, uint32_t value)
{
	uint64_t end = now_ns() + 5000000000ULL;

	while (*word < value) {
		if (now_ns() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

/* ---- Touching ---------------------------------------------------------- */

static __thread sigjmp_buf back;

static void jump_back(int signal)
{
	siglongjmp(back, signal);
}

static void catch_faults(void)
{
	struct sigaction action = {.sa_handler = jump_back};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

int try_read(volatile uint64_t *word)
{
	int signal;

	catch_faults();
	signal = sigsetjmp(back, 1);
	if (!signal)
		(void)*word;
	return signal;
}

int try_write(volatile uint64_t *word, uint64_t value)
{
	int signal;

	catch_faults();
	signal = sigsetjmp(back, 1);
	if (!signal)
		*word = value;
	return signal;
}
