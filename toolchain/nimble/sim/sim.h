/* SPDX-License-Identifier: MIT */
/* A simulated machine that schedules tasks, by a policy or without one. */
#ifndef TOOLCHAIN_NIMBLE_SIM_SIM_H
#define TOOLCHAIN_NIMBLE_SIM_SIM_H

/*
 * Time is virtual: it passes while tasks run or CPUs idle, and stands still during
 * decisions. Nothing is random, so a load has one outcome. What happens at the same
 * instant happens in this order: tasks end their bursts, by CPU; tasks come and wake and
 * timers fire, in the order in which that was settled; slices end, by CPU.
 *
 * The operations of a policy are called as the LWK calls them (kernel/proc/policy.h and
 * sched.c), for one job; without a policy, and when it has failed, tasks are scheduled
 * as the LWK's are. One thread at a time simulates.
 */
#include <stdbool.h>
#include <stdint.h>

#include "nimble/nimble.h"

#define SIM_CPUS_MOST 64
#define SIM_TASKS_MOST 4096
#define SIM_NAME_BYTES 16

enum sim_step_kind {
	SIM_RUN, /* on a CPU, for ns */
	SIM_SLEEP, /* for ns */
	SIM_YIELD,
	SIM_BLOCK, /* until woken; a wake that came before counts */
	SIM_WAKE, /* another task */
};

struct sim_step {
	enum sim_step_kind kind;
	uint32_t task; /* that is woken: its index */
	uint64_t ns;
};

struct sim_task {
	char name[SIM_NAME_BYTES];
	uint64_t at_ns; /* when it comes */
	uint64_t mask; /* CPUs that it may run on */
	uint32_t process; /* 0: its own id */
	uint32_t weight; /* 100 is the usual */
	struct sim_step *step;
	uint32_t steps;
};

struct sim_load {
	uint32_t cpus;
	uint64_t until_ns; /* what would happen then does not; 0: until all tasks
			    * have ended, or wait for ever */
	struct sim_task *task; /* a task's id is its index + 1 */
	uint32_t tasks;
};

/* The figures of a task. */
struct sim_outcome {
	uint64_t ran_ns,
		waited_ns; /* waited: it was runnable and did not run */
	uint64_t first_ns, end_ns; /* it first ran, it ended */
	uint32_t switches; /* times that a CPU switched to it */
	bool started, ended;
};

#define SIM_NOBODY 0xffffffffu

/* A CPU switches to a task (its index), or to none. */
struct sim_switch {
	uint64_t at_ns;
	uint32_t cpu, task;
};

struct sim_result {
	struct sim_outcome *task; /* by index */
	struct sim_switch *at;
	uint32_t switches;
	uint64_t end_ns;
	/* How the policy ended; kind NIMBLE_EXIT_NONE: it is there still, or there is
	 * none. */
	struct nimble_exit_record exit;
	uint64_t exit_ns;
};

/*
 * Run a load by a policy, or by NULL. 0; or -errno: ENOMEM; what the policy's operation
 * init said, and result->exit says more; EINVAL: the load does more than a million
 * things without time passing; EOPNOTSUPP: the extension is no policy. *result is to be freed by sim_free().
 */
int sim_run(const struct sim_load *load, struct nimble_ext *policy,
	    struct sim_result *result);
void sim_free(struct sim_result *result);

/* The time of the simulation that runs, in ns; 0 where none does. */
uint64_t sim_time_ns(void);

#endif
