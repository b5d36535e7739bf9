// SPDX-License-Identifier: GPL-2.0
/* Carrying an ioctl's structure in and out, the same for both devices. */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/uaccess.h>

#include "host-module/dev/command.h"
#include "kernel/abi/ioctl.h"

union any_args {
	struct lwk_command_head head;
	struct lwk_version version;
	struct lwk_reserve reserve;
	struct lwk_release release;
	struct lwk_boot_args boot;
	struct lwk_shutdown shutdown;
	struct lwk_status status;
	struct lwk_device_args device_args;
	struct lwk_device_info device_info;
	struct lwk_proc_create proc_create;
	struct lwk_event event;
	struct lwk_value value;
	struct lwk_signal signal;
	struct lwk_proc_adopt adopt;
	struct lwk_lend lend;
	struct lwk_log_read log_read;
	struct lwk_ps ps;
	struct lwk_cpus cpus;
	struct nimble_ctl nimble;
};

static_assert(LWK_IOC_ABI == NIMBLE_CTL_VERSION); /* both in head.version */

static const struct lwk_command *find(const struct lwk_command *c,
				      unsigned int cmd)
{
	while (c->cmd && c->cmd != cmd)
		c++;
	return c->cmd ? c : NULL;
}

long lwk_command_run(const struct lwk_command *table, int instance, void *owner,
		     unsigned int cmd, void __user *arg)
{
	const struct lwk_command *c = find(table, cmd);
	unsigned int bytes = _IOC_SIZE(cmd);
	union any_args args;
	long ret;

	if (!c)
		return -ENOTTY;
	if (c->needs_admin && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&args, arg, bytes))
		return -EFAULT;
	if (args.head.version != LWK_IOC_ABI)
		return -EPROTO;
	if (instance != LWK_COMMAND_ANY_INSTANCE &&
	    args.head.instance != (u32)instance)
		return -EINVAL;
	ret = c->run(owner, &args);
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(arg, &args, bytes) &&
	    ret >= 0)
		ret = -EFAULT;
	return ret;
}
