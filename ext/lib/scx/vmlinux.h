/* SPDX-License-Identifier: MIT */
/* What a scheduler of Linux's sched_ext finds in its kernel's types: nimble-cc --scx. */
#ifndef EXT_LIB_SCX_VMLINUX_H
#define EXT_LIB_SCX_VMLINUX_H

/*
 * The names and numbers are those of Linux 6.12, the memory behind them is the LWK's:
 * struct task_struct is a struct nimble_sched_task by other names. A member that is
 * not here is not there; docs/policies.md has the table.
 */
#include "ext/lib/helpers.h"
#include "nimble/abi/sched.h"

typedef unsigned char u8, __u8;
typedef unsigned short u16, __u16;
typedef unsigned int u32, __u32;
typedef unsigned long long u64, __u64;
typedef signed char s8, __s8;
typedef short s16, __s16;
typedef int s32, __s32;
typedef long long s64, __s64;
typedef int pid_t;
typedef unsigned long size_t;
typedef _Bool bool;

enum { false = 0, true = 1 };

#define NULL ((void *)0)

/* One word of CPUs; bpf_cpumask_create() gives more of them. */
typedef struct cpumask {
	u64 bits[1];
} cpumask_t;

struct bpf_cpumask {
	cpumask_t cpumask;
};

/* The part of a task that sched_ext itself keeps. */
struct sched_ext_entity {
	u64 slice;
	u64 dsq_vtime;
	u64 elsewhere0[3];
	u32 weight;
	u32 cpu;
	u64 elsewhere1[5];
	bool disallow; /* without effect */
} __attribute__((packed, aligned(8)));

struct sched_entity {
	u64 elsewhere[3];
	u64 sum_exec_runtime;
};

struct task_struct {
	union {
		struct sched_ext_entity scx;
		struct sched_entity se;
		struct {
			u64 elsewhere0[2];
			cpumask_t cpus_mask;
			u64 elsewhere1;
			pid_t pid;
			pid_t tgid;
			u64 elsewhere2;
			int nr_cpus_allowed;
			u32 flags; /* 0: no PF_ is ever set */
			char comm[16];
			const cpumask_t *cpus_ptr;
		};
		struct nimble_sched_task nimble;
	};
};

#define SCX_AT(member, its)                                                 \
	_Static_assert(__builtin_offsetof(struct task_struct, member) ==    \
			       __builtin_offsetof(struct nimble_sched_task, \
						  its),                     \
		       #member)
SCX_AT(scx.slice, slice);
SCX_AT(scx.dsq_vtime, vtime);
SCX_AT(scx.weight, weight);
SCX_AT(scx.cpu, cpu);
SCX_AT(scx.disallow, reserved);
SCX_AT(se.sum_exec_runtime, ran_ns);
SCX_AT(cpus_mask, mask);
SCX_AT(pid, id);
SCX_AT(tgid, process);
SCX_AT(nr_cpus_allowed, cpu_count);
SCX_AT(flags, flags);
SCX_AT(comm, name);
SCX_AT(cpus_ptr, address_of_mask);
_Static_assert(sizeof(struct task_struct) == sizeof(struct nimble_sched_task),
	       "task_struct");

struct cgroup;

struct rq {
	struct task_struct *curr;
	int cpu;
};

/* nimble_exit_record by its Linux names. */
struct scx_exit_info {
	s64 exit_code;
	u32 kind;
	u32 reserved;
	char reason[NIMBLE_EXIT_REASON_BYTES];
	char msg[NIMBLE_EXIT_MESSAGE_BYTES];
	char dump[NIMBLE_EXIT_DUMP_BYTES];
};

/* The record as far as it is known when the policy fails. */
struct scx_dump_ctx {
	s64 exit_code;
	u32 kind;
	u32 reserved;
	char reason[NIMBLE_EXIT_REASON_BYTES];
};

struct scx_init_task_args {
	bool fork;
	struct cgroup *cgroup; /* NULL */
};

struct scx_exit_task_args {
	bool cancelled;
};

/* Of operations that are never called, or refused. */
struct scx_cpu_acquire_args;
struct scx_cpu_release_args;
struct scx_cgroup_init_args {
	u32 weight;
};

/* Declared so that the linker, and not the compiler, says what is absent. */
struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	int level;
};

/* The linker reads the table of a scheduler by these names. */
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dequeue)(struct task_struct *p, u64 deq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*tick)(struct task_struct *p);
	void (*runnable)(struct task_struct *p, u64 enq_flags);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*quiescent)(struct task_struct *p, u64 deq_flags);
	bool (*yield)(struct task_struct *from, struct task_struct *to);
	bool (*core_sched_before)(struct task_struct *a, struct task_struct *b);
	void (*set_weight)(struct task_struct *p, u32 weight);
	void (*set_cpumask)(struct task_struct *p, const struct cpumask *mask);
	void (*update_idle)(s32 cpu, bool idle);
	void (*cpu_acquire)(s32 cpu, struct scx_cpu_acquire_args *args);
	void (*cpu_release)(s32 cpu, struct scx_cpu_release_args *args);
	s32 (*init_task)(struct task_struct *p,
			 struct scx_init_task_args *args);
	void (*exit_task)(struct task_struct *p,
			  struct scx_exit_task_args *args);
	void (*enable)(struct task_struct *p);
	void (*disable)(struct task_struct *p);
	void (*dump)(struct scx_dump_ctx *ctx);
	void (*dump_cpu)(struct scx_dump_ctx *ctx, s32 cpu, bool idle);
	void (*dump_task)(struct scx_dump_ctx *ctx, struct task_struct *p);
	s32 (*cgroup_init)(struct cgroup *cgrp,
			   struct scx_cgroup_init_args *args);
	void (*cgroup_exit)(struct cgroup *cgrp);
	s32 (*cgroup_prep_move)(struct task_struct *p, struct cgroup *from,
				struct cgroup *to);
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from,
			    struct cgroup *to);
	void (*cgroup_cancel_move)(struct task_struct *p, struct cgroup *from,
				   struct cgroup *to);
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight);
	void (*cpu_online)(s32 cpu);
	void (*cpu_offline)(s32 cpu);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);
	u32 dispatch_max_batch;
	u64 flags;
	u32 timeout_ms;
	u32 exit_dump_len; /* without effect: NIMBLE_EXIT_DUMP_BYTES */
	u64 hotplug_seq; /* without effect */
	char name[128];
};

enum scx_consts {
	SCX_DSP_DFL_MAX_BATCH = 32,
	SCX_EXIT_MSG_LEN = NIMBLE_EXIT_MESSAGE_BYTES,
	SCX_EXIT_DUMP_DFL_LEN = NIMBLE_EXIT_DUMP_BYTES,
	SCX_CPUPERF_ONE = 1024,
};

enum scx_public_consts {
	SCX_OPS_NAME_LEN = 128,
	SCX_SLICE_DFL = NIMBLE_SLICE_DEFAULT,
	SCX_SLICE_INF = NIMBLE_SLICE_INFINITE,
};

enum scx_dsq_id_flags {
	SCX_DSQ_FLAG_BUILTIN = NIMBLE_DSQ_BUILTIN,
	SCX_DSQ_FLAG_LOCAL_ON = 1ull << 62,
	SCX_DSQ_INVALID = NIMBLE_DSQ_BUILTIN,
	SCX_DSQ_GLOBAL = NIMBLE_DSQ_GLOBAL,
	SCX_DSQ_LOCAL = NIMBLE_DSQ_LOCAL,
	SCX_DSQ_LOCAL_ON = NIMBLE_DSQ_LOCAL_ON,
	SCX_DSQ_LOCAL_CPU_MASK = 0xffffffffull,
};

enum scx_exit_kind {
	SCX_EXIT_NONE = NIMBLE_EXIT_NONE,
	SCX_EXIT_UNREG = NIMBLE_EXIT_UNREG,
	SCX_EXIT_UNREG_BPF = NIMBLE_EXIT_UNREG_BPF,
	SCX_EXIT_ERROR = NIMBLE_EXIT_ERROR,
	SCX_EXIT_ERROR_BPF = NIMBLE_EXIT_ERROR_BPF,
	SCX_EXIT_ERROR_STALL = NIMBLE_EXIT_ERROR_STALL,
};

enum scx_exit_code {
	SCX_ECODE_RSN_HOTPLUG = 1ull << 32,
	SCX_ECODE_ACT_RESTART = 1ull << 48,
};

enum scx_ops_flags {
	SCX_OPS_KEEP_BUILTIN_IDLE = NIMBLE_POLICY_KEEP_BUILTIN_IDLE,
	SCX_OPS_ENQ_LAST = NIMBLE_POLICY_ENQ_LAST,
	SCX_OPS_ENQ_EXITING = NIMBLE_POLICY_ENQ_EXITING,
	SCX_OPS_SWITCH_PARTIAL = NIMBLE_POLICY_SWITCH_PARTIAL,
	SCX_OPS_HAS_CGROUP_WEIGHT = 1ull << 16, /* refused */
};

enum scx_wake_flags {
	SCX_WAKE_FORK = NIMBLE_WAKE_FORK,
	SCX_WAKE_TTWU = NIMBLE_WAKE_TTWU,
	SCX_WAKE_SYNC = NIMBLE_WAKE_SYNC,
};

enum scx_enq_flags {
	SCX_ENQ_WAKEUP = NIMBLE_ENQ_WAKEUP,
	SCX_ENQ_HEAD = NIMBLE_ENQ_HEAD,
	SCX_ENQ_CPU_SELECTED = 0x400,
	SCX_ENQ_PREEMPT = NIMBLE_ENQ_PREEMPT,
	SCX_ENQ_REENQ = NIMBLE_ENQ_REENQ,
	SCX_ENQ_LAST = NIMBLE_ENQ_LAST,
};

enum scx_deq_flags {
	SCX_DEQ_SLEEP = NIMBLE_DEQ_SLEEP,
	SCX_DEQ_CORE_SCHED_EXEC = 1ull << 32, /* never set */
};

enum scx_pick_idle_cpu_flags {
	SCX_PICK_IDLE_CORE = 1, /* each CPU is a core of its own */
};

enum scx_kick_flags {
	SCX_KICK_IDLE = NIMBLE_KICK_IDLE,
	SCX_KICK_PREEMPT = NIMBLE_KICK_PREEMPT,
	SCX_KICK_WAIT = NIMBLE_KICK_WAIT,
};

enum scx_dsq_iter_flags {
	SCX_DSQ_ITER_REV = 1u << 16,
};

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
	BPF_MAP_TYPE_CGRP_STORAGE = 32,
	BPF_MAP_TYPE_ARENA = 33,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
	BPF_F_TIMER_ABS = 1,
	BPF_F_TIMER_CPU_PIN = 2,
	BPF_MAX_LOOPS = 8 << 20,
};

/* In a value of a map; armed by bpf_timer_start(). */
struct bpf_timer {
	u64 callback;
	u64 map;
};

struct bpf_spin_lock {
	u32 taken;
};

struct bpf_list_head {
	u64 opaque[2];
};

struct bpf_list_node {
	u64 opaque[3];
};

struct bpf_rb_root {
	u64 opaque[2];
};

struct bpf_rb_node {
	u64 opaque[4];
};

struct bpf_refcount {
	u32 opaque;
};

#endif
