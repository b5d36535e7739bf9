/* SPDX-License-Identifier: MIT */
/* A scheduler in the style of Linux's sched_ext that uses much of what it offers: two
 * levels, fresh tasks before those that have used up a slice.
 *
 * The low level is a queue map of pids, found by an array of maps; the high one a
 * dispatch queue by virtual time. What it counts is in global variables, which tools
 * show as maps. */
#include <scx/common.bpf.h>

char _license[] SEC("license") = "MIT";

enum {
	HIGH_DSQ = 3,
	LOW_DSQ,
	SLICE = 4 * 1000 * 1000,
	PERIOD = 10 * 1000 * 1000
};

const volatile u32 fail_after; /* slices; 0: never */

u64 slices, fired, promoted, woken, forked, low_seen, tasks;
u64 mask_seen, next_idle_cpu;
u32 texts;
s32 first_error;
UEI_DEFINE(uei);

struct low {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__type(value, s32);
} low_a SEC(".maps"), low_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct low);
} lows SEC(".maps") = {
	.values = {[0] = &low_a, [1] = &low_b},
};

struct task_ctx {
	u32 used; /* slices since it woke */
	u64 promoted_at;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} wakes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} contexts SEC(".maps");

struct clock {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct clock);
} clocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u64));
	__uint(max_entries, 1);
} runs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, s32);
	__type(value, u64);
} ends SEC(".maps");

u64 RESIZABLE_ARRAY(data, by_cpu);

static struct task_ctx *context_of(struct task_struct *p)
{
	return bpf_task_storage_get(&contexts, p, 0, 0);
}

s32 BPF_STRUCT_OPS(levels_select_cpu, struct task_struct *p, s32 prev_cpu,
		   u64 wake_flags)
{
	bool is_idle = false;
	s32 cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);

	if (is_idle)
		scx_bpf_dispatch(p, SCX_DSQ_LOCAL, SLICE, 0);
	return cpu;
}

void BPF_STRUCT_OPS(levels_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *tctx = context_of(p);
	u32 which = p->pid & 1;
	s32 pid = p->pid;
	void *low;

	if (fail_after && slices >= fail_after) {
		scx_bpf_error("%s, task %d of %d: %llu slices", p->comm, pid,
			      p->tgid, slices);
		return;
	}
	if (!tctx->used) {
		scx_bpf_dispatch_vtime(p, HIGH_DSQ, SLICE,
				       bpf_ktime_get_ns() * 100 / p->scx.weight,
				       enq_flags);
		return;
	}
	low = bpf_map_lookup_elem(&lows, &which);
	if (!low || bpf_map_push_elem(low, &pid, 0))
		scx_bpf_error("the low level is full");
}

/* From the maps to a queue that can be walked. */
static void collect(void)
{
	u32 which;
	s32 pid;

	bpf_for(which, 0, 2)
	{
		void *low = bpf_map_lookup_elem(&lows, &which);

		bpf_repeat(BPF_MAX_LOOPS)
		{
			struct task_struct *p;

			if (!low || !scx_bpf_dispatch_nr_slots() ||
			    bpf_map_pop_elem(low, &pid))
				break;
			p = bpf_task_from_pid(pid);
			if (!p)
				continue;
			scx_bpf_dispatch(p, LOW_DSQ, SLICE, 0);
			bpf_task_release(p);
		}
	}
}

void BPF_STRUCT_OPS(levels_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;

	if (scx_bpf_consume(HIGH_DSQ))
		return;
	collect();
	bpf_for_each(scx_dsq, p, LOW_DSQ, 0)
	{
		if (!bpf_cpumask_test_cpu(cpu, p->cpus_ptr))
			continue;
		low_seen++;
		scx_bpf_dispatch_from_dsq_set_slice(BPF_FOR_EACH_ITER,
						    SLICE * 2);
		if (scx_bpf_dispatch_from_dsq(BPF_FOR_EACH_ITER, p,
					      SCX_DSQ_LOCAL_ON | cpu, 0))
			return;
	}
}

void BPF_STRUCT_OPS(levels_runnable, struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *tctx = context_of(p);
	u64 *count = bpf_task_storage_get(&wakes, p, 0, 0);

	tctx->used = 0;
	(*count)++;
	if (enq_flags & SCX_ENQ_WAKEUP)
		__sync_fetch_and_add(&woken, 1);
}

void BPF_STRUCT_OPS(levels_running, struct task_struct *p)
{
	u64 *mine = ARRAY_ELEM_PTR(by_cpu, scx_bpf_task_cpu(p),
				   scx_bpf_nr_cpu_ids());
	u32 zero = 0;
	u64 *count = bpf_map_lookup_elem(&runs, &zero);

	if (mine)
		(*mine)++;
	if (count)
		(*count)++;
}

void BPF_STRUCT_OPS(levels_stopping, struct task_struct *p, bool runnable)
{
	if (runnable) {
		context_of(p)->used++;
		__sync_fetch_and_add(&slices, 1);
	}
}

void BPF_STRUCT_OPS(levels_set_cpumask, struct task_struct *p,
		    const struct cpumask *cpumask)
{
	struct bpf_cpumask *mine = bpf_cpumask_create();

	if (!mine)
		return;
	bpf_cpumask_copy(mine, cpumask);
	bpf_cpumask_set_cpu(5, mine);
	bpf_cpumask_clear_cpu(0, mine);
	mask_seen = bpf_cpumask_weight(cast_mask(mine)) * 100 +
		    bpf_cpumask_first(cast_mask(mine));
	bpf_cpumask_release(mine);
}

s32 BPF_STRUCT_OPS(levels_init_task, struct task_struct *p,
		   struct scx_init_task_args *args)
{
	forked += args->fork;
	tasks++;
	return args->cgroup ? -EINVAL : 0;
}

void BPF_STRUCT_OPS(levels_exit_task, struct task_struct *p,
		    struct scx_exit_task_args *args)
{
	u64 now = bpf_ktime_get_ns();
	s32 pid = p->pid;

	if (!args->cancelled)
		bpf_map_update_elem(&ends, &pid, &now, BPF_NOEXIST);
	first_error = bpf_map_update_elem(&ends, &pid, &now, BPF_NOEXIST);
}

/* All that wait low are fresh again. */
static int tick(void *map, int *key, struct bpf_timer *timer)
{
	struct task_struct *p;
	s32 cpu;

	fired++;
	bpf_for_each(scx_dsq, p, LOW_DSQ, 0)
	{
		context_of(p)->used = 0;
		context_of(p)->promoted_at = bpf_ktime_get_ns();
		scx_bpf_dispatch_from_dsq_set_vtime(BPF_FOR_EACH_ITER, 0);
		if (scx_bpf_dispatch_vtime_from_dsq(BPF_FOR_EACH_ITER, p,
						    HIGH_DSQ, 0))
			promoted++;
	}
	bpf_for(cpu, 0, scx_bpf_nr_cpu_ids())
	{
		u32 zero = 0;
		u64 *count = bpf_map_lookup_percpu_elem(&runs, &zero, cpu);

		if (count && *count == 1)
			next_idle_cpu = cpu;
	}
	bpf_timer_start(timer, PERIOD, 0);
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(levels_init)
{
	struct clock *clock;
	u32 key = 0;
	s32 ret;

	ret = scx_bpf_create_dsq(HIGH_DSQ, -1)
		      ?: scx_bpf_create_dsq(LOW_DSQ, -1);
	if (ret)
		return ret;
	clock = bpf_map_lookup_elem(&clocks, &key);
	if (!clock)
		return -ESRCH;
	bpf_printk("%s: %d CPUs, %x %c %5u%%|%-4d|%03d", "levels",
		   scx_bpf_nr_cpu_ids(), 0xbeefu, 'c', 42u, 7, -5);
	texts++;
	bpf_timer_init(&clock->timer, &clocks, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&clock->timer, tick);
	return bpf_timer_start(&clock->timer, PERIOD, 0);
}

void BPF_STRUCT_OPS(levels_dump, struct scx_dump_ctx *dctx)
{
	scx_bpf_dump("high %d, low %d", scx_bpf_dsq_nr_queued(HIGH_DSQ),
		     scx_bpf_dsq_nr_queued(LOW_DSQ));
}

/* Never called here, and not in the image. */
void BPF_STRUCT_OPS(levels_cpu_release, s32 cpu,
		    struct scx_cpu_release_args *args)
{
	scx_bpf_reenqueue_local();
}

void BPF_STRUCT_OPS(levels_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(levels_ops, .select_cpu = (void *)levels_select_cpu,
	       .enqueue = (void *)levels_enqueue,
	       .dispatch = (void *)levels_dispatch,
	       .runnable = (void *)levels_runnable,
	       .running = (void *)levels_running,
	       .stopping = (void *)levels_stopping,
	       .set_cpumask = (void *)levels_set_cpumask,
	       .cpu_release = (void *)levels_cpu_release,
	       .init_task = (void *)levels_init_task,
	       .exit_task = (void *)levels_exit_task,
	       .dump = (void *)levels_dump, .init = (void *)levels_init,
	       .exit = (void *)levels_exit, .timeout_ms = 2000,
	       .name = "levels");
