/* SPDX-License-Identifier: MIT */
/* nimble-run: run an extension in user space, on a context from a file. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/step.h"
#include "nimble/user/user.h"
#include "toolchain/nimble/run/fields.h"
#include "toolchain/nimble/file.h"
#include "toolchain/nimble/run/run.h"
#include "toolchain/nimble/sim/run.h"

static const char usage[] =
	"usage: nimble-run [OPTION]... FILE.nx\n"
	"       nimble-run --sim LOAD [OPTION]... [POLICY.nx]\n"
	"       nimble-run --vectors FILE.jsonl [--engine ENGINE]\n"
	"Run an extension in user space, as the kernel would.\n"
	"\n"
	"  --hook NAME        which of its hooks (default: the first)\n"
	"  --ctx FILE         the context's bytes; the rest is zero\n"
	"  --set FIELD=N      a field of the context; FIELD[I]=N in an array\n"
	"  --task ID,PID      the task that runs, as helpers see it\n"
	"  --map NAME[KEY]=N  write a map before the run (integer keys)\n"
	"  --runs N           run it N times (default: 1)\n"
	"  --engine checked|unchecked|threaded|threaded-unchecked|traced\n"
	"                     (default: checked)\n"
	"  --budget N         (default: 1000000)\n"
	"  --trace            print each instruction with its registers\n"
	"  --profile          how often each source line ran, hottest first\n"
	"  --no-maps          do not print the maps afterwards\n"
	"  --sim LOAD         schedule the tasks that the file describes, by "
	"the\n"
	"                     policy, or as the LWK does without one; print\n"
	"                     which task had which CPU when, and its figures\n"
	"  --svg FILE         the same as a picture, too\n"
	"  --vectors FILE     run instruction vectors instead\n"
	"  --help             this text\n"
	"\n"
	"A load, words in any number of lines, # for comments:\n"
	"  cpus 2                        how many there are (default: 1)\n"
	"  until 100ms                   (default: until all tasks have "
	"ended)\n"
	"  task NAME [at 5ms] [weight 100] [process 7] [cpus 0,2-3]: STEPS\n"
	"A task's id is its place in the file, from 1; its process, where that\n"
	"is not said, the same. STEPS are any of: run 5ms, sleep 200us, "
	"yield,\n"
	"block, wake NAME, repeat 3 ( STEPS ). Times: ns, us, ms, s.\n"
	"\n"
	"Exit status: 0, 1 the extension faulted, the policy ended by an "
	"error,\n"
	"or a vector failed, 2 it could not be loaded or run.\n";

#define MOST 64 /* --set and --map, each */

struct options {
	const char *image, *hook, *ctx, *vectors, *sim, *svg;
	const char *set[MOST], *map[MOST];
	unsigned int sets, maps;
	struct nimble_user_host host;
	int64_t runs, budget;
	enum nimble_engine engine;
	bool trace, profile, no_maps;
};

void usage_error(const char *format, const char *what)
{
	fputs("nimble-run: ", stderr);
	fprintf(stderr, format, what);
	fputc('\n', stderr);
	exit(2);
}

static enum nimble_engine engine_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < NIMBLE_ENGINES; i++)
		if (!strcmp(nimble_engine_name(i), name))
			return (enum nimble_engine)i;
	usage_error(
		"no engine %s: checked, unchecked, threaded, threaded-unchecked or traced",
		name);
}

static int64_t number(const char *text, int64_t least, const char *complaint)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (errno || end == text || *end || value < least)
		usage_error(complaint, text);
	return value;
}

/* Add a value of an option that may be given several times. */
static unsigned int place(unsigned int *count, const char *text)
{
	if (*count == MOST)
		usage_error("too many options of a kind at %s", text);
	return (*count)++;
}

static void set_task(struct options *options, const char *text)
{
	if (sscanf(text, "%" SCNu64 ",%u", &options->host.current,
		   &options->host.pid) != 2)
		usage_error("--task wants ID,PID, not %s", text);
}

static void parse(struct options *options, int argc, char **argv)
{
	enum {
		HOOK = 1,
		CTX,
		SET,
		TASK,
		MAP,
		RUNS,
		ENGINE,
		BUDGET,
		TRACE,
		PROFILE,
		NO_MAPS,
		VECTORS,
		SIM,
		SVG,
		HELP
	};
	static const struct option longs[] = {
		{"hook", 1, 0, HOOK},	    {"ctx", 1, 0, CTX},
		{"set", 1, 0, SET},	    {"task", 1, 0, TASK},
		{"map", 1, 0, MAP},	    {"runs", 1, 0, RUNS},
		{"engine", 1, 0, ENGINE},   {"budget", 1, 0, BUDGET},
		{"trace", 0, 0, TRACE},	    {"profile", 0, 0, PROFILE},
		{"no-maps", 0, 0, NO_MAPS}, {"vectors", 1, 0, VECTORS},
		{"sim", 1, 0, SIM},	    {"svg", 1, 0, SVG},
		{"help", 0, 0, HELP},	    {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (option) {
		case HOOK:
			options->hook = optarg;
			break;
		case CTX:
			options->ctx = optarg;
			break;
		case SET:
			options->set[place(&options->sets, optarg)] = optarg;
			break;
		case TASK:
			set_task(options, optarg);
			break;
		case MAP:
			options->map[place(&options->maps, optarg)] = optarg;
			break;
		case RUNS:
			options->runs = number(
				optarg, 1, "--runs wants 1 or more, not %s");
			break;
		case ENGINE:
			options->engine = engine_by_name(optarg);
			break;
		case BUDGET:
			options->budget = number(
				optarg, 0, "--budget wants 0 or more, not %s");
			break;
		case TRACE:
			options->trace = true;
			break;
		case PROFILE:
			options->profile = true;
			break;
		case NO_MAPS:
			options->no_maps = true;
			break;
		case VECTORS:
			options->vectors = optarg;
			break;
		case SIM:
			options->sim = optarg;
			break;
		case SVG:
			options->svg = optarg;
			break;
		case HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try nimble-run --help\n", stderr);
			exit(2);
		}
	}
	options->image = argv[optind];
	if (argc - optind > !options->vectors)
		usage_error("one image or file of vectors, not also %s",
			    argv[argc - 1]);
	if (options->svg && !options->sim)
		usage_error("%s", "--svg goes with --sim");
	if (options->trace || options->profile)
		options->engine = NIMBLE_ENGINE_TRACED;
}

static struct nimble_ext *load(const struct options *options,
			       enum nimble_engine engine)
{
	struct nimble_load_options load = {
		.engine = engine, .trusted = true, .id = 1};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	size_t bytes;
	uint8_t *image = read_file(options->image, &bytes);

	if (!image) {
		fprintf(stderr, "nimble-run: %s: %s\n", options->image,
			strerror(errno));
		exit(2);
	}
	if (nimble_load(image, bytes, &load, &ext, &diag)) {
		print_diag(options->image, &diag);
		exit(2);
	}
	free(image);
	return ext;
}

static _Noreturn void no_field(const char *hook, const char *text)
{
	const struct ctx_field *field;

	fprintf(stderr, "nimble-run: --set %s: the context of %s has", text,
		hook);
	for (field = ctx_fields; field->name; field++) {
		size_t count = field->bytes / field->item;

		if (!strcmp(field->hook, hook))
			fprintf(stderr, count > 1 ? " %s[0 to %zu]" : " %s",
				field->name, count - 1);
	}
	fputc('\n', stderr);
	exit(2);
}

static void set_field(uint8_t *ctx, const char *hook, const char *text)
{
	static const char complaint[] = "--set wants FIELD=N, not %s";
	const struct ctx_field *field;
	const char *equals = strchr(text, '=');
	unsigned int index = 0;
	size_t length, wanted;
	uint64_t value;
	char *end;

	length = strcspn(text, "[=");
	if (!equals || !length || equals[1] == 0)
		usage_error(complaint, text);
	if (text[length] == '[') {
		index = (unsigned int)strtoul(text + length + 1, &end, 0);
		if (end == text + length + 1 || end[0] != ']' ||
		    end + 1 != equals)
			usage_error(complaint, text);
	}
	value = strtoull(equals + 1, &end, 0);
	if (*end)
		usage_error(complaint, text);
	for (field = ctx_fields; field->name; field++) {
		wanted = strlen(field->name);
		if (!strcmp(field->hook, hook) && wanted == length &&
		    !memcmp(field->name, text, length) &&
		    index < field->bytes / field->item) {
			memcpy(ctx + field->offset + index * field->item,
			       &value, field->item);
			return;
		}
	}
	no_field(hook, text);
}

/* Read the context's bytes from a file; the rest stays 0. */
static void read_ctx(uint8_t *ctx, uint32_t room, const char *path)
{
	size_t bytes;
	uint8_t *file = read_file(path, &bytes);

	if (!file) {
		fprintf(stderr, "nimble-run: cannot read %s: %s\n", path,
			strerror(errno));
		exit(2);
	}
	if (bytes > room) {
		fprintf(stderr,
			"nimble-run: %s has %zu bytes; the context of this hook has %u bytes\n",
			path, bytes, room);
		exit(2);
	}
	memcpy(ctx, file, bytes);
	free(file);
}

static void print_ctx(const uint8_t *ctx, const char *hook)
{
	const struct ctx_field *field;
	size_t at;

	for (field = ctx_fields; field->name; field++) {
		if (strcmp(field->hook, hook) || !field->inout)
			continue;
		printf("ctx %s =", field->name);
		for (at = 0; at < field->bytes; at += field->item) {
			uint64_t value = 0;

			memcpy(&value, ctx + field->offset + at, field->item);
			printf(" 0x%" PRIx64, value);
		}
		putchar('\n');
	}
}

static int report_fault(const struct nimble_ext *ext, int error)
{
	struct nimble_fault fault;
	unsigned int r;

	nimble_fault(ext, &fault);
	if (error != -EFAULT) {
		fprintf(stderr, "nimble-run: cannot run: error %d\n", error);
		return 2;
	}
	printf("fault: %s, address 0x%" PRIx64 ", instruction %u",
	       nimble_fault_name(fault.kind), fault.address, fault.insn);
	if (fault.line)
		printf(", %s:%u", fault.file, fault.line);
	putchar('\n');
	for (r = 0; r < NX_REGS; r++)
		printf("  r%-2u 0x%016" PRIx64 "%s", r, fault.reg[r],
		       r % 3 == 2 || r == NX_REGS - 1 ? "\n" : "");
	return 1;
}

static _Noreturn void no_hook(const struct nimble_ext *ext, const char *name)
{
	uint32_t i;

	fprintf(stderr, "nimble-run: --hook %s: the extension has",
		name ? name : "(the first)");
	for (i = 0; i < nimble_entries(ext); i++)
		fprintf(stderr, " %s",
			nimble_hook_info(nimble_entry_hook(ext, i))->name);
	fputs(nimble_entries(ext) ? "\n" : " none\n", stderr);
	exit(2);
}

static int run(const struct options *options, struct nimble_ext *ext)
{
	struct nimble_user_host host = options->host;
	const struct nimble_hook_info *info;
	struct nimble_call call = {.ext = ext, .host = &host};
	uint8_t ctx[NIMBLE_CTX_BYTES] = {0};
	int64_t i;
	int hook, error = 0;

	hook = options->hook	     ? nimble_hook_by_name(options->hook)
	       : nimble_entries(ext) ? (int)nimble_entry_hook(ext, 0)
				     : -ENOENT;
	if (hook < 0 || nimble_entry(ext, (enum nimble_hook)hook) < 0)
		no_hook(ext, options->hook);
	info = nimble_hook_info((unsigned int)hook);
	call.entry = (uint32_t)nimble_entry(ext, (enum nimble_hook)hook);
	call.level = info->level;
	call.ctx = ctx;
	call.ctx_bytes = info->ctx_bytes;
	call.budget = options->budget;
	if (options->ctx)
		read_ctx(ctx, info->ctx_bytes, options->ctx);
	for (i = 0; i < options->sets; i++)
		set_field(ctx, info->name, options->set[i]);
	for (i = 0; i < options->maps; i++)
		run_write_map(ext, options->map[i]);
	for (i = 0; i < options->runs && !error; i++)
		error = nimble_run(&call);
	if (!error) {
		printf("result 0x%" PRIx64 " (%" PRId64
		       "), budget left %" PRId64 "\n",
		       call.result, (int64_t)call.result, call.budget_left);
		print_ctx(ctx, info->name);
	}
	if (!options->no_maps)
		run_print_maps(ext);
	return error ? report_fault(ext, error) : 0;
}

/* A line of the policy's, with the simulation's time. */
static void log_line(const char *text)
{
	printf("%12.3f  log: %s\n", (double)sim_time_ns() / 1e6, text);
}

static int simulate(const struct options *options)
{
	struct nimble_ext *policy = NULL;
	bool refused;
	struct sim_result result;
	struct sim_load tasks;
	unsigned int i;
	int error;

	sim_load_read(&tasks, options->sim);
	nimble_user_set_cpus(tasks.cpus);
	nimble_user_log(log_line);
	if (options->image)
		policy = load(options, options->engine);
	for (i = 0; policy && i < options->maps; i++)
		run_write_map(policy, options->map[i]);
	error = sim_run(&tasks, policy, &result);
	refused = error && result.exit.kind != NIMBLE_EXIT_NONE;
	if (error == -EOPNOTSUPP || (error == -ENOMEM && !refused))
		usage_error("%s", error == -ENOMEM
					  ? "out of memory"
					  : "the extension is no policy");
	if (refused)
		sim_print_exit(&result);
	else
		sim_print(&tasks, &result);
	if (error == -EINVAL && !refused)
		puts("stopped: a million things were done and no time passed");
	if (options->svg)
		sim_draw(&tasks, &result, options->svg);
	if (policy && !options->no_maps)
		run_print_maps(policy);
	error = error || result.exit.kind >= NIMBLE_EXIT_ERROR;
	if (policy)
		nimble_unload(policy);
	sim_free(&result);
	sim_load_free(&tasks);
	return error;
}

int main(int argc, char **argv)
{
	struct options options = {.runs = 1, .budget = NIMBLE_BUDGET_TASK};
	struct nimble_ext *ext;
	int status;

	parse(&options, argc, argv);
	nimble_init();
	nimble_user_catch_traps();
	if (options.vectors)
		return end_output(run_vectors(options.vectors, options.engine));
	if (options.sim)
		return end_output(simulate(&options));
	if (!options.image)
		usage_error("%s", "no image; try nimble-run --help");
	ext = load(&options, options.engine);
	if (options.trace || options.profile)
		run_watch(ext, options.trace);
	status = run(&options, ext);
	if (options.profile)
		run_print_profile();
	nimble_unload(ext);
	return end_output(status);
}
