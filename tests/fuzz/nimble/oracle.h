/* SPDX-License-Identifier: MIT */
/* A model of the engine, written to be read and not to be fast. */
#ifndef TESTS_FUZZ_NIMBLE_ORACLE_H
#define TESTS_FUZZ_NIMBLE_ORACLE_H

#include "nimble/nimble.h"
#include "nimble/user/layout.h"

#define ORACLE_INSNS 512 /* at most, in a program */

/* The one map of the images: a hash map of so many keys of four bytes with values of
 * eight. */
#define ORACLE_KEYS 4

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
	int64_t budget; /* in units; afterwards, and inside, in plain instructions */
	bool charged; /* the checked engine's budget */
	uint32_t ctx_bytes;

	/* The map, empty when a program starts: the keys that it has, and the slots that
	 * are free, from place key_count on, of which the first is taken first. */
	struct oracle_key keys[ORACLE_KEYS];
	uint32_t key_count;
	uint32_t free_slots[ORACLE_KEYS];

	/* Out. */
	uint64_t reg[NX_REGS];
	enum nimble_fault_kind fault;
	uint64_t fault_address;
	uint32_t fault_insn;
	uint64_t steps;
};

/* Helpers of the model, by import index; the images import these. */
enum {
	ORACLE_SET,
	ORACLE_MOVE,
	ORACLE_COMPARE,
	ORACLE_CPU,
	ORACLE_BUDGET,
	ORACLE_LOOKUP,
	ORACLE_UPDATE,
	ORACLE_DELETE,
	ORACLE_USER_READ,
	ORACLE_USER_WRITE,
	ORACLE_HELPERS
};
extern const char *const oracle_helpers[ORACLE_HELPERS];

/* Run to its end, a fault, or most instructions; false: those were too few. */
bool oracle_run(struct oracle *o, uint64_t most);

#endif
