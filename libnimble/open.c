// SPDX-License-Identifier: MIT
/* Connections: the system call of an LWK, the device on Linux, or this process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel/abi/ioctl.h"
#include "libnimble/host_priv.h"
#include "libnimble/libnimble_priv.h"

/* ---- Carriers ---------------------------------------------------------- */

static int by_system_call(void *context, struct nimble_ctl *ctl)
{
	(void)context;
	return syscall(LWK_SYS_NIMBLE_CTL, ctl) < 0 ? -errno : 0;
}

static int by_device(void *context, struct nimble_ctl *ctl)
{
	const struct libnimble *n = context;

	return ioctl(n->fd, LWK_IOC_NIMBLE, ctl) < 0 ? -errno : 0;
}

static int open_by(struct libnimble **n, const char *backend,
		   const struct libnimble_carrier *carrier)
{
	*n = calloc(1, sizeof(**n));
	if (!*n)
		return nimble_error(-ENOMEM, "no memory");
	(*n)->carrier = *carrier;
	(*n)->backend = backend;
	(*n)->fd = -1;
	return 0;
}

int libnimble_open_carrier(struct libnimble **n,
			   const struct libnimble_carrier *carrier)
{
	return open_by(n, "carrier", carrier);
}

void libnimble_close(struct libnimble *n)
{
	if (!n)
		return;
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}

int libnimble_instance(const struct libnimble *n)
{
	return n->fd >= 0 ? (int)n->instance : -1;
}

const char *libnimble_backend(const struct libnimble *n)
{
	return n->backend;
}

/* ---- Which one --------------------------------------------------------- */

/* A request that does nothing: Linux does not know the call. */
static int on_lwk(void)
{
	struct nimble_ctl ctl = {.version = NIMBLE_CTL_VERSION};

	return by_system_call(NULL, &ctl) != -ENOSYS;
}

static int open_device(struct libnimble **n, const char *path)
{
	struct libnimble_carrier carrier = {.call = by_device};
	const char *digits = path + strcspn(path, "0123456789");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int err;

	if (fd < 0)
		return nimble_error(-errno, "%s: %s", path, strerror(errno));
	err = open_by(n, "device", &carrier);
	if (err) {
		close(fd);
		return err;
	}
	(*n)->fd = fd;
	(*n)->instance = strtoul(digits, NULL, 10);
	(*n)->carrier.context = *n;
	return 0;
}

/* The path of the only instance; NULL: *err says why there is none. */
static const char *only_device(char *path, size_t bytes, int *err)
{
	int found = -1;

	for (int i = 0; i < LWK_MAX_INSTANCES; i++) {
		snprintf(path, bytes, "/dev/lwk%d", i);
		if (access(path, F_OK))
			continue;
		if (found >= 0) {
			*err = nimble_error(
				-EINVAL,
				"there are several LWKs: name a device");
			return NULL;
		}
		found = i;
	}
	if (found < 0) {
		*err = nimble_error(
			-ENOSYS,
			"this does not run on an LWK, and there is no /dev/lwkN");
		return NULL;
	}
	snprintf(path, bytes, "/dev/lwk%d", found);
	return path;
}

static bool in_process; /* atomic: set once, by the first such connection */

static int open_host(struct libnimble **n)
{
	const struct libnimble_carrier carrier = {.call = host_request};

	if (!__atomic_exchange_n(&in_process, true, __ATOMIC_RELAXED))
		fprintf(stderr,
			"libnimble: NIMBLE_BACKEND=host: extensions run inside this process, by direct calls only\n");
	return open_by(n, "host", &carrier);
}

int libnimble_call(uint32_t id, uint64_t args[8])
{
	int err;

	if (__atomic_load_n(&in_process, __ATOMIC_RELAXED))
		err = host_direct_call(id, args);
	else
		err = syscall(LWK_SYS_NIMBLE_CALL, id, args) ? -errno : 0;
	return err ? nimble_error(err, "the call of extension %u: %s", id,
				  strerror(-err))
		   : 0;
}

/* The only backend that the environment can name. */
static int open_named(struct libnimble **n, const char *backend)
{
	if (strcmp(backend, "host") == 0)
		return open_host(n);
	return nimble_error(-EINVAL, "NIMBLE_BACKEND=%s: it can be `host` only",
			    backend);
}

int libnimble_open(struct libnimble **n, const char *device)
{
	const struct libnimble_carrier direct = {.call = by_system_call};
	const char *backend = getenv("NIMBLE_BACKEND");
	char path[32];
	int err = 0;

	*n = NULL;
	if (!device && backend && *backend)
		return open_named(n, backend);
	if (!device)
		device = getenv("LIBNIMBLE_DEVICE");
	if (!device && on_lwk())
		return open_by(n, "lwk", &direct);
	if (!device)
		device = only_device(path, sizeof(path), &err);
	return device ? open_device(n, device) : err;
}
