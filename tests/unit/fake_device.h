/* SPDX-License-Identifier: MIT */
/* A device for the proxy's tests, and an LWK's side of the call slots, both in
 * the process of the test. */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/slot.h"

/* How the LWK waits for an answer. */
enum fake_wait {
	FAKE_SPIN, /* until it is there */
	FAKE_BLOCK, /* sleeps at once */
	FAKE_EITHER, /* spins a little, then sleeps: the race */
	FAKE_WAITS
};

extern struct lwk_slot_page fake_page;
/* Signals that were forwarded, by number. */
extern unsigned int fake_signals[65];
/* How often a worker slept, and how often one was told to wake. */
extern unsigned int fake_sleeps, fake_wakes;

/* One delegated call of the thread that owns the slot. Fails the test where
 * there is no answer after FAKE_PATIENCE_S. */
#define FAKE_PATIENCE_S 20
int64_t fake_call(uint32_t slot, enum fake_wait wait, uint32_t nr,
		  const uint64_t arg[6]);
/* The same in two steps. */
void fake_post(uint32_t slot, uint32_t nr, const uint64_t arg[6]);
int64_t fake_answer(uint32_t slot, enum fake_wait wait);

/* Memory where an application's could be: zeroed, below LWK_APP_END. */
void *fake_memory(size_t bytes);

/* A cheap number to vary delays with; a state of one's own for each thread. */
uint32_t fake_random(uint32_t *state);
void fake_delay(uint32_t turns);

#endif
