// SPDX-License-Identifier: GPL-2.0
/* /dev/lwk: reserve, boot, shut down, release, status, trace, devices. */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "host-module/boot/boot.h"
#include "host-module/dev/command.h"
#include "host-module/dev/control.h"
#include "host-module/instance.h"
#include "host-module/partition/partition.h"
#include "host-module/partition/pci.h"
#include "host-module/boot/probe.h"
#include "host-module/why.h"

/* The file of an image is larger than the image, because it has debugging
 * information. */
#define IMAGE_FILE_MAX (64ULL << 20)

static long do_version(void *owner, void *data)
{
	struct lwk_version *args = data;

	if (args->instance)
		return -EINVAL;
	args->max_instances = LWK_MAX_INSTANCES;
	args->reserved_mask = lwk_instance_mask();
	return 0;
}

static long do_status(void *owner, void *data)
{
	struct lwk_status *args = data;
	struct lwk_status status = {
		.version = args->version,
		.instance = args->instance,
	};
	int err = lwk_instance_status(args->instance, &status);
	if (!err)
		*args = status;
	return err;
}

static long do_reserve(void *owner, void *data)
{
	return lwk_partition_reserve(data);
}

static long do_release(void *owner, void *data)
{
	return lwk_partition_release(data);
}

/* ---- On an instance, under its lock ------------------------------------ */

static long do_shutdown(void *owner, void *data)
{
	struct lwk_shutdown *args = data;
	struct lwk_instance *inst;
	int err;

	if (args->flags & ~LWK_SHUTDOWN_FORCE || args->pad)
		return lwk_why(args->why, -EINVAL, "unknown flags");
	inst = lwk_instance_get_locked(args->instance, args->why, &err);
	if (!inst)
		return err;
	err = lwk_shut_down(inst, args->flags, args->why);
	lwk_instance_put_locked(inst);
	return err;
}

static long do_trace(void *owner, void *data)
{
	struct lwk_trace *args = data;
	struct lwk_instance *inst;
	int err;

	if (args->flags & ~LWK_TRACE_PANIC || args->pad)
		return lwk_why(args->why, -EINVAL, "unknown flags");
	inst = lwk_instance_get_locked(args->instance, args->why, &err);
	if (!inst)
		return err;
	err = lwk_trace(inst, args->flags, args->why);
	lwk_instance_put_locked(inst);
	return err;
}

/* ---- Devices ----------------------------------------------------------- */

static long do_device_add(void *owner, void *data)
{
	return lwk_pci_add(data);
}

static long do_device_remove(void *owner, void *data)
{
	return lwk_pci_remove(data);
}

static long do_device_info(void *owner, void *data)
{
	return lwk_pci_info(data);
}

/* ---- Boot -------------------------------------------------------------- */

static int check_boot(struct lwk_boot_args *args)
{
	if (args->flags & ~LWK_BOOT_FLAGS || args->pad)
		return lwk_why(args->why, -EINVAL, "unknown flags");
	if (args->ext_count > LWK_BOOT_MAX_EXT)
		return lwk_why(args->why, -EINVAL,
			       "%u extensions are too many; at most %u",
			       args->ext_count, LWK_BOOT_MAX_EXT);
	if (args->image.bytes > IMAGE_FILE_MAX)
		return lwk_why(args->why, -ENOEXEC,
			       "the image's file is larger than %llu MiB",
			       IMAGE_FILE_MAX >> 20);
	return 0;
}

/* A copy of the user's bytes, to be freed by kvfree(). */
static void *copy_blob(u64 ptr, u64 bytes, char *why)
{
	void *copy = kvmalloc(bytes + 1, GFP_KERNEL);

	if (!copy) {
		lwk_why(why, 0, "no memory for a copy of the image");
		return ERR_PTR(-ENOMEM);
	}
	if (copy_from_user(copy, u64_to_user_ptr(ptr), bytes)) {
		kvfree(copy);
		lwk_why(why, 0, "the image's address is wrong");
		return ERR_PTR(-EFAULT);
	}
	return copy;
}

static int check_bootable(struct lwk_instance *inst, char *why)
{
	switch (lwk_instance_state(inst)) {
	case LWK_INSTANCE_RESERVED:
		return 0;
	case LWK_INSTANCE_FAILED:
		return lwk_why(why, -EALREADY,
			       "lwk%u has failed; shut it down first",
			       inst->id);
	default:
		return lwk_why(why, -EALREADY,
			       "lwk%u is booted and running; see `lwk status`",
			       inst->id);
	}
}

static int boot_locked(struct lwk_instance *inst, struct lwk_boot_args *args,
		       struct lwk_blob *exts)
{
	struct lwk_boot_request req = {
		.image_bytes = args->image.bytes,
		.flags = args->flags,
		.ext_count = args->ext_count,
		.exts = exts,
		.why = args->why,
	};
	int err = check_bootable(inst, args->why);
	void *image;

	if (err)
		return err;
	image = copy_blob(args->image.ptr, args->image.bytes, args->why);
	if (IS_ERR(image))
		return PTR_ERR(image);
	req.image = image;
	err = lwk_boot_start(inst, &req);
	args->failed_ext = req.failed_ext;
	kvfree(image);
	return err;
}

static long do_boot(void *owner, void *data)
{
	struct lwk_boot_args *args = data;
	struct lwk_instance *inst;
	struct lwk_blob *exts;
	int err = check_boot(args);

	if (err)
		return err;
	inst = lwk_instance_get_locked(args->instance, args->why, &err);
	if (!inst)
		return err;
	exts = copy_blob(args->exts, args->ext_count * sizeof(*exts),
			 args->why);
	if (IS_ERR(exts)) {
		lwk_instance_put_locked(inst);
		return PTR_ERR(exts);
	}
	err = boot_locked(inst, args, exts);
	kvfree(exts);
	lwk_instance_put_locked(inst);
	return err;
}

/* ---- The device -------------------------------------------------------- */

static const struct lwk_command commands[] = {
	{LWK_IOC_VERSION, false, do_version},
	{LWK_IOC_RESERVE, true, do_reserve},
	{LWK_IOC_RELEASE, true, do_release},
	{LWK_IOC_BOOT, true, do_boot},
	{LWK_IOC_SHUTDOWN, true, do_shutdown},
	{LWK_IOC_STATUS, false, do_status},
	{LWK_IOC_TRACE, true, do_trace},
	{LWK_IOC_DEVICE_ADD, true, do_device_add},
	{LWK_IOC_DEVICE_REMOVE, true, do_device_remove},
	{LWK_IOC_DEVICE_INFO, false, do_device_info},
	{},
};

static long control_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	return lwk_command_run(commands, LWK_COMMAND_ANY_INSTANCE, NULL, cmd,
			       (void __user *)arg);
}

const struct file_operations lwk_control_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = control_ioctl,
	.llseek = noop_llseek,
};
