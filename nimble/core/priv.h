/* SPDX-License-Identifier: MIT */
/* What the engine's files share: extensions, code, frames, diagnostics. */
#ifndef NIMBLE_CORE_PRIV_H
#define NIMBLE_CORE_PRIV_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimble/engine/ops.h"
#include "nimble/engine/run.h"
#include "nimble/nimble.h"
#include "nimble/port.h"

/* Linked against: the host has them (see port.h). */
void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ROUND_UP(x, to) (((x) + (to)-1) / (to) * (to))

/* Text without a libc: %s %u %d %x (32 bits), %X (64 bits, hexadecimal). */
void nimble_format(char *to, size_t bytes, const char *format, ...);
void nimble_vformat(char *to, size_t bytes, const char *format, va_list args);
bool nimble_same(const char *a, const char *b);

/* Text that grows up to an end, and how a number is written there. */
struct nimble_out {
	char *at, *end;
};
struct nimble_spec {
	bool left, zero, upper;
	unsigned int width, longs;
};
void nimble_put(struct nimble_out *out, char c);
void nimble_put_number(struct nimble_out *out, const struct nimble_spec *spec,
		       uint64_t value, bool negative, unsigned int base);

/* An image whose sections have been found to lie inside it. Owns its copy. */
struct nimble_image {
	void *copy;
	size_t copy_bytes;
	const struct nx_header *header;
	const struct nx_insn *code;
	const uint8_t *rodata, *data;
	const struct nx_reloc *relocs;
	const struct nx_map *maps;
	const struct nx_hook *hooks;
	const struct nx_import *imports;
	const struct nx_func *funcs;
	const struct nx_line *lines;
	const char *strings;
	const struct nimble_policy *policy; /* [npolicies] */
	uint32_t insns, rodata_bytes, data_bytes, nrelocs, nmaps, nhooks;
	uint32_t nimports, nfuncs, nlines, strings_bytes, npolicies;
};

int nimble_image_open(struct nimble_image *image, const void *bytes,
		      size_t count, struct nimble_diag *diag);
void nimble_image_close(struct nimble_image *image);
/* The line of an instruction: 0, or -ENOENT. */
int nimble_image_line(const struct nimble_image *image, uint32_t insn,
		      const char **file, uint32_t *line);

/* Fill diag and return -error, so that a check can say "return refuse()". */
int nimble_refuse(struct nimble_diag *diag, int error, const char *format, ...);
/* Say at which instruction, and source line, that was. */
void nimble_diag_at(const struct nimble_image *image, struct nimble_diag *diag,
		    uint32_t insn);
/* EINVAL at an instruction. */
int nimble_refuse_at(const struct nimble_image *image, struct nimble_diag *diag,
		     uint32_t insn, const char *format, ...);

/* What the static checks found out about each instruction. */
#define NIMBLE_INSN_TARGET 1 /* jumped to or called */
#define NIMBLE_INSN_FUNCTION 2 /* called, or an entry */
#define NIMBLE_INSN_SECOND 4 /* the second slot of lddw */

#define NIMBLE_FLAGS_MORE 8

struct nimble_facts {
	uint8_t *flags; /* per instruction, and some behind them */
	uint32_t *charge; /* per instruction: of calling the function there */
	uint32_t *cost; /* per instruction: of all before it, see cost.c */
	size_t bytes; /* of the allocation that holds all three */
};

int nimble_check(const struct nimble_ext *ext, struct nimble_facts *facts,
		 struct nimble_diag *diag);

int nimble_check_arguments(const struct nimble_ext *ext,
			   const struct nimble_facts *facts,
			   struct nimble_diag *diag);
int nimble_check_levels(const struct nimble_ext *ext,
			struct nimble_facts *facts, struct nimble_diag *diag);

#define NIMBLE_INSIDE 0x80000000u /* insn_cell: in the cell of the one before */

struct nimble_code {
	const struct nx_insn *insns;
	uint64_t *cells; /* of copied code: where each instruction's is, and the end */
	uint32_t *word; /* the instruction of each word; NULL: copied code */
	uint32_t *insn_cell; /* index in cells[] of where an insn starts; NULL, too */
	uint32_t *cost; /* of all instructions before one; one more at the end */
	uint32_t count; /* instructions */
	uint32_t words;
	void *memory; /* one allocation for all of it */
	size_t bytes;
	uint8_t *machine; /* copied code, from nimble_port_code_take() */
	size_t machine_bytes;
};

static inline bool nimble_is_inside(const struct nimble_code *code, uint32_t i)
{
	return code->insn_cell && code->insn_cell[i] & NIMBLE_INSIDE;
}

/* How translated code is made and run: the seam for further tiers. */
struct nimble_tier {
	const char *name;
	bool checked;
	bool stubs; /* enters and unwinds by the stubs of entry_x86_64.S */
	/* Fill ext->code; 0 or -errno. -EOPNOTSUPP: this machine cannot, try `instead`. */
	int (*translate)(struct nimble_ext *ext, struct nimble_facts *facts,
			 struct nimble_diag *diag);
	enum nimble_engine instead;
	void (*enter)(struct nimble_run *run);
	/* The instruction that a run is at while C runs, and what run->ip shall be to start
	 * one. */
	uint32_t (*insn_at)(const struct nimble_run *run);
	const uint64_t *(*start_of)(const struct nimble_code *code,
				    uint32_t insn);
	const struct nimble_threads *threads; /* or NULL: engine/threaded.h */
};

/* Threaded code, core/cells.c. */
extern const struct nimble_tier nimble_threaded_checked_tier;
extern const struct nimble_tier nimble_threaded_unchecked_tier;
/* The run of this CPU in one of them, or NULL. */
struct nimble_run *nimble_threaded_run(void);

/* Copied code, core/copy.c. */
extern const struct nimble_tier nimble_copy_checked_tier;
extern const struct nimble_tier nimble_copy_unchecked_tier;
/* The instruction whose code an address lies in. */
uint32_t nimble_copy_insn(const struct nimble_code *code, uintptr_t at);

/* NULL: not built in. */
const struct nimble_tier *nimble_tier(enum nimble_engine engine);
/* A tier that not every build has, or NULL: user/step.c, engine/traced_none.c. */
const struct nimble_tier *nimble_traced_tier(void);

/* For translators: code's memory, with so many cells, and (origins) with where they
 * come from and where instructions are; 0 or -errno. */
int nimble_code_allocate(struct nimble_ext *ext,
			 const struct nimble_facts *facts, uint32_t words,
			 bool origins, struct nimble_diag *diag);
void nimble_code_free(struct nimble_code *code);
/* The value that an lddw of any kind stands for. */
uint64_t nimble_wide_constant(const struct nimble_ext *ext,
			      const struct nx_insn *insn);

struct nimble_release {
	void (*release)(void *what);
	void *what;
};

/* State of one CPU and level; only that CPU touches it. */
struct nimble_frame {
	struct nimble_run run;
	uint8_t *ctx;
	uint8_t *stack;
	uint32_t busy;
	uint32_t held;
	void *host;
	void (*failed)(struct nimble_ext *ext, void *host);
	struct nimble_release hold[NIMBLE_HELD];
	struct nimble_counters *counters; /* [entry] */
} __attribute__((aligned(64)));

struct nimble_map_ops;

struct nimble_map {
	struct nx_map info;
	const char *name;
	const struct nimble_map_ops *ops;
	struct nimble_ext *ext;
	uint8_t *values; /* in the arena */
	uint64_t value_stride;
	uint64_t values_bytes;
	void *private; /* outside the arena: what it must not corrupt */
	size_t private_bytes;
};

struct nimble_map_ops {
	/* Sizes from info, checked: 0 or -errno with diag. */
	int (*size)(struct nimble_map *map, struct nimble_diag *diag);
	int (*init)(struct nimble_map *map);
	void *(*lookup)(struct nimble_map *map, unsigned int cpu,
			const void *key);
	int (*update)(struct nimble_map *map, unsigned int cpu, const void *key,
		      const void *value);
	int (*delete)(struct nimble_map *map, const void *key);
	int (*next)(struct nimble_map *map, const void *key, void *next);
	uint16_t cost; /* of finding a key, or of an operation without one */
	bool direct; /* lddw may name its values */
	bool paged; /* values start and end at page borders */
};

const struct nimble_map_ops *nimble_map_type(uint32_t type);
extern const struct nimble_map_ops nimble_map_array;
extern const struct nimble_map_ops nimble_map_hash;
extern const struct nimble_map_ops nimble_map_percpu;
extern const struct nimble_map_ops nimble_map_ring;
extern const struct nimble_map_ops nimble_map_arena;
extern const struct nimble_map_ops nimble_map_queue;

/* A map's handle in an extension: an integer that helpers check. */
#define NIMBLE_MAP_HANDLE 0x70616d0000000000ull
struct nimble_map *nimble_arg_map(struct nimble_run *run, uint64_t handle);

/* Services: the id, or -ENOENT; the result, or NIMBLE_NO_SERVICE. */
int64_t nimble_service_find(struct nimble_run *run, const char *name,
			    uint64_t bytes);
uint64_t nimble_service_call(struct nimble_run *run, uint64_t id,
			     const uint64_t args[3]);

/* Append a record: 0, -ENOSPC or -EINVAL. */
int nimble_ring_output(struct nimble_map *map, const void *from,
		       uint64_t bytes);

/* Append a value to a queue: 0, or -E2BIG where it is full; with `evict` the oldest
 * makes room. Any context. */
int nimble_queue_push(struct nimble_map *map, const void *value, bool evict);
/* Copy the oldest value out, and take it out unless `keep`: 0, or -ENOENT where there
 * is none. Any context. */
int nimble_queue_pop(struct nimble_map *map, void *value, bool keep);

struct nimble_entry {
	enum nimble_hook hook;
	const char *function;
	uint32_t insn;
	uint32_t charge; /* of the code up to its end, run once */
	const uint64_t *cell;
	const struct nimble_hook_info *info;
	struct nimble_range out; /* info->out as one, if it is; else no bytes */
};

struct nimble_ext {
	const struct nimble_tier *tier;
	struct nimble_image image;
	struct nimble_load_options options;
	struct nimble_code code;

	uint8_t *arena; /* after a page that holds its limits */
	size_t arena_bytes; /* readable */
	size_t writable_bytes;
	size_t allocation_bytes;
	uint8_t *data, *rodata; /* in the arena */
	struct nimble_policy policy; /* of a policy, defaults filled in */
	struct nimble_sched *sched; /* in the arena; NULL: it is none */
	uint64_t memory; /* counted against the quota */

	struct nimble_map *maps;
	const struct nimble_helper **imports; /* NULL: may not be called */
	struct nimble_entry *entries;
	size_t tables_bytes; /* of maps, imports and entries together */

	uint32_t ctx_bytes;
	uint32_t cpus;
	struct nimble_frame *frames; /* [cpu * NIMBLE_LEVELS + level] */
	size_t frames_bytes; /* with the counters behind them */

	uint32_t attached; /* chains that hold it; by the host's mutex */
	uint32_t failed; /* set once, with release; fault is written before */
	uint32_t fault_lock;
	struct nimble_fault fault;
};

/* Do the bytes lie in its memory, or in what of that it may write? */
static inline bool nimble_in_arena(const struct nimble_ext *ext,
				   uint64_t address, uint64_t bytes, bool write)
{
	uint64_t offset = address - (uintptr_t)ext->arena;
	uint64_t size = write ? ext->writable_bytes : ext->arena_bytes;

	return bytes <= size && offset <= size - bytes;
}

/* Find what is imported, check it for trust, and say why not. */
int nimble_import(struct nimble_ext *ext, struct nimble_diag *diag);

/* May so much more be taken, for what? 0, or -ENOSPC. */
int nimble_quota(const struct nimble_ext *ext, uint64_t bytes, const char *what,
		 struct nimble_diag *diag);
/* Take it, zeroed; NULL, and diag says why. */
void *nimble_take(struct nimble_ext *ext, size_t bytes, const char *what,
		  struct nimble_diag *diag);
/* Context and stack of one CPU and level. */
size_t nimble_frame_bytes(const struct nimble_ext *ext);
/* Maps and contexts have their sizes: lay all out, with data copied. */
int nimble_arena_make(struct nimble_ext *ext, struct nimble_diag *diag);
/* Pointers in data become addresses. */
int nimble_arena_relocate(struct nimble_ext *ext, struct nimble_diag *diag);
const struct nimble_helper *nimble_helper_by_name(const char *name);

/* Continue by the plain interpreter; see core/slow.c. Called by the stubs. */
int nimble_slow(struct nimble_run *run);
/* The instruction that a run is at. */
uint32_t nimble_run_insn(const struct nimble_run *run);
/* Do instruction *i, no call of a function or helper and no exit, and move *i to the
 * next one: 0, or -EFAULT to unwind. */
int nimble_step(struct nimble_run *run, uint32_t *i);

/* A spin lock that is taken with interrupts off. */
struct nimble_lock {
	uint32_t taken;
};
uint64_t nimble_lock(struct nimble_lock *lock);
void nimble_unlock(struct nimble_lock *lock, uint64_t irq);

/* Can control go on from an instruction to the one behind it? */
static inline bool nimble_falls_through(const struct nx_insn *insn)
{
	return insn->opcode != (BPF_JMP | BPF_EXIT) &&
	       insn->opcode != (BPF_JMP | BPF_JA) &&
	       insn->opcode != (BPF_JMP32 | BPF_JA);
}

/* How far a jump leads, counted from the instruction behind it. */
static inline int32_t nimble_jump_offset(const struct nx_insn *insn)
{
	return insn->opcode == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off;
}

static inline bool nimble_calls_helper(const struct nx_insn *insn)
{
	return insn->opcode == (BPF_JMP | BPF_CALL) &&
	       insn->src == NX_CALL_HELPER;
}

static inline bool nimble_calls_local(const struct nx_insn *insn)
{
	return insn->opcode == (BPF_JMP | BPF_CALL) &&
	       insn->src == NX_CALL_LOCAL;
}

/* Of a load, a store or an atomic operation. */
static inline unsigned int nimble_access_bytes(uint8_t opcode)
{
	static const uint8_t bytes[4] = {4, 2, 1, 8}; /* by BPF_SIZE */

	return bytes[BPF_SIZE(opcode) >> 3];
}

/* A unit of the budget in what costs are counted in, see cost.c. So are run->budget and
 * what is charged to it. */
#define NIMBLE_UNIT_BITS 7
#define NIMBLE_UNIT (1 << NIMBLE_UNIT_BITS)
/* So much or more that a jump skips is given back. */
#define NIMBLE_SKIP 32
/* An access to the application's memory, beside its instruction: the slow path and a copy
 * that may fault. */
#define NIMBLE_USER_COST 512
/* Bytes that a helper copies or compares. */
#define NIMBLE_BYTES_COST(bytes) (24 + (bytes) / 2)

/* Take a cost from the budget; false: exceeded, return at once. */
bool nimble_spend(struct nimble_run *run, uint64_t cost);

/* cost[i] becomes the cost of the i instructions before; cost[count] of all. */
void nimble_sum_costs(const struct nx_insn *insns, uint32_t count,
		      uint32_t *cost);

/*
 * Wherever a run is, all instructions from there to the end of the function are paid
 * for: by the call, of a function or of the hook, and by each jump backwards for those
 * that it goes back over. A jump forwards and an exit give back what they leave out, if
 * that is NIMBLE_SKIP or more.
 */
static inline int32_t nimble_charge_between(uint32_t at, uint32_t target)
{
	int32_t charge = (int32_t)(at - target);

	return charge > 0 || charge <= -NIMBLE_SKIP ? charge : 0;
}

/* engine/threaded.c: until exit or unwinding. */
void nimble_run_checked_cells(struct nimble_run *run);
void nimble_run_unchecked_cells(struct nimble_run *run);

/* Assembly, entry_x86_64.S. */
void nimble_threaded_enter(struct nimble_run *run,
			   void (*cells)(struct nimble_run *run));
void nimble_stub_unwind(void);
void nimble_copy_enter(struct nimble_run *run);
void nimble_copy_slow(void);
void nimble_copy_leave(void);
void nimble_copy_unwind(void);
uint64_t nimble_raw_load_4(struct nimble_run *run, uint64_t at);
uint64_t nimble_raw_load_8(struct nimble_run *run, uint64_t at);
uint64_t nimble_raw_cas_4(struct nimble_run *run, uint64_t at, uint64_t old,
			  uint64_t new);
uint64_t nimble_raw_cas_8(struct nimble_run *run, uint64_t at, uint64_t old,
			  uint64_t new);
void nimble_raw_end(void); /* behind the four */

#endif
