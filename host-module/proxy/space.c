// SPDX-License-Identifier: GPL-2.0
/* Finding, opening and ending address spaces; see space.h. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "host-module/proxy/lend.h"
#include "host-module/partition/mem.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/request.h"
#include "host-module/proxy/space.h"

/* ---- The table --------------------------------------------------------- */

struct lwk_space *lwk_space_get(struct lwk_instance *inst, u64 handle)
{
	struct lwk_space *space;

	xa_lock(&inst->spaces);
	space = xa_load(&inst->spaces, handle);
	if (space && !kref_get_unless_zero(&space->ref))
		space = NULL;
	xa_unlock(&inst->spaces);
	return space;
}

/* Giving pages back may wait for the disk. */
static void finish_space(struct work_struct *work)
{
	struct lwk_space *space =
		container_of(work, struct lwk_space, free_work);

	lwk_lend_end(space);
	lwk_instance_put(space->inst);
	kfree(space);
}

static void free_space(struct kref *ref)
{
	struct lwk_space *space = container_of(ref, struct lwk_space, ref);

	xa_cmpxchg(&space->inst->spaces, space->handle, space, NULL,
		   GFP_KERNEL);
	INIT_WORK(&space->free_work, finish_space);
	lwk_proc_queue(&space->free_work);
}

void lwk_space_put(struct lwk_space *space)
{
	kref_put(&space->ref, free_space);
}

static struct lwk_space *new_space(struct lwk_instance *inst, u64 handle,
				   u64 root)
{
	struct lwk_space *space = kzalloc(sizeof(*space), GFP_KERNEL);

	if (!space)
		return NULL;
	kref_get(&inst->ref);
	space->inst = inst;
	space->handle = handle;
	space->root = root;
	kref_init(&space->ref);
	mutex_init(&space->zap_lock);
	mutex_init(&space->lend_lock);
	xa_init(&space->lent);
	return space;
}

/* The space of that handle, made if it is new here. Two processes that share one
 * may come at once. */
static struct lwk_space *find_or_make(struct lwk_instance *inst, u64 handle,
				      u64 root)
{
	struct lwk_space *space = lwk_space_get(inst, handle), *old;

	if (space)
		return space;
	space = new_space(inst, handle, root);
	if (!space)
		return NULL;
	old = xa_cmpxchg(&inst->spaces, handle, NULL, space, GFP_KERNEL);
	if (!old)
		return space;
	lwk_space_put(space);
	return xa_is_err(old) ? NULL : lwk_space_get(inst, handle);
}

/* Takes one out of the table, with a reference; NULL: there is none left. */
static struct lwk_space *take_any(struct lwk_instance *inst)
{
	unsigned long index = 0;
	struct lwk_space *space;

	xa_lock(&inst->spaces);
	space = xa_find(&inst->spaces, &index, ULONG_MAX, XA_PRESENT);
	if (space) {
		__xa_erase(&inst->spaces, index);
		if (!kref_get_unless_zero(&space->ref))
			space = ERR_PTR(-ENOENT); /* on its way out */
	}
	xa_unlock(&inst->spaces);
	return space;
}

void lwk_spaces_cut(struct lwk_instance *inst)
{
	struct lwk_space *space;

	while ((space = take_any(inst))) {
		if (IS_ERR(space))
			continue;
		mutex_lock(&space->zap_lock);
		WRITE_ONCE(space->dead, true);
		lwk_space_bump(space);
		if (space->mapping.host)
			unmap_mapping_range(&space->mapping, 0, 0, 1);
		mutex_unlock(&space->zap_lock);
		lwk_space_put(space);
	}
}

/* ---- Views ------------------------------------------------------------- */

static int view_mmap(struct file *file, struct vm_area_struct *vma)
{
	return lwk_space_mmap(file->private_data, vma);
}

static int view_release(struct inode *inode, struct file *file)
{
	struct lwk_view *view = file->private_data;

	file->f_mapping = inode->i_mapping;
	atomic_set_release(&view->proc->has_view, 0);
	lwk_proc_unuse(view->proc);
	lwk_space_put(view->space);
	kfree(view);
	return 0;
}

static const struct file_operations view_fops = {
	.owner = THIS_MODULE,
	.release = view_release,
	.mmap = view_mmap,
	.llseek = noop_llseek,
};

/* Once for each space: all of its views have this mapping. */
static void prepare_mapping(struct lwk_space *space, struct file *file)
{
	struct address_space *mapping = &space->mapping;

	mutex_lock(&space->zap_lock);
	if (!mapping->host) {
		address_space_init_once(mapping);
		mapping->host = file_inode(file);
		mapping->a_ops = file->f_mapping->a_ops;
		mapping_set_gfp_mask(mapping, GFP_KERNEL);
	}
	mutex_unlock(&space->zap_lock);
	file->f_mapping = mapping;
}

/* Takes over the reference of space, and has_view. */
static int open_view(struct lwk_proc *proc, struct lwk_space *space)
{
	struct lwk_view *view = kzalloc(sizeof(*view), GFP_KERNEL);
	int fd = view ? get_unused_fd_flags(O_CLOEXEC) : -ENOMEM;
	struct file *file;

	if (fd < 0)
		goto fail;
	view->space = space;
	view->proc = proc;
	file = anon_inode_getfile("[lwk-space]", &view_fops, view, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto fail;
	}
	prepare_mapping(space, file);
	lwk_proc_use(proc);
	fd_install(fd, file);
	return fd;
fail:
	kfree(view);
	lwk_space_put(space);
	return fd;
}

/* Which space the process has now, as the LWK says. */
static int ask(struct lwk_proc *proc, struct lwk_space **space)
{
	struct lwk_instance *inst = proc->inst;
	struct lwk_call call = {
		.cpu = proc->cpu,
		.msg = {.type = LWK_MSG_PROC_SPACE, .proc = proc->handle},
	};
	int err = lwk_request(inst, &call);

	if (err)
		return err;
	if (call.value[1] % PAGE_SIZE ||
	    !lwk_memory_is_free_range(&inst->memory, call.value[1],
				      PAGE_SIZE)) {
		lwk_instance_fail(
			inst,
			"process %llu: its root table is outside the LWK's memory",
			proc->handle);
		return -EIO;
	}
	*space = find_or_make(inst, call.value[0], call.value[1]);
	if (!*space)
		return -ENOMEM;
	/* The LWK's process no longer uses the space that it had before. */
	if (proc->space)
		lwk_space_put(proc->space);
	kref_get(&(*space)->ref);
	proc->space = *space;
	return 0;
}

int lwk_space_open(struct lwk_proc *proc)
{
	struct lwk_space *space;
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	/* The LWK gives up an older space when it is asked; by then nothing of it may
	 * be mapped. */
	if (atomic_cmpxchg_acquire(&proc->has_view, 0, 1))
		return -EBUSY;
	err = ask(proc, &space);
	if (!err)
		err = open_view(proc, space);
	if (err < 0)
		atomic_set_release(&proc->has_view, 0);
	return err;
}
