// SPDX-License-Identifier: GPL-2.0
/* /dev/lwkN: processes, log, extensions of one instance. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pagemap.h>

#include "command.h"
#include "instfile.h"
#include "log.h"
#include "nimble.h"
#include "proc.h"
#include "vm.h"

/* The file's mappings are its own, not all those of the device; see proc.h. */
static void give_own_mapping(struct lwk_proc *proc, struct inode *inode,
			     struct file *file)
{
	address_space_init_once(&proc->mapping);
	proc->mapping.host = inode;
	proc->mapping.a_ops = inode->i_mapping->a_ops;
	mapping_set_gfp_mask(&proc->mapping, GFP_KERNEL);
	file->f_mapping = &proc->mapping;
}

static int instance_open(struct inode *inode, struct file *file)
{
	struct lwk_instance *inst = lwk_instance_open(iminor(inode) - 1);
	struct lwk_proc *proc;

	if (!inst)
		return -ENODEV;
	proc = lwk_proc_new(inst);
	if (!proc) {
		lwk_instance_close(inst);
		return -ENOMEM;
	}
	give_own_mapping(proc, inode, file);
	file->private_data = proc;
	return 0;
}

static int instance_release(struct inode *inode, struct file *file)
{
	struct lwk_proc *proc = file->private_data;
	struct lwk_instance *inst = proc->inst;

	file->f_mapping = inode->i_mapping;
	lwk_proc_close(proc);
	lwk_instance_close(inst);
	return 0;
}

static int instance_mmap(struct file *file, struct vm_area_struct *vma)
{
	return lwk_vm_mmap(file->private_data, vma);
}

/* ---- Commands ---------------------------------------------------------- */

static long do_proc_create(void *owner, void *data)
{
	return lwk_proc_create(owner, data);
}

static long do_proc_start(void *owner, void *data)
{
	struct lwk_value *args = data;

	if (args->value || args->pad)
		return -EINVAL;
	return lwk_proc_start(owner);
}

static long do_wait(void *owner, void *data)
{
	struct lwk_value *args = data;

	if (args->value || args->pad)
		return -EINVAL;
	return lwk_proc_wait(owner);
}

static long do_slot_done(void *owner, void *data)
{
	struct lwk_value *args = data;

	if (args->pad)
		return -EINVAL;
	return lwk_proc_slot_done(owner, args->value);
}

static long do_signal(void *owner, void *data)
{
	return lwk_proc_signal(owner, data);
}

static long do_event(void *owner, void *data)
{
	return lwk_proc_event(owner, data);
}

static long do_log(void *owner, void *data)
{
	struct lwk_proc *proc = owner;

	return lwk_log_read(proc->inst, data);
}

static long do_ps(void *owner, void *data)
{
	struct lwk_proc *proc = owner;

	return lwk_proc_list(proc->inst, data);
}

static long do_nimble(void *owner, void *data)
{
	struct lwk_proc *proc = owner;

	return lwk_nimble_control(proc->inst, data);
}

static const struct lwk_command commands[] = {
	{LWK_IOC_WAIT, false, do_wait},
	{LWK_IOC_SLOT_DONE, false, do_slot_done},
	{LWK_IOC_EVENT, false, do_event},
	{LWK_IOC_SIGNAL, false, do_signal},
	{LWK_IOC_PROC_CREATE, false, do_proc_create},
	{LWK_IOC_PROC_START, false, do_proc_start},
	{LWK_IOC_LOG, false, do_log},
	{LWK_IOC_PS, false, do_ps},
	{LWK_IOC_NIMBLE, false, do_nimble},
	{},
};

static long instance_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct lwk_proc *proc = file->private_data;

	return lwk_command_run(commands, proc->inst->id, proc, cmd,
			       (void __user *)arg);
}

const struct file_operations lwk_instance_fops = {
	.owner = THIS_MODULE,
	.open = instance_open,
	.release = instance_release,
	.mmap = instance_mmap,
	.unlocked_ioctl = instance_ioctl,
	.llseek = noop_llseek,
};
