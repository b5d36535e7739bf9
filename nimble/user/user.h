/* SPDX-License-Identifier: MIT */
/* The engine as a user-space library: what stands in for the kernel. */
#ifndef NIMBLE_USER_USER_H
#define NIMBLE_USER_USER_H

#include "nimble/port.h"

#define NIMBLE_USER_CPUS 4

/* Have that many CPUs, instead of NIMBLE_USER_CPUS, in extensions that are loaded from
 * now on. */
void nimble_user_set_cpus(unsigned int count);

/* The CPU that the calling thread plays; 0 at first. */
void nimble_user_set_cpu(unsigned int cpu);

/* Memory that plays the application's half; the rest of the address space is
 * not reachable by extensions. bytes 0: none. */
void nimble_user_window(const void *start, size_t bytes);

/* Where log lines go: called under no lock; NULL: standard error. */
void nimble_user_log(void (*line)(const char *text));

/* Have memory that mremap() can map a second time. Before nimble_init(). */
void nimble_user_share_memory(void);

/* What time it is, in place of the machine's; NULL: the machine's. */
void nimble_user_clock(uint64_t (*clock_ns)(void));

/* Catch SIGSEGV and SIGBUS in unchecked code and unwind it. */
void nimble_user_catch_traps(void);

/* From now on that signal ends the run that it comes in, unless in a helper. */
void nimble_user_end_runs(int number);

/* Further helpers for tests, ended by one without a name. */
void nimble_user_helpers(const struct nimble_helper *helpers);

/* nimble_call.host, for the helpers that ask about tasks. */
struct nimble_user_host {
	uint64_t current;
	uint32_t pid;
	struct sim_call *sim; /* of a simulation, or NULL */
	bool (*wake)(uint64_t task); /* task_wake(); NULL: nobody waits */
};

#endif
