/* SPDX-License-Identifier: MIT */
/* What the headers of ext/lib/scx call: linked by nimble-cc --scx where it is needed. */
/*
 * A scheduler gives bpf_timer_set_callback() the address of a function. There are no
 * calls through pointers; so the linker gives each function whose address is taken a
 * number and makes scx_callback(), which calls the function of a number.
 */
#include "scx/common.bpf.h"

#include "nimble/abi/hook_ctx.h"

u64 scx_callback(u64 function, u64 a, u64 b, u64 c);

int scx_timer_start(struct bpf_timer *timer, u64 ns, u64 flags)
{
	if (!timer->callback || flags & ~3ull)
		return -EINVAL;
	return (int)timer_arm((u64)timer, ns,
			      flags & BPF_F_TIMER_ABS ? NIMBLE_TIMER_ABSOLUTE
						      : 0);
}

/* The linker takes this in where scx_timer_start() is. A timer's key is not kept:
 * callbacks get that of an array's first entry. */
SEC("hook/timer") u64 scx_timer(struct nimble_ctx_timer *ctx);
SEC("hook/timer") u64 scx_timer(struct nimble_ctx_timer *ctx)
{
	static u32 key;
	struct bpf_timer *timer = (void *)ctx->timer;

	return scx_callback(timer->callback, timer->map, (u64)&key, (u64)timer);
}

/* xorshift64*, by Marsaglia and Vigna; one state for all CPUs will do for schedulers. */
u32 scx_random(void)
{
	static u64 state;

	if (!state)
		state = time_ns() | 1;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (u32)(state * 0x2545f4914f6cdd1dull >> 32);
}

/* The bytes copied, the final 0 included. */
long scx_copy_text(char *to, u32 bytes, const char *from)
{
	u32 i;

	if (!bytes)
		return 0;
	for (i = 0; i + 1 < bytes && from[i]; i++)
		to[i] = from[i];
	to[i] = 0;
	return i + 1;
}

long scx_compare_text(const char *a, u32 bytes, const char *b)
{
	u32 i;

	for (i = 0; i < bytes; i++)
		if (a[i] != b[i] || !a[i])
			return (long)(u8)a[i] - (u8)b[i];
	return 0;
}

#define SCX_MASKS 64
static struct bpf_cpumask masks[SCX_MASKS];
static u64 masks_taken;

/* A bit is a mask that is in use; the one that sets the bit first has the
 * mask. */
struct bpf_cpumask *scx_mask_create(void)
{
	u32 i;

	for (i = 0; i < SCX_MASKS; i++)
		if (!(__sync_fetch_and_or(&masks_taken, 1ull << i) &
		      1ull << i)) {
			masks[i].cpumask.bits[0] = 0;
			return &masks[i];
		}
	return NULL;
}

void scx_mask_release(struct bpf_cpumask *mask)
{
	u64 i = (u64)(mask - masks);

	if (i < SCX_MASKS)
		__sync_fetch_and_and(&masks_taken, ~(1ull << i));
}

const struct cpumask *scx_mask_of(u64 which)
{
	static struct cpumask masks_of[2];
	u64 cpus = cpu_count();

	masks_of[which & 1].bits[0] = which == SCX_MASK_IDLE ? sched_idle_mask()
				      : cpus < 64 ? (1ull << cpus) - 1
						  : ~0ull;
	return &masks_of[which & 1];
}

struct rq *scx_rq(s32 cpu)
{
	static struct rq queues[SCX_CPUS_MOST];
	struct rq *rq = &queues[cpu & (SCX_CPUS_MOST - 1)];

	rq->cpu = cpu;
	rq->curr = sched_task_on((u32)cpu);
	return rq;
}
