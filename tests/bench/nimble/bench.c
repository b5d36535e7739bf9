/* SPDX-License-Identifier: MIT */
/* The benchmark of eBPF engines: times, ratios, and counts for callgrind. */
/*
 * usage: nimble-bench KERNELS-DIR [--json FILE] [--counts FILE] [--rounds N]
 *	  nimble-bench KERNELS-DIR --callgrind
 *	  nimble-bench KERNELS-DIR --budget: each kind of program's time for a unit
 *
 * In each round every engine runs a kernel for about a millisecond, one after
 * the other, so that what disturbs one disturbs its neighbours. Ratios are
 * taken inside a round; the median over rounds is reported, and the geometric
 * mean of medians over kernels.
 */
#include <jansson.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "nimble/user/user.h"
#include "tests/bench/nimble/bench.h"
#include "toolchain/nimble/file.h"

#define MAX_ENGINES 12
#define MAX_KERNELS 32
#define MAX_ROUNDS 201
#define ROUND_NS 700000

static double ns_of[MAX_KERNELS][MAX_ENGINES][MAX_ROUNDS];
static bool present[MAX_ENGINES];
static unsigned int rounds = 61;

static void read_kernels(const char *directory)
{
	unsigned int k;

	for (k = 0; k < kernel_count; k++) {
		char path[512];
		const struct nx_header *header;
		size_t bytes;
		uint8_t *image;

		snprintf(path, sizeof(path), "%s/%s.nx", directory,
			 kernels[k].name);
		image = read_file(path, &bytes);
		if (!image) {
			perror(path);
			exit(1);
		}
		header = (const void *)image;
		kernels[k].code = image + header->section[NX_SEC_CODE].offset;
		kernels[k].code_bytes = header->section[NX_SEC_CODE].bytes;
	}
}

static double time_runs(const struct engine *engine, void *state,
			unsigned long runs)
{
	uint64_t start = nimble_port_time_ns();
	unsigned long i;

	for (i = 0; i < runs; i++)
		engine->run(state);
	return (double)(nimble_port_time_ns() - start) / (double)runs;
}

static void check(const struct kernel *kernel, void **states)
{
	uint64_t want = engines[NATIVE].run(states[NATIVE]);
	unsigned int e;

	for (e = 0; e < engine_count; e++)
		if (e != NATIVE && states[e] &&
		    engines[e].run(states[e]) != want) {
			fprintf(stderr, "bench: %s: %s is wrong\n",
				kernel->name, engines[e].name);
			exit(1);
		}
}

static void measure(unsigned int k)
{
	void *states[MAX_ENGINES] = {0};
	unsigned long runs[MAX_ENGINES] = {0};
	unsigned int e, round;

	for (e = 0; e < engine_count; e++) {
		states[e] = engines[e].make(&kernels[k]);
		present[e] = states[e];
	}
	check(&kernels[k], states);
	for (e = 0; e < engine_count; e++)
		if (states[e])
			runs[e] = 1 + (unsigned long)(ROUND_NS /
						      time_runs(&engines[e],
								states[e], 50));
	for (round = 0; round < rounds; round++)
		for (e = 0; e < engine_count; e++)
			if (states[e])
				ns_of[k][e][round] = time_runs(
					&engines[e], states[e], runs[e]);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *values)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, values, rounds * sizeof(double));
	qsort(sorted, rounds, sizeof(double), ascending);
	return sorted[rounds / 2];
}

/* Median over rounds of time of engine a over time of engine b. */
static double ratio(unsigned int k, unsigned int a, unsigned int b)
{
	double ratios[MAX_ROUNDS];
	unsigned int round;

	for (round = 0; round < rounds; round++)
		ratios[round] = ns_of[k][a][round] / ns_of[k][b][round];
	return median(ratios);
}

static double mean_ratio(unsigned int a, unsigned int b)
{
	double sum = 0;
	unsigned int k;

	for (k = 0; k < kernel_count; k++)
		sum += log(ratio(k, a, b));
	return exp(sum / k);
}

/* Counts by callgrind, "KERNEL ENGINE NUMBER" a line; 0: not known. */
static double counts[MAX_KERNELS][MAX_ENGINES];

static void read_counts(const char *path)
{
	char kernel[64], engine[64];
	double count;
	FILE *file = fopen(path, "r");
	unsigned int k, e;

	if (!file) {
		perror(path);
		exit(1);
	}
	while (fscanf(file, "%63s %63s %lf", kernel, engine, &count) == 3)
		for (k = 0; k < kernel_count; k++)
			for (e = 0; e < engine_count; e++)
				if (!strcmp(kernels[k].name, kernel) &&
				    !strcmp(engines[e].name, engine))
					counts[k][e] = count;
	fclose(file);
}

/* Geometric mean of x86 instructions for each eBPF instruction. */
static double mean_count(unsigned int e)
{
	double sum = 0;
	unsigned int k, n = 0;

	for (k = 0; k < kernel_count; k++) {
		if (!counts[k][e])
			return 0;
		sum += log(counts[k][e] /
			   (double)bench_instructions(&kernels[k]));
		n++;
	}
	return exp(sum / n);
}

static void print_table(void)
{
	unsigned int k, e;

	printf("%-10s %9s", "ns", "insns");
	for (e = 0; e < engine_count; e++)
		if (present[e])
			printf(" %13s", engines[e].name);
	putchar('\n');
	for (k = 0; k < kernel_count; k++) {
		printf("%-10s %9lu", kernels[k].name,
		       (unsigned long)bench_instructions(&kernels[k]));
		for (e = 0; e < engine_count; e++)
			if (present[e])
				printf(" %13.1f", median(ns_of[k][e]));
		putchar('\n');
	}
	putchar('\n');
}

static json_t *add(json_t *report, const char *name, double value,
		   const char *says)
{
	printf("%-46s %8.2f%s\n", name, value, says);
	json_object_set_new(report, name, json_real(value));
	return report;
}

static unsigned int kernel_by_name(const char *name)
{
	unsigned int k = 0;

	while (strcmp(kernels[k].name, name))
		k++;
	return k;
}

/* How much longer one engine takes than another, where both are there. */
static void add_ratio(json_t *report, const char *name, unsigned int a,
		      unsigned int b, const char *says)
{
	if (present[a] && present[b])
		add(report, name, mean_ratio(a, b), says);
}

static void summarise_times(json_t *report)
{
	add_ratio(report, "checked: times slower than native", CHECKED, NATIVE,
		  "  (must 2.2, aim 1.8)");
	add_ratio(report, "unchecked: times slower than native", UNCHECKED,
		  NATIVE, "");
	add_ratio(report, "threaded: times slower than native", THREADED,
		  NATIVE, "");
	add_ratio(report, "Linux: times slower than checked", LINUX, CHECKED,
		  "  (must 5, aim 7)");
	add_ratio(report, "Linux: times slower than threaded", LINUX, THREADED,
		  "  (must 1.2, aim 1.5)");
	add_ratio(report, "uBPF: times slower than checked", UBPF, CHECKED, "");
	add_ratio(report, "uBPF's JIT: times slower than checked", UBPF_JIT,
		  CHECKED, "");
}

static void summarise_counts(json_t *report)
{
	unsigned int e;

	for (e = 0; e < engine_count; e++) {
		char name[96];

		snprintf(name, sizeof(name), "%s: x86 per eBPF instruction",
			 engines[e].name);
		if (mean_count(e) > 0)
			add(report, name, mean_count(e),
			    e == CHECKED ? "  (must 2.6, aim 2.3)" : "");
	}
}

static json_t *summarise(void)
{
	json_t *report = json_object();

	summarise_times(report);
	summarise_counts(report);
	add(report, "translation, ns per eBPF instruction",
	    bench_translation(NIMBLE_ENGINE_CHECKED), "  (must 60, aim 30)");
	add(report, "threaded: translation, the same",
	    bench_translation(NIMBLE_ENGINE_THREADED_CHECKED), "");
	add(report, "budget: dearest program over cheapest",
	    bench_budget(NIMBLE_ENGINE_CHECKED, false), "  (must 4)");
	add(report, "threaded: budget, the same",
	    bench_budget(NIMBLE_ENGINE_THREADED_CHECKED, false), "  (must 4)");
	add(report, "an empty extension, entry to exit, ns", bench_empty(),
	    "  (must 10, aim 6)");
	add(report, "entering a short hook, ns",
	    median(ns_of[kernel_by_name("hook")][CHECKED]), "");
	return report;
}

static void write_json(const char *path, json_t *summary)
{
	json_t *report = json_object(), *list = json_array();
	unsigned int k, e;

	for (k = 0; k < kernel_count; k++) {
		json_t *one = json_object();

		json_object_set_new(one, "kernel",
				    json_string(kernels[k].name));
		json_object_set_new(one, "ebpf",
				    json_integer((json_int_t)bench_instructions(
					    &kernels[k])));
		for (e = 0; e < engine_count; e++) {
			if (!present[e])
				continue;
			json_object_set_new(one, engines[e].name,
					    json_pack("{s:f,s:f}", "ns",
						      median(ns_of[k][e]),
						      "x86", counts[k][e]));
		}
		json_array_append_new(list, one);
	}
	json_object_set_new(report, "summary", summary);
	json_object_set_new(report, "kernels", list);
	json_dump_file(report, path, JSON_INDENT(1) | JSON_REAL_PRECISION(5));
	json_decref(report);
}

/* Under callgrind: one run of each, dumped under its name. */
static void count_all(void)
{
	unsigned int k, e, i;

	for (k = 0; k < kernel_count; k++)
		for (e = 0; e < engine_count; e++) {
			void *state = engines[e].make(&kernels[k]);
			char name[64];

			if (!state)
				continue;
			/* Past the runs that nimble_run() times one by one. */
			for (i = 0; i < 65; i++)
				engines[e].run(state);
			snprintf(name, sizeof(name), "%s %s", kernels[k].name,
				 engines[e].name);
			CALLGRIND_ZERO_STATS;
			CALLGRIND_TOGGLE_COLLECT;
			engines[e].run(state);
			CALLGRIND_TOGGLE_COLLECT;
			CALLGRIND_DUMP_STATS_AT(name);
		}
}

int main(int argc, char **argv)
{
	const char *json = NULL;
	unsigned int k;
	json_t *summary;
	int i;

	if (argc < 2)
		return 2;
	/* Memory stays mapped: page faults are no part of translation. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	nimble_init();
	read_kernels(argv[1]);
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--callgrind")) {
			count_all();
			return 0;
		}
		if (!strcmp(argv[i], "--budget")) {
			printf("%.2f\n",
			       bench_budget(NIMBLE_ENGINE_CHECKED, true));
			printf("%.2f\n",
			       bench_budget(NIMBLE_ENGINE_THREADED_CHECKED,
					    true));
			return 0;
		}
		if (i + 1 < argc && !strcmp(argv[i], "--json"))
			json = argv[++i];
		else if (i + 1 < argc && !strcmp(argv[i], "--counts"))
			read_counts(argv[++i]);
		else if (i + 1 < argc && !strcmp(argv[i], "--rounds"))
			rounds = (unsigned int)atoi(argv[++i]) % MAX_ROUNDS;
	}
	for (k = 0; k < kernel_count; k++)
		measure(k);
	print_table();
	summary = summarise();
	if (json)
		write_json(json, summary);
	else
		json_decref(summary);
	return 0;
}
