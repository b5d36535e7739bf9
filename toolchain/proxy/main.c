// SPDX-License-Identifier: MIT
/* lwk-proxy: the process of Linux that stands for a process of an LWK.
 *
 * `lwk run` executes it. It opens the program and the instance, becomes the
 * proxy of a new process (same PID), maps that process's memory at the same
 * addresses, starts a worker for its delegated calls, and lets it run. The first
 * thread is then the manager: it forwards signals, and ends as the process ends.
 *
 * Because each program has a process of Linux, files, credentials, containers, job
 * control and `ps` work without any code for them here.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toolchain/common/explain.h"
#include "toolchain/proxy/args.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/limits.h"
#include "toolchain/proxy/failure.h"
#include "toolchain/proxy/guard.h"
#include "toolchain/proxy/layout.h"
#include "toolchain/proxy/manager.h"
#include "toolchain/proxy/maps.h"
#include "toolchain/proxy/path.h"
#include "toolchain/proxy/program.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/title.h"
#include "toolchain/proxy/worker.h"

struct options {
	unsigned int instance;
	int cpu; /* -1 = the module chooses */
	unsigned int spin_us; /* how long a worker looks for a call */
	uint64_t stack; /* soft limit for the application */
	int stack_given;
	char **argv; /* of the program */
};

/* ---- Command line ------------------------------------------------------ */

static _Noreturn void usage(void)
{
	fputs("usage: lwk-proxy [--instance N] [--cpu N] [--spin-us N] [--] PROG [ARG]...\n"
	      "This is what `lwk run` executes; type `lwk run --help`.\n",
	      stderr);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *text, uint64_t max)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > max)
		usage();
	return value;
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"instance", required_argument, NULL, 'i'},
		{"cpu", required_argument, NULL, 'c'},
		{"spin-us", required_argument, NULL, 's'},
		{"stack", required_argument, NULL, 'S'},
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (c == 'i') {
			o->instance = number(optarg, LWK_MAX_INSTANCES - 1);
		} else if (c == 'c') {
			o->cpu = number(optarg, INT_MAX);
		} else if (c == 's') {
			o->spin_us = number(optarg, 1000000);
		} else if (c == 'S') {
			o->stack = number(optarg, UINT64_MAX);
			o->stack_given = 1;
		} else {
			usage();
		}
	}
	o->argv = argv + optind;
	if (!o->argv[0])
		usage();
}

/* ---- Setting up -------------------------------------------------------- */

static _Noreturn void refuse(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static _Noreturn void refuse(int status, const char *format, ...)
{
	va_list args;

	fputs("lwk: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static void open_program(const struct options *o, struct program *program)
{
	int err = program_open(o->argv[0], program);
	struct stat st;

	if (err)
		refuse(program_exit_status(err), "%s: %s", o->argv[0],
		       program_explain(o->argv[0], err));
	if (fstat(program->fd, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID))
		fprintf(stderr,
			"lwk: %s: its set-user-ID or set-group-ID bit has no effect on an LWK\n",
			o->argv[0]);
}

static void check_layout(void)
{
	char line[256] = "";
	int err = layout_check(line, sizeof(line));

	if (err == -EEXIST)
		refuse(EXIT_UNAVAILABLE,
		       "Linux has placed the proxy in the application's address range (%s). Is this run under `setarch -L`, a debugger or an instrumentation tool?",
		       line);
	if (err)
		refuse(EXIT_UNAVAILABLE, "/proc/self/maps: %s", strerror(-err));
}

static void create_process(const struct options *o)
{
	char text[EXPLAIN_BYTES], why[LWK_WHY_BYTES] = "";
	int err = device_open(o->instance);

	if (!err)
		err = device_create(o->cpu, o->stack, why);
	if (err)
		refuse(EXIT_UNAVAILABLE, "%s",
		       explain_instance(o->instance, err, why, text));
}

/* Prepares the proxy for the application's calls. */
static void give(const struct options *o, struct program *program)
{
	static struct proxy_args args;
	int fd = guard_fd(open(program->path, O_PATH | O_CLOEXEC));

	if (fd >= 0)
		path_set_exe(fd);
	args.exe_path = program->path;
	args.argv = o->argv;
	args.envp = environ;
	args.exe_fd = program->fd;
	signals_inherited(&args.ignored, &args.blocked);
	args_set(&args);
	title_set(program->path, o->argv);
	limits_set_stack(o->stack);
}

static void map_and_start(const struct options *o)
{
	struct lwk_slot_page *page;
	int err = device_map_slots(&page);

	if (!err)
		err = maps_map_space();
	if (err)
		refuse(EXIT_FAILED, "mapping the process's memory: %s",
		       strerror(-err));
	failure_init(o->instance, page);
	signals_init();
	err = workers_start(page, o->spin_us);
	if (err)
		refuse(EXIT_FAILED, "starting a worker: %s", strerror(-err));
	err = device_start();
	if (err)
		refuse(EXIT_FAILED, "starting the process: %s", strerror(-err));
}

int main(int argc, char **argv)
{
	static struct program program;
	struct options o = {.cpu = -1, .spin_us = WORKERS_SPIN_US};
	uint64_t limit;

	parse(argc, argv, &o);
	if (layout_lower_stack(argv, &limit))
		refuse(EXIT_UNAVAILABLE, "executing the proxy anew: %s",
		       strerror(errno));
	if (!o.stack_given)
		o.stack = limit;
	open_program(&o, &program);
	check_layout();
	create_process(&o);
	give(&o, &program);
	map_and_start(&o);
	manager_run(1);
}
