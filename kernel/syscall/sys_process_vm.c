/* SPDX-License-Identifier: GPL-2.0 */
/* process_vm_readv(2) and process_vm_writev(2): between processes of the LWK. Memory that is
 * Linux's (shared files) is out of reach, and so are processes of Linux. */
#include <asm/errno.h>
#include <linux/uio.h>

#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

#define VECTORS_MAX 1024 /* UIO_MAXIOV */

struct vector { /* struct iovec */
	uint64_t base;
	uint64_t bytes;
};

/* Where one side is: a list of ranges, and how far it has come. */
struct side {
	struct vector *vector;
	uint64_t count;
	uint64_t index;
	uint64_t done; /* of vector[index] */
};

static int take_side(struct side *s, vaddr_t at, uint64_t count)
{
	uint64_t i;

	*s = (struct side){.count = count};
	if (count > VECTORS_MAX)
		return -EINVAL;
	if (!count)
		return 0;
	s->vector = kmalloc(count * sizeof(*s->vector));
	if (!s->vector)
		return -ENOMEM;
	if (copy_from_user(s->vector, at, count * sizeof(*s->vector)))
		return -EFAULT;
	for (i = 0; i < count; i++)
		if ((int64_t)s->vector[i].bytes < 0)
			return -EINVAL;
	return 0;
}

/* Bytes that are left of its current range; 0: it is at its end. */
static uint64_t left(struct side *s)
{
	while (s->index < s->count && s->done == s->vector[s->index].bytes) {
		s->index++;
		s->done = 0;
	}
	return s->index < s->count ? s->vector[s->index].bytes - s->done : 0;
}

static vaddr_t position(const struct side *s)
{
	return s->vector[s->index].base + s->done;
}

/* As far as one page of the other's goes. How many bytes; 0: one side is at its end. */
static int64_t copy_some(struct aspace *as, struct side *local,
			 struct side *remote, void *page, bool write)
{
	uint64_t bytes = MIN(left(local), left(remote));
	vaddr_t va, mine;
	int error;

	if (!bytes)
		return 0;
	va = position(remote);
	mine = position(local);
	bytes = MIN(bytes, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
	if (write)
		error = copy_from_user(page, mine, bytes);
	else
		error = aspace_copy(as, va, page, bytes, PAGE_READ);
	if (!error && write)
		error = aspace_copy(as, va, page, bytes, PAGE_WRITE);
	else if (!error)
		error = copy_to_user(mine, page, bytes);
	if (error)
		return error;
	local->done += bytes;
	remote->done += bytes;
	return (int64_t)bytes;
}

static int64_t copy_all(struct aspace *as, struct side *local,
			struct side *remote, bool write)
{
	void *page = kmalloc(PAGE_SIZE);
	int64_t n, done = 0;

	if (!page)
		return -ENOMEM;
	while ((n = copy_some(as, local, remote, page, write)) > 0) {
		done += n;
		if (thread_must_die(current_thread()))
			break;
	}
	kfree(page);
	return done ? done : n;
}

/* As Linux: whoever may trace it. */
static bool may_reach(const struct process *other)
{
	const struct process *p = current_process();

	return p == other || !p->euid ||
	       (p->uid == other->uid && p->uid == other->euid &&
		p->gid == other->gid && p->gid == other->egid);
}

/* The memory of process `pid`, with a reference. 0, -ESRCH, -EPERM. */
static int find_memory(uint32_t pid, struct aspace **as)
{
	struct process *p = process_find_pid(pid);
	int error;

	if (!p)
		return -ESRCH;
	error = may_reach(p) ? 0 : -EPERM;
	if (!error) {
		spin_lock(&p->lock);
		*as = p->aspace;
		aspace_get(*as);
		spin_unlock(&p->lock);
	}
	process_put(p);
	return error;
}

static int64_t process_vm(const struct regs *regs, bool write)
{
	struct side local = {0}, remote = {0};
	struct aspace *as;
	int64_t ret;

	if (sys_arg(regs, 5))
		return -EINVAL;
	ret = take_side(&local, sys_arg(regs, 1), sys_arg(regs, 2));
	if (!ret)
		ret = take_side(&remote, sys_arg(regs, 3), sys_arg(regs, 4));
	if (!ret && local.count && remote.count) {
		ret = find_memory((uint32_t)sys_arg(regs, 0), &as);
		if (!ret) {
			ret = copy_all(as, &local, &remote, write);
			aspace_put(as);
		}
	}
	kfree(local.vector);
	kfree(remote.vector);
	return ret;
}

int64_t sys_process_vm_readv(struct regs *regs)
{
	return process_vm(regs, false);
}

int64_t sys_process_vm_writev(struct regs *regs)
{
	return process_vm(regs, true);
}
