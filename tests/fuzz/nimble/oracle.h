/* SPDX-License-Identifier: MIT */
/* A model of the engine, written to be read and not to be fast. */
#ifndef TESTS_FUZZ_NIMBLE_ORACLE_H
#define TESTS_FUZZ_NIMBLE_ORACLE_H

#include "nimble/nimble.h"
#include "nimble/user/layout.h"

#define ORACLE_INSNS 512 /* at most, in a program */

/* The maps of the images, by index; values have eight bytes. */
enum {
	ORACLE_HASH,
	ORACLE_ARRAY,
	ORACLE_PERCPU,
	ORACLE_RING,
	ORACLE_QUEUE,
	ORACLE_ARENA,
	ORACLE_MAPS
};

#define ORACLE_KEYS 4 /* of four bytes: hash map; indexes of the array */
#define ORACLE_PERCPU_KEYS 2
#define ORACLE_PAGE 4096 /* bytes of the ring's data, and of the arena */
#define ORACLE_QUEUED 3 /* at most */

/* The extension that runs, and the one that it calls. */
#define ORACLE_TASK 77
#define ORACLE_PID 1234
#define ORACLE_SERVICE 2
#define ORACLE_SERVICE_NAME "svc"

struct oracle_key {
	uint32_t key, slot;
};

struct oracle {
	/* In. */
	const struct nx_insn *code;
	uint32_t count;
	struct nimble_layout layout;
	uint8_t *memory; /* a copy of the arena, which the program changes */
	uint64_t user; /* the application's memory: its address, */
	uint64_t user_bytes;
	uint8_t *user_memory; /* and a copy of it, as above */
	int64_t budget; /* in units; afterwards, and inside, in costs */
	bool charged; /* the checked engine's budget */
	uint32_t ctx_bytes;
	struct oracle *service; /* the extension that may be called, or NULL */

	/* Of the maps, what lies outside of the memory; zero when a program starts.
	 * Hash: the keys that it has; and which slots are free, from place key_count on,
	 * once oracle_start() has said so: the first is taken first. */
	struct oracle_key keys[ORACLE_KEYS];
	uint32_t key_count;
	uint32_t free_slots[ORACLE_KEYS];
	uint64_t ring_produced, ring_dropped;
	uint64_t queue[ORACLE_QUEUED];
	uint32_t queued;

	/* Out. */
	uint64_t reg[NX_REGS];
	enum nimble_fault_kind fault; /* one that has some runs no more */
	uint64_t fault_address;
	uint32_t fault_insn;
	uint64_t steps;
};

/* Helpers of the model, by import index; the images import these. */
enum {
	ORACLE_SET,
	ORACLE_MOVE,
	ORACLE_COPY,
	ORACLE_COMPARE,
	ORACLE_CPU,
	ORACLE_CPUS,
	ORACLE_BUDGET,
	ORACLE_LOG_VALUES,
	ORACLE_CURRENT,
	ORACLE_TASK_PID,
	ORACLE_MSR,
	ORACLE_CALL,
	ORACLE_LOOKUP, /* from here on mostly refused with any arguments */
	ORACLE_UPDATE,
	ORACLE_DELETE,
	ORACLE_LOOKUP_ON,
	ORACLE_PUSH,
	ORACLE_POP,
	ORACLE_PEEK,
	ORACLE_OUTPUT,
	ORACLE_FIND,
	ORACLE_LOG_TEXT,
	ORACLE_USER_READ,
	ORACLE_USER_WRITE,
	ORACLE_HELPERS
};
extern const char *const oracle_helpers[ORACLE_HELPERS];

/* Empty maps; before the first run. */
void oracle_start(struct oracle *o);

/* Run to its end, a fault, or most instructions; false: those were too few. */
bool oracle_run(struct oracle *o, uint64_t most);

#endif
