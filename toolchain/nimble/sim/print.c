/* SPDX-License-Identifier: MIT */
/* nimble-run --sim: the outcome as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "toolchain/nimble/sim/run.h"

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void print_row(const struct sim_load *load, uint64_t at_ns,
		      const uint32_t *on)
{
	uint32_t i;

	printf("%12.3f", ms(at_ns));
	for (i = 0; i < load->cpus; i++)
		printf(i + 1 < load->cpus ? "  %-8s" : "  %s",
		       on[i] == SIM_NOBODY ? "-" : load->task[on[i]].name);
	putchar('\n');
}

/* A row for each time at which something changes. */
static void print_timeline(const struct sim_load *load,
			   const struct sim_result *result)
{
	uint32_t on[SIM_CPUS_MOST], i;
	char name[16];

	printf("%12s", "ms");
	for (i = 0; i < load->cpus; i++) {
		snprintf(name, sizeof(name), "CPU %u", i);
		printf(i + 1 < load->cpus ? "  %-8s" : "  %s", name);
		on[i] = SIM_NOBODY;
	}
	putchar('\n');
	for (i = 0; i < result->switches; i++) {
		on[result->at[i].cpu] = result->at[i].task;
		if (i + 1 == result->switches ||
		    result->at[i + 1].at_ns != result->at[i].at_ns)
			print_row(load, result->at[i].at_ns, on);
	}
}

struct sums {
	double ran, waited, turnaround, response;
	uint32_t switches, started, ended;
};

static void print_cell(bool there, uint64_t ns)
{
	if (there)
		printf(" %11.3f", ms(ns));
	else
		printf(" %11s", "-");
}

static void print_task(const struct sim_task *task,
		       const struct sim_outcome *outcome, struct sums *sums)
{
	uint64_t turnaround = outcome->end_ns - task->at_ns;
	uint64_t response = outcome->first_ns - task->at_ns;

	printf("%-15s %11.3f %11.3f %11.3f", task->name, ms(task->at_ns),
	       ms(outcome->ran_ns), ms(outcome->waited_ns));
	print_cell(outcome->ended, turnaround);
	print_cell(outcome->started, response);
	printf(" %9u\n", outcome->switches);
	sums->ran += ms(outcome->ran_ns);
	sums->waited += ms(outcome->waited_ns);
	sums->turnaround += outcome->ended ? ms(turnaround) : 0;
	sums->response += outcome->started ? ms(response) : 0;
	sums->switches += outcome->switches;
	sums->started += outcome->started;
	sums->ended += outcome->ended;
}

static void print_summary(const struct sim_load *load,
			  const struct sim_result *result)
{
	struct sums sums = {0};
	double whole = ms(result->end_ns) * load->cpus;
	uint32_t i;

	printf("\n%-15s %11s %11s %11s %11s %11s %9s\n", "task, times in ms",
	       "comes", "runs", "waits", "turnaround", "response", "switches");
	for (i = 0; i < load->tasks; i++)
		print_task(&load->task[i], &result->task[i], &sums);
	printf("%-15s %11s %11.3f %11.3f %11.3f %11.3f %9u\n", "mean, or all",
	       "", sums.ran / load->tasks, sums.waited / load->tasks,
	       sums.ended ? sums.turnaround / sums.ended : 0,
	       sums.started ? sums.response / sums.started : 0, sums.switches);
	printf("\n%u of %u tasks ended in %.3f ms; CPUs were busy %.1f %% of it\n",
	       sums.ended, load->tasks, ms(result->end_ns),
	       whole > 0 ? 100 * sums.ran / whole : 0);
}

void sim_print_exit(const struct sim_result *result)
{
	const struct nimble_exit_record *exit_record = &result->exit;

	if (exit_record->kind == NIMBLE_EXIT_NONE)
		return;
	printf("the policy ended at %.3f ms: %s: %s", ms(result->exit_ns),
	       exit_record->reason, exit_record->message);
	if (exit_record->code)
		printf(" (code %" PRIu64 ")", (uint64_t)exit_record->code);
	putchar('\n');
	if (exit_record->dump[0])
		printf("%s\n", exit_record->dump);
}

void sim_print(const struct sim_load *load, const struct sim_result *result)
{
	print_timeline(load, result);
	print_summary(load, result);
	sim_print_exit(result);
}
