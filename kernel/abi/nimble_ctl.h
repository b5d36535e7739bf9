/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Control of extensions: one structure, two carriers.
 *
 *   system call LWK_SYS_NIMBLE_CTL(struct nimble_ctl *) of an application on
 *   the LWK: extensions of its own job, never trusted
 *   ioctl LWK_IOC_NIMBLE on /dev/lwkN from Linux: LIST, SHOW, MAPS, MAP_LOOKUP
 *   and MAP_NEXT with access to the device; the rest with CAP_SYS_ADMIN
 *
 * `in` and `out` are addresses of the caller. The module copies them through
 * the control window: the structure at the message's offset, with `in` and `out`
 * rewritten as offsets in the window. The LWK checks everything again.
 *
 * Returns 0 or -errno. After an error, `message` holds one sentence about it (with
 * instruction and source line for an image). out_used is how much of `out` was written,
 * or would be needed (-ENOSPC).
 */
#ifndef LWK_ABI_NIMBLE_CTL_H
#define LWK_ABI_NIMBLE_CTL_H

#include "kernel/abi/types.h"

#define NIMBLE_CTL_VERSION 3
/* A number that Linux does not use; ENOSYS on Linux. */
#define LWK_SYS_NIMBLE_CTL 0x4d00
/* Another: (uint32_t ext_id, uint64_t args[8]) runs hook call of an extension of the
 * caller's job, or of the administrator's, with args, which it may change. */
#define LWK_SYS_NIMBLE_CALL 0x4d01

#define NIMBLE_CTL_MAX_IN (512u << 10)
#define NIMBLE_CTL_MAX_OUT (256u << 10)
#define NIMBLE_NAME_BYTES 32
#define NIMBLE_MESSAGE_BYTES 192

enum nimble_op {
	NIMBLE_OP_NONE = 0,
	/* in = .nx image; name; flags NIMBLE_TRUSTED, NIMBLE_THREADED. Gives
	 * ext_id. */
	NIMBLE_OP_LOAD = 1,
	/* ext_id; index = entry of its hook table or NIMBLE_ALL; order: lower
	 * runs first where several are on one hook. */
	NIMBLE_OP_ATTACH = 2,
	NIMBLE_OP_DETACH = 3, /* ext_id; index or NIMBLE_ALL */
	NIMBLE_OP_REMOVE = 4, /* ext_id; detaches first */
	NIMBLE_OP_LIST =
		5, /* out = struct nimble_info[]; extensions that it may only call, too */
	NIMBLE_OP_SHOW = 6, /* ext_id; out = struct nimble_detail */
	NIMBLE_OP_MAPS = 7, /* ext_id; out = struct nimble_map_info[] */
	NIMBLE_OP_MAP_LOOKUP =
		8, /* ext_id, index = map; in = key; out = value */
	NIMBLE_OP_MAP_UPDATE = 9, /* ext_id, index; in = key, then value */
	NIMBLE_OP_MAP_DELETE = 10, /* ext_id, index; in = key */
	/* ext_id, index; in = key, or empty for the first; out = next key;
	 * -ENOENT at the end. */
	NIMBLE_OP_MAP_NEXT = 11,
	/* ext_id, index = a ring buffer or arena; out = struct nimble_mapping.
	 * Maps its memory into the caller, readable and writable, until
	 * munmap() or the caller's end; it outlives the extension. By the system
	 * call only. */
	NIMBLE_OP_MAP_MMAP = 12,
	/* ext_id, index = a ring buffer that no program has mapped. Takes out as many
	 * whole records as fit; out = for each, struct nimble_ring_record
	 * (nimble/abi/map.h), its bytes, padding. */
	NIMBLE_OP_RING_TAKE = 13,
	/* out = struct nimble_event_record. Takes an event of one of the extensions
	 * that the caller's process has loaded. -EAGAIN: there is none; with
	 * NIMBLE_WAIT it waits for one, and -EINTR: a signal came. By the system call
	 * only. */
	NIMBLE_OP_EVENT = 14,
	/* in = struct nimble_grant, for ext_id or, where its pid is not 0, for a job.
	 * Only for the administrator. -ENOENT: no such extension, process, or (REVOKE)
	 * grant; -ENODEV: no such device; -EEXIST; -ENOSPC. */
	NIMBLE_OP_GRANT = 15,
	NIMBLE_OP_REVOKE = 16,
	/* ext_id; out = struct nimble_grant[]: what it and its job were granted. */
	NIMBLE_OP_GRANTS = 17,
	NIMBLE_OPS
};

#define NIMBLE_TRUSTED 0x1 /* LOAD: unchecked, trusted helpers; ioctl only */
/* LOAD: make no machine code; in records: there is none. */
#define NIMBLE_THREADED 0x2
#define NIMBLE_REPLACE \
	0x4 /* ATTACH of a policy: in place of the job's present one */
#define NIMBLE_WAIT 0x8 /* EVENT: until there is one */
#define NIMBLE_ALL 0xffffffffU

struct nimble_ctl {
	uint32_t version; /* user: NIMBLE_CTL_VERSION */
	uint32_t instance; /* user: N of /dev/lwkN; 0 in the system call */
	uint32_t op; /* user: enum nimble_op */
	uint32_t flags; /* user */
	uint32_t ext_id; /* user; LWK for LOAD */
	uint32_t index; /* user */
	int32_t order; /* user */
	uint32_t pad;
	uint64_t in; /* user: address; module: offset in the window */
	uint64_t in_bytes; /* user */
	uint64_t out; /* user: address; module: offset in the window */
	uint64_t out_bytes; /* user */
	uint64_t out_used; /* LWK */
	char name[NIMBLE_NAME_BYTES]; /* user */
	char message[NIMBLE_MESSAGE_BYTES]; /* LWK */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_ctl, 296);

/* The flags that an operation takes. */
static inline uint32_t nimble_op_flags(uint32_t op)
{
	return op == NIMBLE_OP_LOAD	? NIMBLE_TRUSTED | NIMBLE_THREADED
	       : op == NIMBLE_OP_ATTACH ? NIMBLE_REPLACE
	       : op == NIMBLE_OP_EVENT	? NIMBLE_WAIT
					: 0;
}

/* ---- Records ----------------------------------------------------------- *
 * All fields are the LWK's. Texts end with a zero byte; addresses and register
 * values are numbers to show, never to use. Times of extensions are in cycles
 * of a clock of clock_khz.
 */

enum nimble_ext_state {
	NIMBLE_EXT_LOADED = 1, /* on no hook */
	NIMBLE_EXT_ATTACHED = 2, /* on one hook or more */
	NIMBLE_EXT_FAULTED = 3, /* was detached; SHOW has the record */
};

/* NIMBLE_OP_LIST: one for each extension that the caller may see, by id. */
struct nimble_info {
	uint32_t id; /* never used again in the life of an instance */
	uint32_t flags; /* NIMBLE_TRUSTED, NIMBLE_THREADED */
	uint32_t state; /* enum nimble_ext_state */
	uint32_t owner_pid; /* of the process that loaded it; 0 = administrator */
	uint64_t job; /* the job whose threads it sees; 0 = all */
	uint64_t memory_bytes; /* in all: code, arenas, maps */
	uint32_t insn_count; /* eBPF instructions */
	uint32_t hook_count; /* entries of its hook table */
	uint32_t map_count;
	uint32_t clock_khz;
	uint64_t runs; /* this and the next four: sums over hooks and CPUs */
	uint64_t time_cycles;
	uint64_t faults;
	uint64_t skipped; /* not run: its CPU was inside it already */
	uint64_t charged; /* budget used; nothing is charged where it is trusted */
	char name[NIMBLE_NAME_BYTES];
};
LWK_STATIC_ASSERT_SIZE(struct nimble_info, 120);

/* An entry of the hook table; its place there is the index of ATTACH. */
struct nimble_hook_record {
	uint32_t hook; /* enum nimble_hook (nimble/abi/hook_ctx.h) */
	uint32_t attached; /* 1 = on its hook now */
	int32_t order; /* of the last ATTACH */
	uint32_t entry_insn; /* its first instruction */
	uint64_t runs;
	uint64_t time_cycles;
	uint64_t faults;
	uint64_t skipped;
	uint64_t ignored; /* results that meant nothing */
	char hook_name[NIMBLE_NAME_BYTES];
	char function[NIMBLE_NAME_BYTES]; /* C name, cut where too long */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_hook_record, 120);

#define NIMBLE_NO_ENTRY 0xffffffffU
#define NIMBLE_FILE_BYTES 96

/* The first fault of an extension; later ones are only counted. */
struct nimble_fault_record {
	uint32_t kind; /* enum nimble_fault_kind (nimble/nimble.h); 0 = none */
	uint32_t insn; /* index of the instruction */
	uint32_t line; /* source line, 0 = unknown */
	uint32_t cpu; /* Linux's number of the CPU */
	uint32_t entry; /* index in the hook table, or NIMBLE_NO_ENTRY */
	uint32_t level; /* enum nimble_level (nimble/abi/hook_ctx.h) */
	uint64_t address; /* address that was accessed, or the helper's argument */
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t reg[11]; /* r0 to r10 */
	char kind_name[NIMBLE_NAME_BYTES]; /* for people */
	char file[NIMBLE_FILE_BYTES]; /* source file, empty = unknown */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_fault_record, 256);

#define NIMBLE_REASON_BYTES 128
#define NIMBLE_EXIT_BYTES 256
#define NIMBLE_DUMP_BYTES 1024

/* How a scheduling policy ended the last time. */
struct nimble_policy_record {
	uint64_t code; /* its own word */
	uint32_t kind; /* enum nimble_exit_kind (nimble/abi/sched.h); 0 = it has not */
	uint32_t schedules; /* 1 = it is attached now */
	char reason[NIMBLE_REASON_BYTES]; /* the kind, for people */
	char message[NIMBLE_EXIT_BYTES]; /* the reason */
	char dump[NIMBLE_DUMP_BYTES]; /* its own dump */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_policy_record, 1424);

/* NIMBLE_OP_SHOW: this, then struct nimble_hook_record[info.hook_count]. */
struct nimble_detail {
	struct nimble_info info;
	char licence[NIMBLE_NAME_BYTES];
	struct nimble_fault_record fault;
	struct nimble_policy_record policy; /* zero if it is no policy */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_detail, 1832);

/* NIMBLE_OP_MAPS: one for each map; its place is the index of MAP_*. `values`
 * is how many values one key has, one after the other in MAP_LOOKUP's `out`
 * and MAP_UPDATE's `in`: 1, or the number of CPUs in a per-CPU array. Maps
 * that user space reads from mapped memory have key_bytes 0; MAP_* on them
 * give -EOPNOTSUPP. */
struct nimble_map_info {
	uint32_t type; /* enum nimble_map_type (nimble/abi/map.h) */
	uint32_t key_bytes;
	uint32_t value_bytes;
	uint32_t max_entries;
	uint32_t values;
	uint32_t pad;
	uint64_t memory_bytes;
	char name[NIMBLE_NAME_BYTES];
};
LWK_STATIC_ASSERT_SIZE(struct nimble_map_info, 64);

/* NIMBLE_OP_MAP_MMAP: whole pages. A ring buffer is as nimble/abi/map.h says; the
 * extension and the application agree on an arena's contents. It holds offsets from
 * its start in place of pointers, because its address differs between them. */
struct nimble_mapping {
	uint64_t address; /* LWK */
	uint64_t bytes; /* LWK */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_mapping, 16);

enum nimble_grant_kind {
	NIMBLE_GRANT_MMIO = 1, /* registers: [base, base + bytes) of a device */
	NIMBLE_GRANT_DEVICE = 2, /* all of a device, its interrupts too */
	NIMBLE_GRANT_HELPER = 3, /* a helper for trusted ones; to jobs only */
};

/* A right of an extension that is not trusted. It ends by REVOKE, with the device, and
 * with the extension or the job. Fields that the kind does not name are 0. */
struct nimble_grant {
	uint32_t kind; /* user: enum nimble_grant_kind */
	uint32_t pid; /* user: of a process of the job that gets it; LWK: 0 = the
		       * extension has it, 1 = its job has */
	uint64_t base, bytes; /* user: MMIO, physical address */
	uint32_t address; /* user: DEVICE, LWK_DEVICE_ADDRESS() */
	uint32_t pad; /* user: 0 */
	char name[NIMBLE_NAME_BYTES]; /* user: HELPER */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_grant, 64);

/* LWK_MSG_NIMBLE_EVENT, and a bit of nimble_event_record.kinds (1 << kind): what happened to an
 * extension. */
enum nimble_event_kind {
	NIMBLE_EVENT_FAULT = 1, /* it faulted, and is detached */
	NIMBLE_EVENT_POLICY_ENDED = 2, /* its policy schedules no more */
};

/* NIMBLE_OP_EVENT: all events of one extension since the last. Its records have the
 * reasons: NIMBLE_OP_SHOW. */
struct nimble_event_record {
	uint32_t ext_id; /* LWK */
	uint32_t kinds; /* LWK */
	char name[NIMBLE_NAME_BYTES]; /* LWK: of the extension */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_event_record, 40);

#endif
