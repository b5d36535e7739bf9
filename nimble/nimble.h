/* SPDX-License-Identifier: MIT */
/* Nimble's interface to its host: load, run, look into, unload extensions. */
#ifndef NIMBLE_NIMBLE_H
#define NIMBLE_NIMBLE_H

/*
 * Rules of use
 * - nimble_init() once, before anything else, on one CPU.
 * - Loading, map access by name and unloading may allocate: task context, no
 *   lock held. nimble_run() neither allocates, sleeps nor locks; it may be
 *   called in any context, the caller cannot move to another CPU meanwhile.
 * - One run per CPU and level at a time: a second one (the hook fired inside
 *   the first) is refused with -EBUSY and counted.
 * - Nobody may be inside nimble_run() of an extension that is unloaded. The
 *   host knows that by a chain (nimble/chain.h) or by never having run it.
 * - Everything in an image is untrusted, and so is whatever an extension
 *   writes: contexts are copied in, and only inout fields are copied out.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimble/abi/errno.h"
#include "nimble/abi/hook_ctx.h"
#include "nimble/abi/insn.h"
#include "nimble/abi/map.h"
#include "nimble/abi/nx.h"
#include "nimble/abi/sched.h"

struct nimble_entry;
struct nimble_ext;
struct nimble_map;

#define NIMBLE_BUDGET_TASK 200000
#define NIMBLE_BUDGET_ATOMIC 4096
#define NIMBLE_CALL_DEPTH 4 /* extension-to-extension calls at once */
#define NIMBLE_CTX_BYTES 1024 /* the largest context that can be run on */

/* Why a load failed, for people; filled in exactly where it failed. */
struct nimble_diag {
	int error; /* -errno, as returned */
	uint32_t insn; /* index of the instruction, or NIMBLE_NO_INSN */
	uint32_t line; /* source line, or 0 */
	char file[96]; /* source file, or empty */
	char message[160];
};

#define NIMBLE_NO_INSN 0xffffffffu

/* Checked: every access and the budget. Unchecked: trusted extensions only. */
enum nimble_engine {
	NIMBLE_ENGINE_CHECKED, /* machine code; threaded where that cannot be had */
	NIMBLE_ENGINE_UNCHECKED,
	NIMBLE_ENGINE_THREADED_CHECKED,
	NIMBLE_ENGINE_THREADED_UNCHECKED,
	NIMBLE_ENGINE_TRACED, /* one instruction at a time; user space */
	NIMBLE_ENGINES
};

/* "" for one that is not built in. */
const char *nimble_engine_name(unsigned int engine);

struct nimble_load_options {
	enum nimble_engine engine;
	bool trusted; /* loaded by the administrator */
	bool no_superoperators; /* for measuring what they are worth */
	bool no_context; /* r1 and r2 start as 0: instruction vectors */
	uint32_t id; /* chosen by the host, nonzero, unique; marks records */
	uint32_t job; /* whose it is; services are for it, or for all if trusted */
	uint64_t quota_bytes; /* memory it may take; 0: NIMBLE_QUOTA */
	uint32_t ctx_bytes; /* context room; 0: the largest of its hooks */
	void *owner; /* the host's own, for nimble_owner() */
	/* May one that is not trusted have this helper for trusted ones? NULL: no. */
	bool (*granted)(const char *helper, void *owner);
};

#define NIMBLE_QUOTA (64u << 20)

/* Prepare the engine's tables. 0 or -errno. */
int nimble_init(void);

/*
 * Check, instantiate and translate an image. The bytes are copied first, so
 * they may change meanwhile. Returns 0 and *ext, or -errno and *diag:
 * ENOEXEC not an image, or an ill-formed one; EINVAL refused by a static
 * check; EPERM for a helper or hook that needs trust; ENOENT unknown hook,
 * helper or map; E2BIG, ENOSPC over a limit or the quota; ENOMEM; ENOSYS.
 */
int nimble_load(const void *image, size_t bytes,
		const struct nimble_load_options *options,
		struct nimble_ext **ext, struct nimble_diag *diag);
void nimble_unload(struct nimble_ext *ext);

const char *nimble_name(const struct nimble_ext *ext);
const char *nimble_licence(const struct nimble_ext *ext);
uint32_t nimble_id(const struct nimble_ext *ext);
void *nimble_owner(const struct nimble_ext *ext); /* of the load options */
bool nimble_is_threaded(const struct nimble_ext *ext); /* no machine code */
const char *nimble_tier_name(const struct nimble_ext *ext); /* what it became */
uint64_t nimble_memory(const struct nimble_ext *ext); /* bytes, in all */

/*
 * The extension's entry for a hook, for nimble_call.entry: 0 or more, or
 * -ENOENT where it defines none. Names are those of hooks.def.
 */
int nimble_entry(const struct nimble_ext *ext, enum nimble_hook hook);
unsigned int nimble_entries(const struct nimble_ext *ext);
enum nimble_hook nimble_entry_hook(const struct nimble_ext *ext, unsigned int);
const char *nimble_entry_function(const struct nimble_ext *ext, unsigned int);
uint32_t nimble_entry_insn(const struct nimble_ext *ext, unsigned int);
uint32_t nimble_insns(const struct nimble_ext *ext); /* of the image's code */

/*
 * Of a scheduling policy (an image with operations of that name): what the host and
 * it share, in its memory and zero at first; NULL for others. Whatever lies there may
 * be overwritten by the extension at any time.
 */
struct nimble_sched {
	struct nimble_exit_record record;
	struct nimble_sched_task task[]; /* nimble_policy()->tasks */
};

struct nimble_sched *nimble_sched(struct nimble_ext *ext);
/* What the image says of it, each default filled in; not to be asked of others. */
const struct nimble_policy *nimble_policy(const struct nimble_ext *ext);

/* What hooks.def says of a hook. */
struct nimble_hook_info {
	const char *name;
	const char *what;
	enum nimble_level level;
	bool app_allowed;
	uint32_t ctx_bytes;
	uint64_t most; /* a result beyond it means nothing; 0: none does */
	uint16_t out_count;
	const struct nimble_range *out; /* the inout fields */
};

struct nimble_range {
	uint16_t offset;
	uint16_t bytes;
};

/* NULL for a number or name that is none. */
const struct nimble_hook_info *nimble_hook_info(unsigned int hook);
int nimble_hook_by_name(const char *name);

/* One run. The caller fills the first group, nimble_run() the second. */
struct nimble_call {
	struct nimble_ext *ext;
	uint32_t entry;
	enum nimble_level level;
	void *ctx; /* copied in; its inout fields copied back */
	uint32_t ctx_bytes; /* the hook's; with copy_all also another */
	bool copy_all; /* copy all of ctx back: nimble-run and tests */
	int64_t budget;
	void *host; /* for the host's helpers: nimble_run_host() */
	uint32_t depth; /* of calls between extensions; 0 from the host */
	/* An extension that this one called was unwound: note it. Any context;
	 * may be NULL. */
	void (*failed)(struct nimble_ext *ext, void *host);

	uint64_t result; /* r0 */
	int64_t budget_left;
};

/*
 * 0; -EBUSY: this CPU and level is inside the extension already; -EFAULT: it
 * was unwound, the record is in nimble_fault(), and the host shall detach it;
 * -EIO: it had faulted before and does not run again; -EINTR: nimble_end_run() has
 * ended it; -EINVAL: no such entry, or the context is too large. On any of them ctx is
 * untouched.
 */
int nimble_run(struct nimble_call *call);

/*
 * The same, cheaper, for an entry whose hook's context is a few words that the extension
 * only reads. What is the same each time is prepared once, for as long as the extension is
 * loaded; false: its hook is another.
 */
struct nimble_brief {
	struct nimble_ext *ext;
	const struct nimble_entry *at;
	uint32_t entry;
	uint32_t words; /* of the context */
	int64_t budget;
	void (*failed)(struct nimble_ext *ext, void *host);
};

bool nimble_brief_prepare(struct nimble_brief *brief, struct nimble_ext *ext,
			  uint32_t entry, int64_t budget);
/* failed may be set in between. ctx and host as in nimble_call; *result only at 0. */
int nimble_run_brief(const struct nimble_brief *brief, const uint64_t *ctx,
		     void *host, uint64_t *result);

/* May it call services of others? Whoever runs one that may not, outside of chains, need
 * not keep them with nimble_enter(). */
bool nimble_uses_services(const struct nimble_ext *ext);

enum nimble_fault_kind {
	NIMBLE_FAULT_NONE,
	NIMBLE_FAULT_READ, /* address is outside what it may read */
	NIMBLE_FAULT_WRITE,
	NIMBLE_FAULT_BUDGET,
	NIMBLE_FAULT_DEPTH, /* too many calls inside each other */
	NIMBLE_FAULT_ARGUMENT, /* a helper's argument; address holds it */
	NIMBLE_FAULT_TRAP, /* the processor's, in unchecked code */
	NIMBLE_FAULT_ALIGN, /* an atomic operation across its natural border */
	NIMBLE_FAULT_CALLX, /* callx to something that may not be called */
	NIMBLE_FAULT_REVOKED, /* set by the host: a helper was taken from it */
	NIMBLE_FAULT_STALL, /* set by the host: a task was left waiting */
	NIMBLE_FAULT_ENDED, /* nimble_end_run(); never recorded */
	NIMBLE_FAULTS
};

/* The first fault of an extension; later ones only count. */
struct nimble_fault {
	uint32_t kind; /* enum nimble_fault_kind; NONE: it has not faulted */
	uint32_t insn;
	uint32_t line; /* source line, or 0 */
	uint32_t cpu;
	uint32_t level;
	uint32_t entry;
	uint64_t address;
	uint64_t time_ns;
	uint64_t reg[NX_REGS];
	char file[96];
};

void nimble_fault(const struct nimble_ext *ext, struct nimble_fault *fault);
const char *nimble_fault_name(unsigned int kind);
/* Record a fault that the host found (STALL), so that it runs no more. */
void nimble_fail(struct nimble_ext *ext, enum nimble_fault_kind kind);
bool nimble_failed(const struct nimble_ext *ext);

struct nimble_counters {
	uint64_t runs;
	uint64_t time; /* in nimble_port_clock()'s units */
	uint64_t faults;
	uint64_t busy; /* refused with -EBUSY */
	uint64_t charged; /* budget used */
};

/* Of one CPU, or summed where cpu is NIMBLE_ALL_CPUS. */
#define NIMBLE_ALL_CPUS 0xffffffffu
void nimble_counters(const struct nimble_ext *ext, unsigned int cpu,
		     struct nimble_counters *counters);
/* Of one entry, summed over CPUs; entry is below nimble_entries(). */
void nimble_entry_counters(const struct nimble_ext *ext, unsigned int entry,
			   struct nimble_counters *counters);

/* Where an instruction is in the source: 0, or -ENOENT without line tables. */
int nimble_source(const struct nimble_ext *ext, uint32_t insn, char *file,
		  size_t file_bytes, uint32_t *line);

/* For tools: the instructions, and what one of them became. */
struct nimble_cell {
	bool inside; /* it is part of the cell of the one before */
	const char *handler; /* its operation's name, or those of its steps */
	uint32_t at, words; /* where the cell starts, and its length */
	const uint64_t *operands; /* words - 1 of them, the registers first */
};

struct nimble_machine {
	const uint8_t *code; /* as it runs */
	uint32_t bytes;
};

const struct nx_insn *nimble_code(const struct nimble_ext *ext,
				  uint32_t *count);
int nimble_cell(const struct nimble_ext *ext, uint32_t insn,
		struct nimble_cell *cell); /* -ENOENT: it is not threaded code */
int nimble_machine(const struct nimble_ext *ext, uint32_t insn,
		   struct nimble_machine *machine); /* -ENOENT: it is */
uint32_t nimble_imports(const struct nimble_ext *ext);
const char *nimble_import_name(const struct nimble_ext *ext, uint32_t index);
const char *nimble_function_at(const struct nimble_ext *ext, uint32_t insn);

/* Maps. cpu only matters to per-CPU arrays. Values are copied. */
unsigned int nimble_maps(const struct nimble_ext *ext);
struct nimble_map *nimble_map(struct nimble_ext *ext, unsigned int index);
int nimble_map_index(const struct nimble_ext *ext, const char *name);
const char *nimble_map_name(const struct nimble_map *map);
const struct nx_map *nimble_map_info(const struct nimble_map *map);
uint64_t nimble_map_memory(const struct nimble_map *map); /* bytes */
int nimble_map_read(struct nimble_map *map, unsigned int cpu, const void *key,
		    void *value);
int nimble_map_write(struct nimble_map *map, unsigned int cpu, const void *key,
		     const void *value);
int nimble_map_remove(struct nimble_map *map, const void *key);
/* The key after key (NULL: the first): 0, or -ENOENT at the end. */
int nimble_map_next(struct nimble_map *map, const void *key, void *next);
/* Take records out of a ring buffer: as many as fit, one after another, each a struct
 * nimble_ring_record, its bytes, and padding. In place of the consumer that has it mapped;
 * other CPUs may append meanwhile, but wait. -EOPNOTSUPP for the other types. */
int nimble_map_take(struct nimble_map *map, void *to, size_t room,
		    size_t *used);
/* Memory to map into the application: ring buffers and shared arenas, page
 * aligned and whole pages; -EOPNOTSUPP for the other types. */
int nimble_map_region(struct nimble_map *map, void **start, size_t *bytes);

/*
 * An exception in kernel mode: was it raised by an extension's code? If so the
 * registers (rip and rsp) are changed so that returning from the exception unwinds
 * the run, and true is returned. regs are in the processor's order (below); safe to
 * call for any exception, also from a signal handler.
 */
struct nimble_trap_regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip;
};

bool nimble_trap(struct nimble_trap_regs *regs, uint64_t address);

/*
 * An interrupt, and nobody wants the result of the run that it came in any more: where it
 * came in an extension's code, change regs in the same way, and nimble_run() says -EINTR;
 * the extension has not failed. False: the CPU is in a helper, or out of all code; or the
 * code is unchecked, and `unchecked` is not set. Any context.
 */
bool nimble_end_run(struct nimble_trap_regs *regs, bool unchecked);

/* Attachment to hooks: part of this interface, with a header of its own. */
#include "nimble/chain.h"

#endif
