/* SPDX-License-Identifier: MIT */
/* What a scheduler of Linux's sched_ext includes: its kfuncs, by Nimble's helpers. */
#ifndef EXT_LIB_SCX_COMMON_H
#define EXT_LIB_SCX_COMMON_H

#include "vmlinux.h"
#include "bpf/bpf_helpers.h"
#include "bpf/bpf_tracing.h"
#include "scx/cpumask.bpf.h"
#include "scx/user_exit_info.h"

#define PF_EXITING 0x00000004
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD 0x00200000
#define CLOCK_MONOTONIC 1

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __maybe_unused __attribute__((unused))
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))

#define BPF_STRUCT_OPS(name, args...) \
	SCX_OPERATION("struct_ops/" #name, name, ##args)
#define BPF_STRUCT_OPS_SLEEPABLE(name, args...) \
	SCX_OPERATION("struct_ops.s/" #name, name, ##args)
#define SCX_OPS_DEFINE(name, ...) \
	SEC(".struct_ops.link") struct sched_ext_ops name = {__VA_ARGS__}

/* Linux's loader makes such an array as long as there are CPUs; here it is that at once. */
#define SCX_CPUS_MOST 64
#define RESIZABLE_ARRAY(section, name) \
	name[SCX_CPUS_MOST] SEC("." #section "." #name)

/* The address of a member or an element, or NULL where it lies outside. The compiler
 * must not conclude from the access that it lies inside. */
#define MEMBER_VPTR(base, member)                                            \
	((typeof((base)member) *)({                                          \
		u64 scx_base = (u64) & (base);                               \
		u64 scx_member = (u64) & ((base)member);                     \
		barrier_var(scx_member);                                     \
		scx_member - scx_base <= sizeof(base) - sizeof((base)member) \
			? scx_member                                         \
			: 0;                                                 \
	}))
#define ARRAY_ELEM_PTR(array, index, count)                           \
	((typeof((array)[0]) *)({                                     \
		u64 scx_index = (u64)(index);                         \
		barrier_var(scx_index);                               \
		scx_index < (count) ? (u64) & (array)[scx_index] : 0; \
	}))

/* Dispatch queues, by their names up to 6.12 and from 6.13 on. */
SCX_FUNCTION s32 scx_bpf_create_dsq(u64 id, s32 node)
{
	(void)node;
	return (s32)sched_dsq_create(id);
}

SCX_FUNCTION void scx_bpf_destroy_dsq(u64 id)
{
	sched_dsq_destroy(id);
}

SCX_FUNCTION s32 scx_bpf_dsq_nr_queued(u64 id)
{
	return (s32)sched_dsq_count(id);
}

SCX_FUNCTION u32 scx_bpf_dispatch_nr_slots(void)
{
	return (u32)sched_slots_left();
}

SCX_FUNCTION void scx_bpf_dispatch_cancel(void)
{
	sched_dispatch_cancel();
}

SCX_FUNCTION void scx_bpf_dsq_insert(struct task_struct *p, u64 id, u64 slice,
				     u64 flags)
{
	sched_dsq_insert(p, id, slice, flags);
}

SCX_FUNCTION void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 id,
					   u64 slice, u64 vtime, u64 flags)
{
	sched_dsq_insert_vtime(p, id, slice, vtime, flags);
}

SCX_FUNCTION bool scx_bpf_dsq_move_to_local(u64 id)
{
	return sched_dsq_move_to_local(id) > 0;
}

#define scx_bpf_dispatch scx_bpf_dsq_insert
#define scx_bpf_dispatch_vtime scx_bpf_dsq_insert_vtime
#define scx_bpf_consume scx_bpf_dsq_move_to_local

/* A walk along a queue. The next task is looked up before this one is given out, so that
 * this one may be moved meanwhile. */
struct bpf_iter_scx_dsq {
	u64 queue, direction;
	struct task_struct *next;
	u64 slice, vtime, set; /* of the next move */
};

SCX_FUNCTION struct bpf_iter_scx_dsq bpf_iter_scx_dsq_start(u64 queue,
							    u64 flags)
{
	struct bpf_iter_scx_dsq it = {
		.queue = queue,
		.direction =
			flags & SCX_DSQ_ITER_REV ? NIMBLE_NEXT_BACKWARDS : 0};

	it.next = sched_dsq_next(queue, 0, it.direction);
	return it;
}

SCX_FUNCTION struct task_struct *
bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it)
{
	struct task_struct *task = it->next;

	if (task)
		it->next = sched_dsq_next(it->queue, (u64)task, it->direction);
	return task;
}

SCX_FUNCTION void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it)
{
	(void)it;
}

SCX_FUNCTION bool scx_dsq_move(struct bpf_iter_scx_dsq *it,
			       struct task_struct *p, u64 queue, u64 flags)
{
	u64 set = it->set;

	it->set = 0;
	return sched_dsq_move(p, queue, it->slice, it->vtime, flags | set) > 0;
}

#define BPF_FOR_EACH_ITER (&___it)

SCX_FUNCTION void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it,
					     u64 slice)
{
	it->slice = slice;
	it->set = NIMBLE_MOVE_SLICE;
}

/* Means something to a move by vtime, which says so itself. */
SCX_FUNCTION void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it,
					     u64 vtime)
{
	it->vtime = vtime;
}

SCX_FUNCTION bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it,
				   struct task_struct *p, u64 queue, u64 flags)
{
	return scx_dsq_move(it, p, queue, flags);
}

SCX_FUNCTION bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it,
					 struct task_struct *p, u64 queue,
					 u64 flags)
{
	return scx_dsq_move(it, p, queue, flags | NIMBLE_MOVE_VTIME);
}

#define scx_bpf_dispatch_from_dsq_set_slice scx_bpf_dsq_move_set_slice
#define scx_bpf_dispatch_from_dsq_set_vtime scx_bpf_dsq_move_set_vtime
#define scx_bpf_dispatch_from_dsq scx_bpf_dsq_move
#define scx_bpf_dispatch_vtime_from_dsq scx_bpf_dsq_move_vtime

/* CPUs and tasks. */
SCX_FUNCTION s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 previous,
					u64 flags, bool *is_idle)
{
	s64 chosen = sched_select_default(p, (u32)previous, flags);

	*is_idle = chosen >= 0 && chosen >> 32;
	return (s32)chosen;
}

SCX_FUNCTION void scx_bpf_kick_cpu(s32 cpu, u64 flags)
{
	sched_kick((u32)cpu, flags);
}

SCX_FUNCTION bool scx_bpf_test_and_clear_cpu_idle(s32 cpu)
{
	return sched_test_idle((u32)cpu) > 0;
}

SCX_FUNCTION s32 scx_bpf_pick_idle_cpu(const struct cpumask *mask, u64 flags)
{
	return (s32)sched_pick_idle(mask->bits[0], flags);
}

SCX_FUNCTION s32 scx_bpf_pick_any_cpu(const struct cpumask *mask, u64 flags)
{
	s32 cpu = scx_bpf_pick_idle_cpu(mask, flags);

	if (cpu < 0 && mask->bits[0])
		cpu = (s32)bpf_cpumask_first(mask);
	return cpu;
}

SCX_FUNCTION u32 scx_bpf_nr_cpu_ids(void)
{
	return (u32)cpu_count();
}

SCX_FUNCTION u32 scx_bpf_nr_node_ids(void)
{
	return 1;
}

SCX_FUNCTION bool scx_bpf_task_running(const struct task_struct *p)
{
	return sched_task_running((void *)p) != 0;
}

SCX_FUNCTION s32 scx_bpf_task_cpu(const struct task_struct *p)
{
	return (s32)sched_task_cpu((void *)p);
}

struct rq *scx_rq(s32 cpu);

SCX_FUNCTION struct rq *scx_bpf_cpu_rq(s32 cpu)
{
	return scx_rq(cpu);
}

SCX_FUNCTION u64 scx_bpf_now(void)
{
	return time_ns();
}

SCX_FUNCTION struct task_struct *bpf_task_from_pid(s32 id)
{
	return sched_task_find((u32)id);
}

/* A task's memory is the policy's for as long as the policy is. */
SCX_FUNCTION struct task_struct *bpf_task_acquire(struct task_struct *p)
{
	return p;
}

SCX_FUNCTION void bpf_task_release(struct task_struct *p)
{
	(void)p;
}

SCX_FUNCTION bool is_migration_disabled(const struct task_struct *p)
{
	(void)p;
	return false;
}

/* CPUs have one speed. */
SCX_FUNCTION u32 scx_bpf_cpuperf_cap(s32 cpu)
{
	(void)cpu;
	return SCX_CPUPERF_ONE;
}

SCX_FUNCTION u32 scx_bpf_cpuperf_cur(s32 cpu)
{
	(void)cpu;
	return SCX_CPUPERF_ONE;
}

SCX_FUNCTION void scx_bpf_cpuperf_set(s32 cpu, u32 level)
{
	(void)cpu;
	(void)level;
}

/* Ends, with a text. */
#define scx_bpf_error(format, args...)                 \
	({                                             \
		SCX_TEXT(format, ##args);              \
		(void)sched_error(SCX_TEXT_ARGUMENTS); \
	})
#define scx_bpf_exit(code, format, args...)                       \
	({                                                        \
		SCX_TEXT(format, ##args);                         \
		(void)sched_end((u64)(code), SCX_TEXT_ARGUMENTS); \
	})
#define scx_bpf_dump(format, args...)                      \
	({                                                 \
		SCX_TEXT(format, ##args);                  \
		(void)sched_dump_text(SCX_TEXT_ARGUMENTS); \
	})

static inline u32 log2_u32(u32 value)
{
	u32 bits = 0;

	while (value >>= 1)
		bits++;
	return bits;
}

/* One more than the logarithm, as Linux's schedulers are used to. */
static inline u32 log2_u64(u64 value)
{
	u32 bits = 1;

	while (value >>= 1)
		bits++;
	return bits;
}

#include "scx/absent.bpf.h"
#include "scx/compat.bpf.h"

#endif
