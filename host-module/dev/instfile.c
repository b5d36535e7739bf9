// SPDX-License-Identifier: GPL-2.0
/* /dev/lwkN: processes, log, extensions of one instance. */
#include <linux/anon_inodes.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pagemap.h>

#include "host-module/dev/command.h"
#include "host-module/dev/instfile.h"
#include "host-module/dev/log.h"
#include "host-module/ikc/nimble_window.h"
#include "host-module/boot/probe.h"
#include "host-module/proxy/proc.h"
#include "host-module/proxy/lend.h"
#include "host-module/proxy/space.h"

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
	lwk_proc_unuse(proc);
	lwk_instance_close(inst);
	return 0;
}

static int instance_mmap(struct file *file, struct vm_area_struct *vma)
{
	return lwk_slots_mmap(file->private_data, vma);
}

/* ---- Commands ---------------------------------------------------------- */

static long do_proc_create(void *owner, void *data)
{
	return lwk_proc_create(owner, data);
}

/* Of a command that needs no value. */
static int check_empty(const struct lwk_value *args)
{
	return args->value || args->pad ? -EINVAL : 0;
}

static long do_proc_start(void *owner, void *data)
{
	return check_empty(data) ?: lwk_proc_start(owner);
}

static long do_wait(void *owner, void *data)
{
	return check_empty(data) ?: lwk_proc_wait(owner);
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

/* The file of a process that another file's was forked from. */
static long open_adopted(struct lwk_proc *proc)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct lwk_instance *inst;
	struct file *file;

	if (fd < 0)
		return fd;
	inst = lwk_instance_open(proc->inst->id);
	file = inst ? anon_inode_getfile("[lwk]", &lwk_instance_fops, proc,
					 O_RDWR)
		    : ERR_PTR(-ENODEV);
	if (IS_ERR(file)) {
		if (inst)
			lwk_instance_close(inst);
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	give_own_mapping(proc, file_inode(file), file);
	fd_install(fd, file);
	return fd;
}

static long do_adopt(void *owner, void *data)
{
	struct lwk_proc_adopt *args = data;
	struct lwk_proc *proc = lwk_proc_adopt(owner, args->child);
	long fd;

	if (IS_ERR(proc))
		return PTR_ERR(proc);
	fd = open_adopted(proc);
	if (fd < 0)
		lwk_proc_unuse(proc);
	return fd;
}

static long do_space(void *owner, void *data)
{
	return check_empty(data) ?: lwk_space_open(owner);
}

static long do_lend(void *owner, void *data)
{
	return lwk_lend(owner, data);
}

static long do_take_back(void *owner, void *data)
{
	return lwk_lend_take_back(owner, data);
}

static long do_changed(void *owner, void *data)
{
	return lwk_lend_changed(owner, data);
}

static long do_credentials(void *owner, void *data)
{
	return check_empty(data) ?: lwk_proc_credentials(owner);
}

static long do_parent(void *owner, void *data)
{
	return check_empty(data) ?: lwk_proc_parent(owner);
}

/* The next descriptor from `from` on that is close-on-exec, or -1. */
static int next_close_on_exec(unsigned int from)
{
	struct fdtable *table;
	unsigned int fd;
	bool found;

	rcu_read_lock();
	table = files_fdtable(current->files);
	fd = find_next_bit(table->close_on_exec, table->max_fds, from);
	found = fd < table->max_fds;
	rcu_read_unlock();
	return found ? (int)fd : -1;
}

static long do_close_all_on_exec(void *owner, void *data)
{
	int fd = -1;

	while ((fd = next_close_on_exec(fd + 1)) >= 0) {
		close_fd(fd);
		cond_resched();
	}
	return 0;
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

static long do_cpus(void *owner, void *data)
{
	struct lwk_proc *proc = owner;

	return lwk_cpus_ask(proc->inst, data);
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
	{LWK_IOC_PROC_ADOPT, false, do_adopt},
	{LWK_IOC_SPACE, false, do_space},
	{LWK_IOC_LEND, false, do_lend},
	{LWK_IOC_TAKE_BACK, false, do_take_back},
	{LWK_IOC_CHANGED, false, do_changed},
	{LWK_IOC_CREDENTIALS, false, do_credentials},
	{LWK_IOC_PARENT, false, do_parent},
	{LWK_IOC_CLOSE_ON_EXEC, false, do_close_all_on_exec},
	{LWK_IOC_LOG, false, do_log},
	{LWK_IOC_PS, false, do_ps},
	{LWK_IOC_CPUS, false, do_cpus},
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
