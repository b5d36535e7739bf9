// SPDX-License-Identifier: MIT
/* Limits and identity; see limits.h. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/limits.h"
#include "toolchain/proxy/window.h"

/* ---- Limits ------------------------------------------------------------ */

static struct {
	pthread_mutex_t lock; /* guards the rest */
	bool is_known[RLIM_NLIMITS];
	struct rlimit value[RLIM_NLIMITS];
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_kept(uint64_t resource)
{
	return resource == RLIMIT_STACK || resource == RLIMIT_AS ||
	       resource == RLIMIT_DATA || resource == RLIMIT_RSS ||
	       resource == RLIMIT_MEMLOCK || resource == RLIMIT_CPU;
}

/* Caller holds the lock, or is the only thread. */
static void know(unsigned int resource)
{
	if (!kept.is_known[resource])
		getrlimit(resource, &kept.value[resource]);
	kept.is_known[resource] = true;
}

void limits_set_stack(uint64_t soft)
{
	know(RLIMIT_STACK);
	kept.value[RLIMIT_STACK].rlim_cur = soft;
}

static bool may_raise(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {};

	return !syscall(SYS_capget, &head, data) &&
	       data[0].effective & 1U << CAP_SYS_RESOURCE;
}

static int check_new(const struct rlimit *old, const struct rlimit *new)
{
	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	return new->rlim_max > old->rlim_max && !may_raise() ? -EPERM : 0;
}

static int change_kept(unsigned int resource, const struct rlimit *new,
		       struct rlimit *old)
{
	int err = 0;

	pthread_mutex_lock(&kept.lock);
	know(resource);
	*old = kept.value[resource];
	if (new)
		err = check_new(old, new);
	if (new && !err)
		kept.value[resource] = *new;
	pthread_mutex_unlock(&kept.lock);
	return err;
}

int64_t limits_change(uint64_t resource, uint64_t new_at, uint64_t old_at)
{
	struct rlimit new, old;
	int err;

	if (new_at >= LWK_APP_END || old_at >= LWK_APP_END)
		return -EFAULT;
	if (new_at && proxy_copy(&new, (const void *)new_at, sizeof(new)))
		return -EFAULT;
	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (is_kept(resource))
		err = change_kept(resource, new_at ? &new : NULL, &old);
	else
		err = prlimit(0, resource, new_at ? &new : NULL, &old) ? -errno
								       : 0;
	if (!err && old_at && proxy_copy((void *)old_at, &old, sizeof(old)))
		err = -EFAULT;
	return err;
}

/* ---- Identity ---------------------------------------------------------- */

static int change_ids(uint64_t nr, const uint64_t arg[3])
{
	switch (nr) {
	case SYS_setuid:
		return setuid(arg[0]);
	case SYS_setgid:
		return setgid(arg[0]);
	case SYS_setreuid:
		return setreuid(arg[0], arg[1]);
	case SYS_setregid:
		return setregid(arg[0], arg[1]);
	case SYS_setresuid:
		return setresuid(arg[0], arg[1], arg[2]);
	case SYS_setresgid:
		return setresgid(arg[0], arg[1], arg[2]);
	case SYS_setgroups:
		return setgroups(arg[0], (const gid_t *)arg[1]);
	default:
		errno = ENOSYS;
		return -1;
	}
}

int64_t limits_set_ids(uint64_t nr, const uint64_t arg[3])
{
	if (nr == SYS_setgroups && arg[1] >= LWK_APP_END)
		return -EFAULT;
	if (change_ids(nr, arg))
		return -errno;
	return device_credentials();
}
