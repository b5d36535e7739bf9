/* SPDX-License-Identifier: MIT */
/* What a scheduling policy and the kernel say to each other. */
#ifndef NIMBLE_ABI_SCHED_H
#define NIMBLE_ABI_SCHED_H

/*
 * The model is sched_ext's of Linux 6.12 (Documentation/scheduler/sched-ext.rst), and
 * the numbers are Linux's own, so that its schedulers can be compiled for this kernel.
 */
#include "nimble/abi/types.h"

/* A task, in the policy's memory. The kernel writes it before each operation that names
 * it, and reads back `slice` after it; the rest is what the policy sees. */
struct nimble_sched_task {
	nx_u64 slice; /* ns that it may still run; read back */
	nx_u64 vtime; /* by which it was last inserted; the policy may write it */
	nx_u64 mask; /* CPUs that it may run on */
	nx_u64 ran_ns; /* in all */
	nx_u32 id; /* thread id: what Linux calls pid */
	nx_u32 process; /* process id: tgid */
	nx_u32 weight; /* 1-10000, 100 is the usual */
	nx_u32 cpu; /* that it is on, or was last */
	nx_u32 cpu_count; /* of mask */
	nx_u32 flags; /* 0 */
	char name[16];
	nx_u64 address_of_mask; /* the address of `mask`, for Linux's cpus_ptr */
	nx_u64 queue; /* the dispatch queue that holds it, or 0 */
	nx_u64 reserved[5];
	nx_u64 storage[16]; /* the policy's own; 0 when the task comes */
};

_Static_assert(sizeof(struct nimble_sched_task) == 256,
	       "nimble_sched_task is ABI");

/* Tasks that one policy can have, where it does not say, and at most. Others are
 * scheduled by the kernel. */
#define NIMBLE_SCHED_TASKS 512
#define NIMBLE_SCHED_TASKS_MOST 16384

/* Queues. A policy's own have other ids, below 2^62. */
#define NIMBLE_DSQ_BUILTIN (1ull << 63)
#define NIMBLE_DSQ_GLOBAL (NIMBLE_DSQ_BUILTIN | 1)
#define NIMBLE_DSQ_LOCAL (NIMBLE_DSQ_BUILTIN | 2)
#define NIMBLE_DSQ_LOCAL_ON (NIMBLE_DSQ_BUILTIN | 1ull << 62) /* | CPU */

#define NIMBLE_SLICE_DEFAULT 20000000ull
#define NIMBLE_SLICE_INFINITE 0xffffffffffffffffull

enum nimble_wake_flags {
	NIMBLE_WAKE_FORK = 4,
	NIMBLE_WAKE_TTWU = 8,
	NIMBLE_WAKE_SYNC = 16,
};

#define NIMBLE_ENQ_WAKEUP 1ull
#define NIMBLE_ENQ_HEAD 16ull
#define NIMBLE_ENQ_PREEMPT (1ull << 32)
#define NIMBLE_ENQ_REENQ (1ull << 40)
#define NIMBLE_ENQ_LAST (1ull << 41)

#define NIMBLE_DEQ_SLEEP 1ull

enum nimble_kick_flags {
	NIMBLE_KICK_IDLE = 1, /* only where it idles */
	NIMBLE_KICK_PREEMPT = 2, /* the slice of what runs there ends */
	NIMBLE_KICK_WAIT = 4, /* taken, and without effect */
};

/* sched_dsq_move(): what of the arguments is meant. */
#define NIMBLE_MOVE_SLICE (1ull << 60)
#define NIMBLE_MOVE_VTIME (1ull << 61) /* insert by vtime */

/* sched_dsq_next() */
#define NIMBLE_NEXT_BACKWARDS 1ull

/* timer_arm() */
#define NIMBLE_TIMER_ABSOLUTE 1ull /* as time_ns() has it */

/* What a policy is besides its operations: an object in section "policy". */
enum nimble_policy_flags {
	NIMBLE_POLICY_KEEP_BUILTIN_IDLE = 1, /* always so here */
	NIMBLE_POLICY_ENQ_LAST = 2, /* enqueue also the only runnable one */
	NIMBLE_POLICY_ENQ_EXITING = 4, /* always so here */
	NIMBLE_POLICY_SWITCH_PARTIAL =
		8, /* without effect: see docs/policies.md */
};

struct nimble_policy {
	nx_u64 flags; /* enum nimble_policy_flags */
	nx_u32 timeout_ms; /* of the stall watchdog; 0: 100 */
	nx_u32 dispatch_max; /* insertions of one dispatch; 0: 32 */
	char name[16]; /* empty: the image's */
	nx_u32 tasks; /* 0: NIMBLE_SCHED_TASKS */
	nx_u32 reserved0; /* 0, as all that is reserved */
	nx_u64 reserved[3];
};

_Static_assert(sizeof(struct nimble_policy) == 64, "nimble_policy is ABI");

/* How a policy ended; the numbers are sched_ext's. */
enum nimble_exit_kind {
	NIMBLE_EXIT_NONE = 0,
	NIMBLE_EXIT_UNREG = 64, /* detached, replaced, or its job has ended */
	NIMBLE_EXIT_UNREG_BPF = 65, /* by itself: sched_end() */
	NIMBLE_EXIT_ERROR = 1024, /* the kernel found an error */
	NIMBLE_EXIT_ERROR_BPF = 1025, /* by itself: sched_error() */
	NIMBLE_EXIT_ERROR_STALL = 1026, /* a task was left waiting */
};

#define NIMBLE_EXIT_REASON_BYTES 128
#define NIMBLE_EXIT_MESSAGE_BYTES 256
#define NIMBLE_EXIT_DUMP_BYTES 1024

/* Its argument of sched_exit, and what `nimble show` prints. */
struct nimble_exit_record {
	nx_u64 code; /* of sched_end() */
	nx_u32 kind; /* enum nimble_exit_kind */
	nx_u32 reserved;
	char reason[NIMBLE_EXIT_REASON_BYTES];
	char message[NIMBLE_EXIT_MESSAGE_BYTES];
	char dump[NIMBLE_EXIT_DUMP_BYTES];
};

#endif
