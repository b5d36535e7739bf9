/* SPDX-License-Identifier: MIT */
/* A driver for QEMU's educational PCI device (docs/specs/edu.rst of QEMU), as an example of
 * all that a device needs: registers, interrupts, memory.
 *
 * 	lwk device add 0000:00:04.0
 * 	lwk boot --ext /usr/lib/margay/ext/edu.nx
 *
 * A program asks it by a direct call (edu.h). A request that takes time is begun by writing
 * registers; then the call says NIMBLE_CALL_WAIT, and the thread sleeps. The device's
 * interrupt comes to a CPU of the LWK, which runs interrupt() before anything else: it asks
 * the device why, acknowledges that, and wakes the thread, whose call runs again and finds
 * its request finished. No process and no CPU of Linux takes part.
 *
 * The device reads and writes memory by itself. It is told the address of `buffer`, which is
 * this extension's own memory: programs' pages may be taken from them at any time. So bytes
 * are copied once here, from or to the program. While the extension is loaded the device
 * may reach memory; the LWK ends that before it frees any of it.
 *
 * One request at a time: `owner` is the thread whose it is, taken by a compare-and-
 * swap, as calls come on several CPUs. A thread that finds the device taken waits in
 * `waiting`. An owner that does not come for its result, because a signal has ended
 * its call or the thread, loses the device a second later to a thread that wants it. */
#include "ext/lib/nimble_ext.h"
#include "edu.h"

LICENCE("MIT");

#define PCI_IDS (0x1234u << 16 | 0x11e8)

/* Registers: offsets in the first piece of its memory. */
#define REG_ID 0x00
#define REG_INVERT 0x04
#define REG_FACTORIAL 0x08
#define REG_STATUS 0x20
#define STATUS_INTERRUPT 0x80 /* when the factorial is there */
#define REG_WHY 0x24 /* it has interrupted */
#define WHY_FACTORIAL 0x001
#define WHY_COPIED 0x100
#define REG_RAISE 0x60
#define REG_ACKNOWLEDGE 0x64
#define REG_FROM 0x80
#define REG_TO 0x88
#define REG_BYTES 0x90
#define REG_COMMAND 0x98
#define COMMAND_START 1
#define COMMAND_TO_MEMORY 2
#define COMMAND_INTERRUPT 4
#define ITS_MEMORY 0x40000 /* as the device itself counts */

#define PATIENCE_NS 5000000000
#define STALE_NS 1000000000

static u32 found; /* 1: the three below are known */
static u32 device;
static u64 registers;
static u64 memory; /* the device's address of buffer */
static u8 buffer[EDU_BYTES] __attribute__((aligned(64)));

#define NOBODY 0
#define ENDING 1 /* no thread: a result is being fetched */
static u64 owner; /* the thread whose request it is */
static u64 finished; /* why it has interrupted since the request began */
static u64 finished_ns; /* when */
static u64 interrupts;

MAP_QUEUE(waiting, u64, 256); /* threads that want it */

static u64 read(u64 reg, u64 bytes)
{
	return mmio_read(registers + reg, bytes);
}

static void write(u64 reg, u64 bytes, u64 value)
{
	mmio_write(registers + reg, bytes, value);
}

static u32 find_device(void)
{
	struct nimble_device about;
	s64 index = device_find(PCI_IDS, 0), address;

	if (index < 0 || device_info((u64)index, &about, sizeof(about)) < 0)
		return 0;
	address = dma_address((u64)index, buffer, sizeof(buffer));
	if (address < 0)
		return 0;
	memory = (u64)address;
	device = (u32)index;
	registers = about.bar[0].base;
	__sync_synchronize();
	found = 1;
	return 1;
}

/* ---- Interrupts -------------------------------------------------------------- */

HOOK(irq)
u64 interrupt(struct nimble_ctx_irq *ctx)
{
	u64 why;

	if (!found || ctx->device != device)
		return NIMBLE_IRQ_PASS;
	why = read(REG_WHY, 4);
	write(REG_ACKNOWLEDGE, 4, why);
	__sync_fetch_and_add(&interrupts, 1);
	finished_ns = ctx->now_ns;
	__sync_fetch_and_or(&finished, why);
	task_wake(owner);
	return NIMBLE_IRQ_CLAIM;
}

/* ---- Whose it is --------------------------------------------------------------- */

/* The next one in the queue that is still there. */
static void wake_next(void)
{
	u64 next;

	while (!map_pop(MAP(waiting), &next) && !task_wake(next))
		;
}

static void give_up(void)
{
	finished = 0;
	__sync_lock_test_and_set(&owner, NOBODY);
	wake_next();
}

/* This thread may have been the one that was woken for the device. */
HOOK(task_exit)
u64 gone(struct nimble_ctx_task_exit *ctx)
{
	(void)ctx;
	if (owner == NOBODY)
		wake_next();
	return 0;
}

static u32 change_owner(u64 from, u64 to)
{
	return __sync_val_compare_and_swap(&owner, from, to) == from;
}

static u32 is_stale(void)
{
	return finished && time_ns() - finished_ns > STALE_NS;
}

/* 1: this thread has it from now on, for a new request. */
static u32 take(u64 me)
{
	u64 other = owner;

	if (other == NOBODY || (other != ENDING && is_stale()))
		return change_owner(other, me);
	return 0;
}

/* Waits for the device, or for the thread's turn, at most for so long. */
static u64 wait(struct nimble_ctx_call *ctx)
{
	ctx->args[7] = PATIENCE_NS;
	return NIMBLE_CALL_WAIT;
}

static u64 done(struct nimble_ctx_call *ctx, s64 result)
{
	ctx->args[0] = (u64)result;
	return NIMBLE_CALL_DONE;
}

/* ---- Requests -------------------------------------------------------------------- */

static u32 fits(const struct nimble_ctx_call *ctx)
{
	u64 bytes = ctx->args[2], offset = ctx->args[3];

	return bytes && bytes <= EDU_BYTES && offset < EDU_ROOM &&
	       bytes <= EDU_ROOM - offset;
}

/* Begins it. 0, or -errno. */
static s64 begin(const struct nimble_ctx_call *ctx)
{
	u64 its = ITS_MEMORY + ctx->args[3];
	u32 reads = ctx->args[0] == EDU_READ;

	finished = 0;
	if (ctx->args[0] == EDU_FACTORIAL) {
		write(REG_STATUS, 4, STATUS_INTERRUPT);
		write(REG_FACTORIAL, 4, ctx->args[1]);
		return 0;
	}
	if (!reads && user_read(buffer, ctx->args[2], ctx->args[1]) < 0)
		return -EFAULT;
	write(REG_FROM, 8, reads ? its : memory);
	write(REG_TO, 8, reads ? memory : its);
	write(REG_BYTES, 8, ctx->args[2]);
	write(REG_COMMAND, 8,
	      COMMAND_START | COMMAND_INTERRUPT |
		      (reads ? COMMAND_TO_MEMORY : 0));
	return 0;
}

static s64 end(struct nimble_ctx_call *ctx)
{
	if (ctx->args[0] == EDU_FACTORIAL)
		ctx->args[1] = read(REG_FACTORIAL, 4);
	else if (ctx->args[0] == EDU_READ &&
		 user_write(ctx->args[1], buffer, ctx->args[2]) < 0)
		return -EFAULT;
	return 0;
}

static u64 finish(struct nimble_ctx_call *ctx, s64 result)
{
	give_up();
	return done(ctx, result);
}

static u64 start(struct nimble_ctx_call *ctx)
{
	s64 error = begin(ctx);

	return error ? finish(ctx, error) : wait(ctx);
}

static u32 is_late(const struct nimble_ctx_call *ctx)
{
	return ctx->args[7] == (u64)-ETIMEDOUT;
}

/* Whether this thread's request is finished, or has taken too long. */
static u32 is_over(const struct nimble_ctx_call *ctx)
{
	u64 wanted = ctx->args[0] == EDU_FACTORIAL ? WHY_FACTORIAL : WHY_COPIED;

	return (finished & wanted) || is_late(ctx);
}

static u64 request(struct nimble_ctx_call *ctx)
{
	u64 me = task_current();

	if (owner == me && !is_over(ctx))
		return wait(ctx);
	/* Unless the device belongs to another thread, or was taken from
	 * this one. */
	if (change_owner(me, ENDING))
		return finish(ctx, is_late(ctx) ? -ETIMEDOUT : end(ctx));
	if (take(me))
		return start(ctx);
	if (is_late(ctx))
		return done(ctx, -ETIMEDOUT);
	map_push(MAP(waiting), &me, NIMBLE_PUSH_EVICT);
	/* It may have become free before this thread was in the queue. */
	return take(me) ? start(ctx) : wait(ctx);
}

HOOK(call)
u64 call(struct nimble_ctx_call *ctx)
{
	if (!found && !find_device())
		return done(ctx, -ENODEV);
	switch (ctx->args[0]) {
	case EDU_IDENTIFY:
		ctx->args[1] = read(REG_ID, 4);
		return done(ctx, 0);
	case EDU_INVERT:
		write(REG_INVERT, 4, ctx->args[1]);
		ctx->args[1] = read(REG_INVERT, 4);
		return done(ctx, 0);
	case EDU_INTERRUPTS:
		ctx->args[1] = interrupts;
		return done(ctx, 0);
	case EDU_RAISE:
		write(REG_RAISE, 4, 1 << 16);
		return done(ctx, 0);
	case EDU_READ:
	case EDU_WRITE:
		if (!fits(ctx))
			return done(ctx, -EINVAL);
		return request(ctx);
	case EDU_FACTORIAL:
		return request(ctx);
	default:
		return done(ctx, -EINVAL);
	}
}
