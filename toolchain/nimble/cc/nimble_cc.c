/* SPDX-License-Identifier: MIT */
/* nimble-cc: compile and link an extension, from C to a .nx image. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nimble/abi/nx.h"
#include "toolchain/nimble/cc/link_scx.h"
#include "toolchain/nimble/cc/supervise.h"

#define MAX_ARGS 256

static const char usage[] =
	"usage: nimble-cc [OPTION]... FILE.c|FILE.o... -o FILE.nx\n"
	"Compile and link an extension for Nimble.\n"
	"\n"
	"  -o FILE              where the image goes\n"
	"  -g                   with source lines, for fault records and tools\n"
	"  -I DIR, -D NAME[=V]  as for the C compiler\n"
	"  --cc=bpf-gcc|clang|PATH\n"
	"                       the compiler (default: bpf-gcc)\n"
	"  --cpu=v1..v4         instruction set (default: v3)\n"
	"  --frame=BYTES        stack of one function (default: 512)\n"
	"  --name=NAME          the extension's name (default: the image's)\n"
	"  --scx                for a scheduler of Linux's sched_ext, "
	"unchanged:\n"
	"                       its headers, operations, maps "
	"(docs/policies.md)\n"
	"  --set NAME=N         give a variable that value (may be repeated)\n"
	"  -c                   only compile, to FILE.o (with one FILE.c)\n"
	"  -v                   show the compiler's command\n"
	"  --help               this text\n"
	"\n"
	"The extension includes \"ext/lib/nimble_ext.h\", marks its functions\n"
	"HOOK(name) and says LICENCE(\"...\").\n";

struct options {
	const char *output, *cc, *cpu, *name;
	const char *pass[MAX_ARGS];
	int passed;
	unsigned int frame;
	const char *set[MAX_ARGS];
	int sets;
	bool lines, verbose, only_compile, scx;
	char sdk[PATH_MAX];
};

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("nimble-cc: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* The headers and the runtime lie beside the program: ../sdk where it was built,
 * ../lib/margay/sdk where it was installed. */
static void find_sdk(struct options *options)
{
	static const char *const places[] = {"lib/margay/sdk", "sdk"};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		die("cannot find myself: %s", strerror(errno));
	self[n] = 0;
	slash = strrchr(self, '/');
	*slash = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(options->sdk, PATH_MAX, "%s/../%s", self,
			     places[i]) >= PATH_MAX)
			die("path too long: %s", self);
		if (access(options->sdk, F_OK) == 0)
			return;
	}
}

static bool is_clang(const char *cc)
{
	return strstr(cc, "clang") != NULL;
}

static void pass(struct options *options, const char *arg)
{
	if (options->passed == MAX_ARGS)
		die("too many options at %s", arg);
	options->pass[options->passed++] = arg;
}

/* The flags that shared experience recommends; see docs/nimble.md. */
static int compiler_args(const struct options *options, const char *source,
			 const char *object, const char **args)
{
	static const char *const gcc[] = {"-O1", "-ffreestanding"};
	static const char *const clang[] = {
		"-target", "bpf", "-O2", "-ffreestanding", "-fno-jump-tables"};
	static char include[PATH_MAX + 16], scx[PATH_MAX + 32];
	static char cpu[32], frame[32];
	bool llvm = is_clang(options->cc);
	int n = 0, i, count = llvm ? 5 : 2;

	args[n++] = options->cc;
	for (i = 0; i < count; i++)
		args[n++] = llvm ? clang[i] : gcc[i];
	snprintf(cpu, sizeof(cpu), "-mcpu=%s", options->cpu);
	args[n++] = cpu;
	if (!llvm && options->frame) {
		snprintf(frame, sizeof(frame), "-mframe-limit=%u",
			 options->frame);
		args[n++] = frame;
	} else if (options->frame) {
		args[n++] = "-mllvm";
		snprintf(frame, sizeof(frame), "-bpf-stack-size=%u",
			 options->frame);
		args[n++] = frame;
	}
	snprintf(include, sizeof(include), "-I%s/include", options->sdk);
	args[n++] = include;
	if (options->scx) {
		snprintf(scx, sizeof(scx), "-I%s/include/ext/lib/scx",
			 options->sdk);
		args[n++] = scx;
	}
	args[n++] = "-D__NIMBLE__";
	args[n++] = "-fdata-sections";
	args[n++] = "-ffunction-sections";
	args[n++] = "-fno-builtin";
	args[n++] = "-fno-common";
	args[n++] = "-Wall";
	args[n++] = "-g"; /* The linker's messages name lines, too. */
	for (i = 0; i < options->passed; i++)
		args[n++] = options->pass[i];
	args[n++] = "-c";
	args[n++] = source;
	args[n++] = "-o";
	args[n++] = object;
	args[n] = NULL;
	return n;
}

static void compile(const struct options *options, const char *source,
		    const char *object)
{
	const char *args[MAX_ARGS + 32];
	int i, status, count = compiler_args(options, source, object, args);
	pid_t child;

	for (i = 0; options->verbose && i < count; i++)
		fprintf(stderr, "%s%c", args[i], i + 1 < count ? ' ' : '\n');
	child = fork();
	if (!child) {
		execvp(args[0], (char *const *)args);
		die("cannot run the compiler %s; is it installed (gcc-bpf, clang)?",
		    args[0]);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		die("cannot run the compiler: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(1);
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && !strcmp(text + n - m, with);
}

/* The name of the object of source `i` in this run's directory. */
static const char *temporary(const char *directory, int i)
{
	char *name;

	if (asprintf(&name, "%s/%d.o", directory, i) < 0)
		die("out of memory");
	return name;
}

/* The image's file name without directory and suffix. */
static char *stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	char *dot = name ? strrchr(name, '.') : NULL;

	if (!name)
		die("%s", "out of memory");
	if (dot)
		*dot = 0;
	return name;
}

/* An output that cannot be written whole is removed. */
static void write_image(const char *path, const uint8_t *image, size_t bytes)
{
	FILE *file = fopen(path, "wb");
	bool written = file && fwrite(image, 1, bytes, file) == bytes;
	struct stat is;
	int error = errno;

	if (file && fclose(file) && written) {
		written = false;
		error = errno;
	}
	if (written)
		return;
	if (file && !stat(path, &is) && S_ISREG(is.st_mode))
		unlink(path);
	die("cannot write the image: %s", strerror(error));
}

/* The output must not be one of the sources. */
static void check_output(const char *output, char *const *inputs)
{
	struct stat to, from;

	if (stat(output, &to) || !S_ISREG(to.st_mode))
		return;
	for (; *inputs; inputs++)
		if (!stat(*inputs, &from) && from.st_dev == to.st_dev &&
		    from.st_ino == to.st_ino)
			die("%s is an input, and would be overwritten",
			    *inputs);
}

static unsigned int frame_bytes(const char *text)
{
	char *end;
	unsigned long bytes = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !bytes ||
	    bytes > NX_MAX_FRAME)
		die("--frame is a number of bytes up to %d, not %s",
		    NX_MAX_FRAME, text);
	return (unsigned int)bytes;
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{"cc", required_argument, 0, 'C'},
		{"cpu", required_argument, 0, 'P'},
		{"frame", required_argument, 0, 'F'},
		{"name", required_argument, 0, 'N'},
		{"scx", no_argument, 0, 'S'},
		{"set", required_argument, 0, 'V'},
		{"help", no_argument, 0, 'h'},
		{0},
	};
	char *joined;
	int option;

	while ((option = getopt_long(argc, argv, "o:gI:D:O:cv", longs, NULL)) >=
	       0) {
		switch (option) {
		case 'o':
			options->output = optarg;
			break;
		case 'g':
			options->lines = true;
			break;
		case 'I':
		case 'D':
		case 'O':
			if (asprintf(&joined, "-%c%s", option, optarg) < 0)
				die("out of memory");
			pass(options, joined);
			break;
		case 'C':
			options->cc = optarg;
			break;
		case 'P':
			options->cpu = optarg;
			break;
		case 'F':
			options->frame = frame_bytes(optarg);
			break;
		case 'N':
			options->name = optarg;
			break;
		case 'S':
			options->scx = true;
			break;
		case 'V':
			if (options->sets == MAX_ARGS)
				die("too many options at %s", optarg);
			options->set[options->sets++] = optarg;
			break;
		case 'c':
			options->only_compile = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try nimble-cc --help\n", stderr);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options = {.cc = "bpf-gcc", .cpu = "v3"};
	struct link link = {0};
	static const char *const libraries[] = {"runtime", "runtime_atomic",
						"scx"};
	char runtime[3][PATH_MAX + 32];
	const char *directory, *object;
	char *name;
	uint8_t *image;
	size_t bytes;
	int i;

	parse(&options, argc, argv);
	if (optind == argc || !options.output)
		die("%s", optind == argc ? "no input; try nimble-cc --help"
					 : "say where the image goes: -o FILE");
	check_output(options.output, argv + optind);
	if (options.only_compile && argc > optind + 1)
		die("-c takes one source: what of %s?", argv[optind + 1]);
	find_sdk(&options);
	directory = supervised_directory("nimble-cc");
	if (options.only_compile) {
		compile(&options, argv[optind], options.output);
		return 0;
	}
	for (i = optind; i < argc; i++) {
		object = argv[i];
		if (ends(object, ".c")) {
			object = temporary(directory, i);
			compile(&options, argv[i], object);
		}
		link_open(&link, object, argv[i], false);
	}
	for (i = 0; i < 2 + options.scx; i++) {
		snprintf(runtime[i], sizeof(runtime[i]), "%s/%s.o", options.sdk,
			 libraries[i]);
		link_open(&link, runtime[i], runtime[i], true);
	}
	link.scx = options.scx;
	for (i = 0; i < options.sets; i++)
		link_set_variable(&link, options.set[i]);
	link.lines = options.lines;
	link.build.frame_bytes = (options.frame + 15) / 16 * 16;
	name = stem(options.name ? options.name : options.output);
	link.build.name =
		nx_string(&link.build, options.name ? options.name : name);
	free(name);
	link_all(&link);
	if (link.errors)
		return 1;
	image = nx_finish(&link.build, &bytes);
	write_image(options.output, image, bytes);
	return 0;
}
