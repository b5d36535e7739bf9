// SPDX-License-Identifier: MIT
/* /dev/lwkN; see device.h. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/guard.h"

/* Where siginfo_t's union begins. */
#define SIGINFO_HEAD offsetof(siginfo_t, _sifields)

static int fd = -1;
static int space = -1; /* of the process's memory */
static unsigned int instance;

int device_open(unsigned int number)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/lwk%u", number);
	instance = number;
	fd = guard_fd(open(path, O_RDWR | O_CLOEXEC));
	return fd < 0 ? -errno : 0;
}

int device_fd(void)
{
	return fd;
}

/* 0, or the descriptor that some commands give. */
static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

int device_create(int cpu, uint64_t stack_bytes, char *why)
{
	struct lwk_proc_create args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.cpu = cpu,
		.stack_bytes = stack_bytes,
	};
	int err = result(ioctl(fd, LWK_IOC_PROC_CREATE, &args));

	memcpy(why, args.why, LWK_WHY_BYTES);
	why[LWK_WHY_BYTES - 1] = 0;
	return err;
}

int device_map_slots(struct lwk_slot_page **page)
{
	void *at = mmap(NULL, LWK_SLOT_PAGES * sizeof(**page),
			PROT_READ | PROT_WRITE, MAP_SHARED, fd, LWK_MMAP_SLOTS);

	if (at == MAP_FAILED)
		return -errno;
	*page = at;
	return 0;
}

/* A command that says no more than a value. */
static int send_value(unsigned long command, uint32_t value)
{
	struct lwk_value args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.value = value,
	};

	return result(ioctl(fd, command, &args));
}

int device_open_space(void)
{
	int own;

	if (space >= 0)
		guard_close(space);
	space = -1;
	own = send_value(LWK_IOC_SPACE, 0);
	if (own < 0)
		return own;
	space = guard_fd(own);
	return space < 0 ? -errno : 0;
}

int device_map_space(uint64_t start, uint64_t end)
{
	void *at = mmap((void *)start, end - start, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, space, LWK_MMAP_SPACE + start);

	return at == MAP_FAILED ? -errno : 0;
}

static int lend_call(unsigned long command, uint64_t start, uint64_t bytes,
		     int write)
{
	struct lwk_lend args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.address = start,
		.bytes = bytes,
		.write = (uint32_t)write,
	};

	return result(ioctl(fd, command, &args));
}

int device_lend(uint64_t start, uint64_t bytes, int write)
{
	return lend_call(LWK_IOC_LEND, start, bytes, write);
}

int device_take_back(uint64_t start, uint64_t bytes)
{
	return lend_call(LWK_IOC_TAKE_BACK, start, bytes, 0);
}

int device_changed(uint64_t start, uint64_t bytes)
{
	return lend_call(LWK_IOC_CHANGED, start, bytes, 0);
}

int device_adopt(uint64_t child)
{
	struct lwk_proc_adopt args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.child = child,
	};
	int own = result(ioctl(fd, LWK_IOC_PROC_ADOPT, &args));

	if (own < 0)
		return own;
	guard_close(fd);
	/* The parent's memory is not mapped here, but its file was inherited. */
	guard_close(space);
	space = -1;
	fd = guard_fd(own);
	return fd < 0 ? -errno : 0;
}

int device_close_on_exec(void)
{
	return send_value(LWK_IOC_CLOSE_ON_EXEC, 0);
}

int device_credentials(void)
{
	return send_value(LWK_IOC_CREDENTIALS, 0);
}

int device_parent(void)
{
	return send_value(LWK_IOC_PARENT, 0);
}

int device_start(void)
{
	return send_value(LWK_IOC_PROC_START, 0);
}

int device_wait(void)
{
	return send_value(LWK_IOC_WAIT, 0);
}

int device_slot_done(uint32_t slot)
{
	return send_value(LWK_IOC_SLOT_DONE, slot);
}

int device_signal(int signal, const siginfo_t *info)
{
	struct lwk_signal args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.signal = signal,
	};

	if (info) {
		args.error = info->si_errno;
		args.code = info->si_code;
		memcpy(args.data, (const char *)info + SIGINFO_HEAD,
		       sizeof(args.data));
	}
	return result(ioctl(fd, LWK_IOC_SIGNAL, &args));
}

int device_event(struct lwk_event *event)
{
	*event = (struct lwk_event){
		.version = LWK_IOC_ABI,
		.instance = instance,
	};
	return result(ioctl(fd, LWK_IOC_EVENT, event));
}
