// SPDX-License-Identifier: GPL-2.0
/* Reading an LWK's log (kernel/abi/log.h).
 *
 * The LWK writes without looking at readers. So text is copied first, and the part that
 * may have been overwritten meanwhile is dropped. `written` belongs to the LWK and may
 * have any value: it only selects bytes of the text area.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "host-module/dev/log.h"
#include "host-module/partition/mem.h"

#define PIECE_BYTES (16U << 10)

static struct lwk_log *log_of(const struct lwk_instance *inst)
{
	return lwk_memory_ptr(&inst->memory,
			      inst->memory.region[0].base + inst->layout.log);
}

static u64 written(const struct lwk_instance *inst)
{
	/* Pairs with the LWK's release: the text before it is there. */
	return smp_load_acquire(&log_of(inst)->written);
}

void lwk_log_reset(struct lwk_instance *inst)
{
	struct lwk_log *log = log_of(inst);

	memset(log, 0, LWK_LOG_BYTES);
	log->size = LWK_LOG_TEXT_BYTES;
	log->magic = LWK_LOG_MAGIC;
	inst->log_seen = 0;
}

void lwk_log_look(struct lwk_instance *inst)
{
	u64 now = written(inst);

	if (now == inst->log_seen)
		return;
	inst->log_seen = now;
	WRITE_ONCE(inst->boot->log_waiting, 0);
	wake_up_all(&inst->log_wait);
}

/* The oldest byte that is certainly still there. */
static u64 oldest(u64 end)
{
	return end > LWK_LOG_TEXT_BYTES ? end - LWK_LOG_TEXT_BYTES : 0;
}

static void copy_text(const struct lwk_log *log, u64 from, char *to, u32 bytes)
{
	u32 start = from % LWK_LOG_TEXT_BYTES;
	u32 first = min_t(u32, bytes, LWK_LOG_TEXT_BYTES - start);

	memcpy(to, log->text + start, first);
	memcpy(to + first, log->text, bytes - first);
}

/* Copies a piece of text that begins at *from to buffer. Moves *from past
 * text that was lost, and returns the number of bytes copied. */
static u32 read_piece(struct lwk_instance *inst, u64 *from, char *buffer,
		      u32 room)
{
	u64 end, first, kept;
	u32 bytes;

	down_read(&inst->log_sem);
	end = written(inst);
	if (*from > end)
		*from = 0; /* the LWK was booted anew */
	first = max(*from, oldest(end));
	bytes = min_t(u64, end - first, room);
	copy_text(log_of(inst), first, buffer, bytes);
	kept = clamp(oldest(written(inst)), first, first + bytes);
	up_read(&inst->log_sem);
	memmove(buffer, buffer + (kept - first), first + bytes - kept);
	*from = kept;
	return first + bytes - kept;
}

static int copy_piece(struct lwk_instance *inst, struct lwk_log_read *args,
		      char *buffer)
{
	u64 from = args->position;
	u32 room = min(args->bytes, PIECE_BYTES);
	u32 bytes = read_piece(inst, &from, buffer, room);

	if (copy_to_user(u64_to_user_ptr(args->buffer), buffer, bytes))
		return -EFAULT;
	args->lost = from > args->position ? from - args->position : 0;
	args->position = from + bytes;
	args->bytes = bytes;
	return 0;
}

static bool has_text(struct lwk_instance *inst, u64 position)
{
	return written(inst) != position;
}

/* Sleeps until there is text after position, or no LWK that could write any. */
static int wait_for_text(struct lwk_instance *inst, u64 position)
{
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait(&inst->log_wait, &wait, TASK_INTERRUPTIBLE);
		WRITE_ONCE(inst->boot->log_waiting, 1);
		/* Pairs with the LWK's fence between written and log_waiting. */
		smp_mb();
		if (has_text(inst, position))
			break;
		if (!lwk_instance_live(inst))
			err = lwk_instance_check_running(inst) ?: -ENXIO;
		else if (signal_pending(current))
			err = -EINTR;
		if (err)
			break;
		schedule();
	}
	finish_wait(&inst->log_wait, &wait);
	return err;
}

int lwk_log_read(struct lwk_instance *inst, struct lwk_log_read *args)
{
	char *buffer;
	int err = 0;

	if (args->flags & ~LWK_LOG_WAIT || args->bytes == 0)
		return -EINVAL;
	if (!READ_ONCE(inst->boot))
		return -ENXIO;
	if (args->flags & LWK_LOG_WAIT)
		err = wait_for_text(inst, args->position);
	if (err)
		return err;
	buffer = kvmalloc(PIECE_BYTES, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = copy_piece(inst, args, buffer);
	kvfree(buffer);
	return err;
}
