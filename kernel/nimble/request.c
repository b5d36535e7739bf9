/* SPDX-License-Identifier: GPL-2.0 */
/* How nimble_ctl arrives: by the LWK's own system call from an application, by the
 * control window from Linux. Both copy to kernel memory, because the application's
 * memory and the window may change meanwhile. */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/ring.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/nimble_call.h"
#include "kernel/syscall/syscall.h"

struct buffers {
	void *in;
	void *out;
};

static int get_buffers(const struct nimble_ctl *ctl, struct buffers *b)
{
	b->in = b->out = NULL;
	if (ctl->in_bytes > NIMBLE_CTL_MAX_IN ||
	    ctl->out_bytes > NIMBLE_CTL_MAX_OUT)
		return -E2BIG;
	if (ctl->in_bytes && !(b->in = kmalloc(ctl->in_bytes)))
		return -ENOMEM;
	if (ctl->out_bytes && !(b->out = kzalloc(ctl->out_bytes))) {
		kfree(b->in);
		return -ENOMEM;
	}
	return 0;
}

static void put_buffers(struct buffers *b)
{
	kfree(b->in);
	kfree(b->out);
}

struct nimble_caller nimble_current_caller(void)
{
	const struct process *p = current_process();

	return (struct nimble_caller){
		.job = p->job->id,
		.proc = p->handle,
		.pid = p->pid,
		.uid = p->uid,
	};
}

static int64_t control_for_user(vaddr_t at, struct nimble_ctl *ctl)
{
	const struct nimble_caller who = nimble_current_caller();
	struct buffers b;
	int64_t ret = get_buffers(ctl, &b);

	if (ret)
		return ret;
	ret = copy_from_user(b.in, ctl->in, ctl->in_bytes);
	if (!ret)
		ret = nimble_control(&who, ctl, b.in, b.out);
	if (!ret &&
	    copy_to_user(ctl->out, b.out, MIN(ctl->out_used, ctl->out_bytes)))
		ret = -EFAULT;
	if (copy_to_user(at, ctl, sizeof(*ctl)))
		ret = -EFAULT;
	put_buffers(&b);
	return ret;
}

int64_t sys_nimble_ctl(struct regs *regs)
{
	vaddr_t at = sys_arg(regs, 0);
	struct nimble_ctl ctl;

	if (copy_from_user(&ctl, at, sizeof(ctl)))
		return -EFAULT;
	return control_for_user(at, &ctl);
}

/* ---- From Linux --------------------------------------------------------------- */

/* Whether [offset, offset + bytes) lies in the window. */
static bool in_window(uint64_t offset, uint64_t bytes)
{
	return offset <= boot->window_bytes &&
	       bytes <= boot->window_bytes - offset;
}

static int control_for_linux(const struct nimble_caller *who, char *window,
			     struct nimble_ctl *ctl)
{
	struct buffers b;
	int error;

	if (!in_window(ctl->in, ctl->in_bytes) ||
	    !in_window(ctl->out, ctl->out_bytes))
		return -EINVAL;
	error = get_buffers(ctl, &b);
	if (error)
		return error;
	memcpy(b.in, window + ctl->in, ctl->in_bytes);
	error = nimble_control(who, ctl, b.in, b.out);
	memcpy(window + ctl->out, b.out, MIN(ctl->out_used, ctl->out_bytes));
	put_buffers(&b);
	return error;
}

void extension_control(uint64_t cookie, uint64_t offset, uint64_t bytes,
		       uint32_t uid, bool admin)
{
	const struct nimble_caller who = {.uid = uid, .admin = admin};
	char *window = phys_to_virt(boot->window);
	struct nimble_ctl ctl;
	int error = -EINVAL;

	if (bytes == sizeof(ctl) && in_window(offset, bytes)) {
		memcpy(&ctl, window + offset, sizeof(ctl));
		error = control_for_linux(&who, window, &ctl);
		memcpy(window + offset, &ctl, sizeof(ctl));
	}
	ikc_reply(cookie, error, 0, 0);
}
