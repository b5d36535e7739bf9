// SPDX-License-Identifier: MIT
/* lwk: partition the machine, boot LWKs, run programs on them.
 *
 * Commands and options are the two tables here; parsing, usage and help are
 * made from them.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/boot.h"
#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/parse.h"

#ifndef MARGAY_VERSION
#define MARGAY_VERSION "0.1"
#endif

/* ---- Options ----------------------------------------------------------- */

struct option_def {
	char letter; /* also typed as -letter where is_short */
	int is_short;
	const char *name;
	const char *value; /* NULL: takes none */
	const char *help;
	const char *expected; /* what a wrong value should have been */
	int (*set)(struct options *o, const char *value);
};

static int set_instance(struct options *o, const char *value)
{
	uint64_t n;

	if (parse_number(value, LWK_MAX_INSTANCES - 1, &n))
		return -1;
	o->instance = n;
	return 0;
}

static int set_cpus(struct options *o, const char *value)
{
	o->cpus_given = 1;
	return parse_cpus(value, o->cpus);
}

static int set_memory(struct options *o, const char *value)
{
	return parse_size(value, &o->memory);
}

static int set_node(struct options *o, const char *value)
{
	uint64_t n;

	if (parse_number(value, INT_MAX, &n))
		return -1;
	o->node = n;
	return 0;
}

static int set_cpu(struct options *o, const char *value)
{
	uint64_t n;

	if (parse_number(value, LWK_MAX_CPUS - 1, &n))
		return -1;
	o->cpu = n;
	return 0;
}

static int set_image(struct options *o, const char *value)
{
	o->image = value;
	return 0;
}

static int set_ext(struct options *o, const char *value)
{
	if (o->ext_count == LWK_BOOT_MAX_EXT)
		return -1;
	o->ext[o->ext_count++] = value;
	return 0;
}

static int set_no_app_ext(struct options *o, const char *value)
{
	(void)value;
	o->no_app_ext = 1;
	return 0;
}

static int set_json(struct options *o, const char *value)
{
	(void)value;
	o->json = 1;
	return 0;
}

static int set_follow(struct options *o, const char *value)
{
	(void)value;
	o->follow = 1;
	return 0;
}

static int set_raw(struct options *o, const char *value)
{
	(void)value;
	o->raw = 1;
	return 0;
}

static int set_force(struct options *o, const char *value)
{
	(void)value;
	o->force = 1;
	return 0;
}

static const struct option_def options[] = {
	{'i', 0, "instance", "N",
	 "which LWK, as in /dev/lwkN; needed where "
	 "there are several",
	 "a number from 0 to 7", set_instance},
	{'c', 0, "cpus", "LIST", "CPUs of Linux, as 1-3,5",
	 "numbers and ranges, as 1-3,5", set_cpus},
	{'m', 0, "memory", "SIZE",
	 "bytes, with K, M, G or T; a multiple of "
	 "2M, or rounded up",
	 "a size such as 512M", set_memory},
	{'n', 0, "node", "N", "take the memory from this NUMA node", "a number",
	 set_node},
	{'C', 0, "cpu", "N",
	 "the LWK's CPU to run on, counted from 0; the "
	 "least used by default",
	 "a number from 0 to 63", set_cpu},
	{'I', 0, "image", "FILE",
	 "the LWK's ELF image, in place of the one "
	 "installed or in $LWK_IMAGE",
	 "a file", set_image},
	{'e', 0, "ext", "FILE",
	 "load and attach a trusted extension (.nx) "
	 "first; may be given 32 times",
	 "at most 32 files", set_ext},
	{'x', 0, "no-app-ext", NULL, "applications may not insert extensions",
	 NULL, set_no_app_ext},
	{'j', 0, "json", NULL, "print JSON", NULL, set_json},
	{'f', 1, "follow", NULL, "wait for more, until interrupted", NULL,
	 set_follow},
	{'r', 0, "raw", NULL, "leave addresses as they are", NULL, set_raw},
	{'F', 0, "force", NULL, "end its processes, and stop CPUs that hang",
	 NULL, set_force},
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* ---- Commands ---------------------------------------------------------- */

struct command_def {
	const char *name;
	const char *letters; /* of its options, in the order of the help */
	const char *required; /* of these */
	const char *args; /* what follows the options, NULL = nothing */
	const char *summary;
	const char *text; /* what more there is to say */
	int (*run)(struct options *o);
};

static int cmd_version(struct options *o)
{
	(void)o;
	puts("lwk (Margay) " MARGAY_VERSION);
	return 0;
}

static int cmd_help(struct options *o);

static const struct command_def commands[] = {
	{"reserve", "cmni", "cm", NULL, "take CPUs and memory from Linux",
	 "The CPUs go offline in Linux and cannot be brought online again "
	 "before `lwk release`.\n"
	 "Example: lwk reserve --cpus 1-3 --memory 512M\n",
	 cmd_reserve},
	{"boot", "iIex", "", NULL, "start an LWK on them",
	 "Example: lwk boot --ext syscount.nx\n", cmd_boot},
	{"status", "ij", "", NULL, "what is reserved, and what runs there", "",
	 cmd_status},
	{"run", "iC", "", "PROG [ARG]...", "run a program on an LWK",
	 "Files, terminal, environment and signals are those of this "
	 "command.\n"
	 "Exit status: the program's (128 + N for signal N, as shells show "
	 "it); 127 where it\nis not found, 126 where it cannot be executed, "
	 "69 where there is no LWK for it,\n70 where the LWK failed under "
	 "it.\n"
	 "Example: lwk run busybox uname -a\n",
	 cmd_run},
	{"ps", "ij", "", NULL, "processes on the LWKs", "", cmd_ps},
	{"log", "ifrI", "", NULL, "what an LWK has logged",
	 "Addresses of the LWK are shown with symbol and source line.\n",
	 cmd_log},
	{"shutdown", "iF", "", NULL, "stop an LWK; it can be booted again", "",
	 cmd_shutdown},
	{"release", "i", "", NULL, "give its CPUs and memory back to Linux", "",
	 cmd_release},
	{"version", "", "", NULL, "print the version", "", cmd_version},
	{"help", "", "", "[COMMAND]", "print this, or help for a command", "",
	 cmd_help},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command_def *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static const struct option_def *find_option(char letter)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* ---- Help -------------------------------------------------------------- */

static void print_usage(FILE *file, const struct command_def *c)
{
	fprintf(file, "usage: lwk %s", c->name);
	for (const char *l = c->letters; *l; l++) {
		const struct option_def *def = find_option(*l);
		int required = strchr(c->required, *l) != NULL;

		fprintf(file, required ? " --%s" : " [--%s", def->name);
		if (def->value)
			fprintf(file, " %s", def->value);
		if (!required)
			fputc(']', file);
	}
	if (c->args)
		fprintf(file, " %s%s", c->run == cmd_run ? "[--] " : "",
			c->args);
	fputc('\n', file);
}

static void print_help(const struct command_def *c)
{
	print_usage(stdout, c);
	printf("\n%c%s.\n", c->summary[0] - 'a' + 'A', c->summary + 1);
	if (*c->letters)
		putchar('\n');
	for (const char *l = c->letters; *l; l++) {
		const struct option_def *def = find_option(*l);
		char name[40];

		snprintf(name, sizeof(name), "%s--%s%s%s",
			 def->is_short ? "-f, " : "", def->name,
			 def->value ? " " : "", def->value ?: "");
		printf("  %-16s %s\n", name, def->help);
	}
	if (*c->text)
		printf("\n%s", c->text);
}

static void print_commands(FILE *file)
{
	fputs("usage: lwk COMMAND [OPTION]...\n\n", file);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(file, "  %-10s%s\n", commands[i].name,
			commands[i].summary);
	fputs("\n`lwk COMMAND --help` explains one of them.\n", file);
}

static int usage_error(const struct command_def *c)
{
	if (c)
		fprintf(stderr, "Type `lwk %s --help`.\n", c->name);
	else
		print_commands(stderr);
	return EXIT_USAGE;
}

static int cmd_help(struct options *o)
{
	const struct command_def *c;

	if (!o->args[0]) {
		print_commands(stdout);
		return 0;
	}
	c = find_command(o->args[0]);
	if (!c) {
		complain("there is no command `%s`", o->args[0]);
		return usage_error(NULL);
	}
	print_help(c);
	return 0;
}

/* ---- Parsing ----------------------------------------------------------- */

#define LETTER_HELP 'h'

/* For getopt_long(): the command's options, and --help. */
static void list_options(const struct command_def *c, struct option *list,
			 char *letters)
{
	*letters++ = '+';
	*letters++ = ':';
	*letters++ = LETTER_HELP;
	for (const char *l = c->letters; *l; l++) {
		const struct option_def *def = find_option(*l);

		*list++ = (struct option){
			def->name, def->value ? required_argument : no_argument,
			NULL, def->letter};
		if (def->is_short)
			*letters++ = def->letter;
	}
	*list++ = (struct option){"help", no_argument, NULL, LETTER_HELP};
	*list = (struct option){};
	*letters = 0;
}

static int wrong_option(const struct command_def *c, int problem,
			const char *word)
{
	if (problem == ':')
		complain("%s: %s needs a value", c->name, word);
	else
		complain("%s: there is no option %s", c->name, word);
	return usage_error(c);
}

static int set_option(const struct command_def *c, char letter,
		      struct options *o)
{
	const struct option_def *def = find_option(letter);

	if (def->set(o, optarg) == 0)
		return 0;
	complain("%s: --%s %s: expected %s", c->name, def->name, optarg,
		 def->expected);
	return usage_error(c);
}

static int run_command(const struct command_def *c, int argc, char **argv)
{
	struct options o = {
		.instance = LWK_INSTANCE_ANY,
		.node = -1,
		.cpu = -1,
	};
	struct option list[OPTIONS + 2];
	char letters[OPTIONS + 4];
	int letter, status;

	list_options(c, list, letters);
	while ((letter = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (letter == LETTER_HELP) {
			print_help(c);
			return 0;
		}
		if (letter == '?' || letter == ':')
			return wrong_option(c, letter, argv[optind - 1]);
		status = set_option(c, letter, &o);
		if (status)
			return status;
	}
	o.args = argv + optind;
	if (o.args[0] && !c->args) {
		complain("%s: what is `%s`?", c->name, o.args[0]);
		return usage_error(c);
	}
	return c->run(&o);
}

int main(int argc, char **argv)
{
	const struct command_def *c;

	if (argc < 2)
		return usage_error(NULL);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		argv[1] = "help";
	if (strcmp(argv[1], "--version") == 0)
		argv[1] = "version";
	c = find_command(argv[1]);
	if (!c) {
		complain("there is no command `%s`", argv[1]);
		return usage_error(NULL);
	}
	return run_command(c, argc - 1, argv + 1);
}
