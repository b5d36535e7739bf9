// SPDX-License-Identifier: GPL-2.0
/* Control of extensions from Linux: the structure and what it points to travel
 * through the instance's control window, one request at a time. A caller that
 * gives up leaves the window to its request, whose answer frees it.
 */
#include <linux/bitops.h>
#include <linux/capability.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait_bit.h>

#include "boot.h"
#include "mem.h"
#include "nimble.h"
#include "request.h"
#include "why.h"

static char *window(const struct lwk_instance *inst)
{
	return lwk_memory_ptr(&inst->memory, inst->memory.region[0].base +
						     inst->layout.window);
}

/* ---- Whose turn it is -------------------------------------------------- */

static int enter_window(struct lwk_instance *inst)
{
	int err = wait_event_killable(
		inst->window_wait,
		!lwk_instance_live(inst) ||
			!test_and_set_bit_lock(0, &inst->window_busy));

	if (err)
		return -EINTR;
	return 0;
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

static int ask(struct lwk_instance *inst, unsigned int timeout_ms)
{
	struct lwk_call call = {
		.timeout_ms = timeout_ms,
		.msg =
			{
				.type = LWK_MSG_NIMBLE_CTL,
				.arg = {0, sizeof(struct nimble_ctl)},
			},
		.late = answered_late,
	};

	return lwk_request(inst, &call);
}

static int put_in(struct lwk_instance *inst, const struct nimble_ctl *ctl)
{
	struct nimble_ctl *there = (struct nimble_ctl *)window(inst);

	if (copy_from_user(window(inst) + LWK_WINDOW_IN,
			   u64_to_user_ptr(ctl->in), ctl->in_bytes))
		return -EFAULT;
	*there = *ctl;
	there->in = LWK_WINDOW_IN;
	there->out = LWK_WINDOW_OUT;
	there->out_used = 0;
	memset(there->message, 0, sizeof(there->message));
	return 0;
}

/* Takes over what the LWK writes, and nothing else. */
static int take_out(struct lwk_instance *inst, struct nimble_ctl *ctl,
		    int status)
{
	const struct nimble_ctl *there = (struct nimble_ctl *)window(inst);

	memcpy(ctl->message, there->message, sizeof(ctl->message));
	ctl->message[sizeof(ctl->message) - 1] = 0;
	ctl->out_used = READ_ONCE(there->out_used);
	if (status)
		return status;
	if (ctl->op == NIMBLE_OP_LOAD)
		ctl->ext_id = READ_ONCE(there->ext_id);
	if (copy_to_user(u64_to_user_ptr(ctl->out),
			 window(inst) + LWK_WINDOW_OUT,
			 min(ctl->out_used, ctl->out_bytes)))
		return -EFAULT;
	return 0;
}

static bool gave_up(int err)
{
	return err == -EINTR || err == -ETIMEDOUT;
}

/* ctl was checked. The window belongs to a request that was given up, until
 * its answer comes. */
static int control(struct lwk_instance *inst, struct nimble_ctl *ctl,
		   unsigned int timeout_ms)
{
	int err = enter_window(inst);

	if (err)
		return err;
	if (!lwk_instance_live(inst))
		return lwk_instance_check_running(inst) ?: -EIO;
	err = put_in(inst, ctl);
	if (!err) {
		err = ask(inst, timeout_ms);
		if (gave_up(err))
			return err;
		err = take_out(inst, ctl, err);
	}
	leave_window(inst);
	return err;
}

/* ---- Who may ask what -------------------------------------------------- */

static bool needs_admin(u32 op)
{
	switch (op) {
	case NIMBLE_OP_LIST:
	case NIMBLE_OP_SHOW:
	case NIMBLE_OP_MAPS:
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
	u32 allowed = ctl->op == NIMBLE_OP_LOAD
			      ? NIMBLE_TRUSTED | NIMBLE_THREADED
			      : 0;

	if (ctl->op == NIMBLE_OP_NONE || ctl->op > NIMBLE_OP_MAP_NEXT)
		return refuse(ctl, -EINVAL, "unknown operation");
	if (needs_admin(ctl->op) && !capable(CAP_SYS_ADMIN))
		return refuse(ctl, -EPERM, "this needs CAP_SYS_ADMIN");
	if (ctl->flags & ~allowed)
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
	return err ?: control(inst, ctl, 0);
}

/* ---- At boot ----------------------------------------------------------- */

static int boot_step(struct lwk_instance *inst, struct nimble_ctl *ctl,
		     char *why)
{
	int err = control(inst, ctl, lwk_timeout_ms);

	if (err && ctl->message[0])
		strscpy(why, ctl->message, LWK_WHY_BYTES);
	else if (err)
		lwk_why(why, err,
			"the LWK does not take the extension (error "
			"%d)",
			-err);
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
			       "the extension is larger than %u "
			       "bytes",
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
