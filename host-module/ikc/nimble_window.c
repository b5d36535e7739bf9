// SPDX-License-Identifier: GPL-2.0
/* Control of extensions from Linux. The structure and what it points to are copied, and
 * the copy travels through the instance's control window, one request at a time. A caller
 * that gives up leaves the window to its request, whose answer frees it.
 */
#include <linux/bitops.h>
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait_bit.h>

#include "host-module/boot/boot.h"
#include "host-module/partition/mem.h"
#include "host-module/ikc/nimble_window.h"
#include "host-module/ikc/request.h"
#include "host-module/why.h"

static char *window(const struct lwk_instance *inst)
{
	return lwk_memory_ptr(&inst->memory, inst->memory.region[0].base +
						     inst->layout.window);
}

/* ---- Whose turn it is -------------------------------------------------- */

/* 0: it is ours. -EIO: there is no LWK any more; -EINTR; -ETIMEDOUT. */
static int enter_window(struct lwk_instance *inst)
{
	bool mine = false;
	long left = wait_event_killable_timeout(
		inst->window_wait,
		!lwk_instance_live(inst) ||
			(mine = !test_and_set_bit_lock(0, &inst->window_busy)),
		lwk_answer_limit());

	if (mine)
		return 0;
	if (left < 0)
		return -EINTR;
	return left ? lwk_instance_check_running(inst) ?: -EIO : -ETIMEDOUT;
}

static void leave_window(struct lwk_instance *inst)
{
	clear_bit_unlock(0, &inst->window_busy);
	wake_up(&inst->window_wait);
}

static void answered_late(struct lwk_instance *inst, void *arg, int status)
{
	leave_window(inst);
}

/* ---- One request ------------------------------------------------------- */

/* *left becomes true where the window is no longer ours. */
static int ask(struct lwk_instance *inst, bool *left)
{
	struct lwk_call call = {
		.msg =
			{
				.type = LWK_MSG_NIMBLE_CTL,
				.arg = {0, sizeof(struct nimble_ctl),
					from_kuid(&init_user_ns, current_uid()),
					capable(CAP_SYS_ADMIN)},
			},
		.late = answered_late,
	};
	int err = lwk_request(inst, &call);

	*left = call.left;
	return err;
}

static void put_in(struct lwk_instance *inst, const struct nimble_ctl *ctl,
		   const char *in)
{
	struct nimble_ctl *there = (struct nimble_ctl *)window(inst);

	memcpy(window(inst) + LWK_WINDOW_IN, in, ctl->in_bytes);
	*there = *ctl;
	there->in = LWK_WINDOW_IN;
	there->out = LWK_WINDOW_OUT;
	there->out_used = 0;
	memset(there->message, 0, sizeof(there->message));
}

/* Takes over what the LWK writes, and nothing else. */
static void take_out(struct lwk_instance *inst, struct nimble_ctl *ctl,
		     int status, char *out)
{
	const struct nimble_ctl *there = (struct nimble_ctl *)window(inst);

	memcpy(ctl->message, there->message, sizeof(ctl->message));
	ctl->message[sizeof(ctl->message) - 1] = 0;
	ctl->out_used = READ_ONCE(there->out_used);
	if (status)
		return;
	if (ctl->op == NIMBLE_OP_LOAD)
		ctl->ext_id = READ_ONCE(there->ext_id);
	memcpy(out, window(inst) + LWK_WINDOW_OUT,
	       min(ctl->out_used, ctl->out_bytes));
}

static int no_answer(struct nimble_ctl *ctl)
{
	snprintf(
		ctl->message, sizeof(ctl->message),
		"the LWK has not answered in %u ms; `lwk status` shows whether one of its CPUs hangs",
		READ_ONCE(lwk_timeout_ms));
	return -ETIMEDOUT;
}

/* copy: what goes in, then what has come out. A request that was given up keeps the
 * window until its answer comes. The holder of the window waits for nothing but the
 * LWK, because lwk_nimble_end() waits for the holder. */
static int exchange(struct lwk_instance *inst, struct nimble_ctl *ctl,
		    char *copy)
{
	int err = enter_window(inst);
	bool left;

	if (err == -ETIMEDOUT)
		return no_answer(ctl);
	if (err)
		return err;
	put_in(inst, ctl, copy);
	err = ask(inst, &left);
	if (!left) {
		take_out(inst, ctl, err, copy);
		leave_window(inst);
	}
	return err == -ETIMEDOUT ? no_answer(ctl) : err;
}

/* ctl was checked. The caller's memory is read before the window is taken and written
 * after it is given back, because a fault there may last for ever. */
static int control(struct lwk_instance *inst, struct nimble_ctl *ctl)
{
	char *copy = kvmalloc(max3(ctl->in_bytes, ctl->out_bytes, 1ULL),
			      GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!copy)
		return -ENOMEM;
	if (copy_from_user(copy, u64_to_user_ptr(ctl->in), ctl->in_bytes))
		err = -EFAULT;
	if (!err)
		err = exchange(inst, ctl, copy);
	if (!err && copy_to_user(u64_to_user_ptr(ctl->out), copy,
				 min(ctl->out_used, ctl->out_bytes)))
		err = -EFAULT;
	kvfree(copy);
	return err;
}

void lwk_nimble_end(struct lwk_instance *inst)
{
	wake_up_all(&inst->window_wait);
	wait_event(inst->window_wait, !test_bit(0, &inst->window_busy));
}

/* ---- Who may ask what -------------------------------------------------- */

static bool needs_admin(u32 op)
{
	switch (op) {
	case NIMBLE_OP_LIST:
	case NIMBLE_OP_SHOW:
	case NIMBLE_OP_MAPS:
	case NIMBLE_OP_GRANTS:
	case NIMBLE_OP_MAP_LOOKUP:
	case NIMBLE_OP_MAP_NEXT:
		return false;
	default:
		return true;
	}
}

static int refuse(struct nimble_ctl *ctl, int err, const char *message)
{
	strscpy(ctl->message, message, sizeof(ctl->message));
	return err;
}

static int check(struct nimble_ctl *ctl)
{
	if (ctl->op == NIMBLE_OP_NONE || ctl->op >= NIMBLE_OPS ||
	    ctl->op == NIMBLE_OP_MAP_MMAP || ctl->op == NIMBLE_OP_EVENT)
		return refuse(ctl, -EINVAL, "unknown operation");
	if (needs_admin(ctl->op) && !capable(CAP_SYS_ADMIN))
		return refuse(ctl, -EPERM, "this needs CAP_SYS_ADMIN");
	if (ctl->flags & ~nimble_op_flags(ctl->op))
		return refuse(ctl, -EINVAL, "unknown flags");
	if (ctl->pad)
		return refuse(ctl, -EINVAL, "pad is not zero");
	if (ctl->in_bytes > NIMBLE_CTL_MAX_IN)
		return refuse(ctl, -EINVAL, "in_bytes is too large");
	if (ctl->out_bytes > NIMBLE_CTL_MAX_OUT)
		return refuse(ctl, -EINVAL, "out_bytes is too large");
	if (strnlen(ctl->name, sizeof(ctl->name)) == sizeof(ctl->name))
		return refuse(ctl, -EINVAL, "name has no zero byte");
	return 0;
}

int lwk_nimble_control(struct lwk_instance *inst, struct nimble_ctl *ctl)
{
	int err = check(ctl);

	if (!err)
		err = lwk_instance_check_running(inst);
	return err ?: control(inst, ctl);
}

/* ---- At boot ----------------------------------------------------------- */

static int boot_step(struct lwk_instance *inst, struct nimble_ctl *ctl,
		     char *why)
{
	int err = control(inst, ctl);

	if (err && ctl->message[0])
		strscpy(why, ctl->message, LWK_WHY_BYTES);
	else if (err)
		lwk_why(why, err,
			"the LWK does not take the extension (error %d)", -err);
	return err;
}

int lwk_nimble_load_trusted(struct lwk_instance *inst,
			    const struct lwk_blob *image, char *why)
{
	struct nimble_ctl ctl = {
		.version = NIMBLE_CTL_VERSION,
		.instance = inst->id,
		.op = NIMBLE_OP_LOAD,
		.flags = NIMBLE_TRUSTED,
		.in = image->ptr,
		.in_bytes = image->bytes,
	};
	int err;

	if (image->bytes > NIMBLE_CTL_MAX_IN)
		return lwk_why(why, -EINVAL,
			       "the extension is larger than %u bytes",
			       NIMBLE_CTL_MAX_IN);
	err = boot_step(inst, &ctl, why);
	if (err)
		return err;
	ctl.op = NIMBLE_OP_ATTACH;
	ctl.flags = 0;
	ctl.index = NIMBLE_ALL;
	ctl.in_bytes = 0;
	return boot_step(inst, &ctl, why);
}
