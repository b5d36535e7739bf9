/* SPDX-License-Identifier: MIT */
/* nimble-run --sim: what its files share. */
#ifndef TOOLCHAIN_NIMBLE_SIM_RUN_H
#define TOOLCHAIN_NIMBLE_SIM_RUN_H

#include "toolchain/nimble/sim/sim.h"
#include "toolchain/nimble/run/run.h"

/* A load from a file; complains and exits where it is none. */
void sim_load_read(struct sim_load *load, const char *path);
void sim_load_free(struct sim_load *load);

/* Print which task had which CPU when, and the figures of each task. */
void sim_print(const struct sim_load *load, const struct sim_result *result);
/* The same as a picture; complains and exits where it cannot be written. */
void sim_draw(const struct sim_load *load, const struct sim_result *result,
	      const char *path);
/* How the policy ended, if it did; sim_print() says it, too. */
void sim_print_exit(const struct sim_result *result);

#endif
