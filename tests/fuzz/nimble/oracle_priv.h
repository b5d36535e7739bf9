/* SPDX-License-Identifier: MIT */
/* What the model's files share. */
#ifndef TESTS_FUZZ_NIMBLE_ORACLE_PRIV_H
#define TESTS_FUZZ_NIMBLE_ORACLE_PRIV_H

#include "tests/fuzz/nimble/oracle.h"

/* The budget counts costs, of which a unit is so many. A jump that leaves out SKIP or more
 * gives them back. */
#define UNIT 128
#define SKIP 32
#define USER_COST 512 /* of an access outside the extension's memory */

#define MAP_HANDLE 0x70616d0000000000ull /* of the first map; others count up */

/* All false: the run is over, with that fault. */
bool oracle_fail(struct oracle *o, uint32_t i, enum nimble_fault_kind kind,
		 uint64_t address);
bool oracle_charge(struct oracle *o, uint32_t i, uint64_t cost);
/* Call a helper by its import's index. */
bool oracle_helper(struct oracle *o, uint32_t i, uint64_t index);

/* The model's memory at an address of the engine's, or NULL. */
uint8_t *oracle_at(struct oracle *o, uint64_t address, uint64_t bytes,
		   bool write);
uint64_t oracle_get(const uint8_t *from, unsigned int bytes);
void oracle_set(uint8_t *to, uint64_t value, unsigned int bytes);

#endif
