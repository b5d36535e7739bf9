// SPDX-License-Identifier: MIT
/* Parsing, usage and help; see cli.h. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/common/cli.h"
#include "toolchain/common/explain.h"

#define LETTER_ARG 1 /* what getopt_long() gives for an argument, after '-' */
#define LETTER_HELP 2 /* no option's letter */
#define MAX_OPTIONS 32

static const char *prog = "?";

int complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: ", prog);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

void make_printable(char *name)
{
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

/* The number of bytes of the UTF-8 character at *text; 0: it is no character that may
 * be shown. Overlong forms and surrogates are none (Unicode, table 3-7). */
static unsigned int shown_bytes(const unsigned char *text)
{
	unsigned int count = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
	uint32_t code = *text & (0x7f >> count);
	static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};

	if (*text < 0x80)
		return (*text >= ' ' && *text != 0x7f) || *text == '\n' ||
		       *text == '\t';
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	for (unsigned int i = 1; i < count; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[count] || code > 0x10ffff || code >> 11 == 0x1b)
		return 0;
	return count;
}

void print_escaped(const char *text, FILE *file)
{
	while (*text) {
		unsigned int n = shown_bytes((const unsigned char *)text);

		if (n)
			fwrite(text, 1, n, file);
		else
			fprintf(file, "\\x%02x", (unsigned char)*text);
		text += n ? n : 1;
	}
}

int parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end || *value > max ? -1 : 0;
}

int parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end == text || *end || !(*seconds > 0) || *seconds > 3600 ? -1
									 : 0;
}

/* ---- Looking up -------------------------------------------------------- */

static const struct cli_command *find_command(const struct cli *cli,
					      const char *name)
{
	for (unsigned int i = 0; i < cli->command_count; i++)
		if (strcmp(cli->commands[i].name, name) == 0)
			return &cli->commands[i];
	return NULL;
}

static const struct cli_option *find_option(const struct cli *cli, char letter)
{
	for (unsigned int i = 0; i < cli->option_count; i++)
		if (cli->options[i].letter == letter)
			return &cli->options[i];
	abort(); /* the tables do not fit together */
}

/* ---- Help -------------------------------------------------------------- */

static void print_usage(const struct cli *cli, FILE *file,
			const struct cli_command *c)
{
	fprintf(file, "usage: %s %s", cli->prog, c->name);
	for (const char *l = c->letters; *l; l++) {
		const struct cli_option *o = find_option(cli, *l);
		int required = strchr(c->required, *l) != NULL;

		fprintf(file, required ? " --%s" : " [--%s", o->name);
		if (o->value)
			fprintf(file, " %s", o->value);
		if (!required)
			fputc(']', file);
	}
	if (c->args)
		fprintf(file, "%s %s", c->raw_args ? " [--]" : "", c->args);
	fputc('\n', file);
}

static void print_option(const struct cli_option *o)
{
	char name[40];
	int n = 0;

	if (o->shorter)
		n = snprintf(name, sizeof(name), "-%c, ", o->shorter);
	snprintf(name + n, sizeof(name) - n, "--%s%s%s", o->name,
		 o->value ? " " : "", o->value ?: "");
	printf("  %-16s %s\n", name, o->help);
}

static void print_help(const struct cli *cli, const struct cli_command *c)
{
	print_usage(cli, stdout, c);
	printf("\n%c%s.\n", toupper((unsigned char)c->summary[0]),
	       c->summary + 1);
	if (*c->letters)
		putchar('\n');
	for (const char *l = c->letters; *l; l++)
		print_option(find_option(cli, *l));
	if (*c->text)
		printf("\n%s", c->text);
}

static void print_commands(const struct cli *cli, FILE *file)
{
	fprintf(file, "usage: %s COMMAND [OPTION]...\n\n", cli->prog);
	for (unsigned int i = 0; i < cli->command_count; i++)
		fprintf(file, "  %-10s%s\n", cli->commands[i].name,
			cli->commands[i].summary);
	fprintf(file, "\n`%s COMMAND --help` explains one of them.\n",
		cli->prog);
}

static int hint(const struct cli *cli, const struct cli_command *c)
{
	fprintf(stderr, "Type `%s %s --help`.\n", cli->prog, c->name);
	return EXIT_USAGE;
}

static int no_command(const struct cli *cli, const char *name)
{
	if (name)
		complain("there is no command `%s`", name);
	print_commands(cli, stderr);
	return EXIT_USAGE;
}

static int help(const struct cli *cli, const char *name)
{
	const struct cli_command *c;

	if (!name) {
		print_commands(cli, stdout);
		return 0;
	}
	c = find_command(cli, name);
	if (!c)
		return no_command(cli, name);
	print_help(cli, c);
	return 0;
}

/* ---- Parsing ----------------------------------------------------------- */

/* For getopt_long(): the command's options, and --help. */
static void list_options(const struct cli *cli, const struct cli_command *c,
			 struct option *list, char *letters)
{
	*letters++ = c->raw_args ? '+' : '-';
	*letters++ = ':';
	for (const char *l = c->letters; *l; l++) {
		const struct cli_option *o = find_option(cli, *l);

		*list++ = (struct option){
			o->name, o->value ? required_argument : no_argument,
			NULL, o->letter};
		if (!o->shorter)
			continue;
		*letters++ = o->shorter;
		if (o->value)
			*letters++ = ':';
	}
	*list++ = (struct option){"help", no_argument, NULL, LETTER_HELP};
	*list = (struct option){};
	*letters = 0;
}

/* getopt_long() gives a short option as typed. */
static const struct cli_option *
option_given(const struct cli *cli, const struct cli_command *c, char letter)
{
	for (const char *l = c->letters; *l; l++) {
		const struct cli_option *o = find_option(cli, *l);

		if (o->letter == letter || o->shorter == letter)
			return o;
	}
	abort(); /* getopt_long() gives none but these */
}

static int set_option(const struct cli *cli, const struct cli_command *c,
		      char letter)
{
	const struct cli_option *o = option_given(cli, c, letter);

	if (!o->set) {
		*(int *)((char *)cli->values + o->flag) = 1;
		return 0;
	}
	if (o->set(cli->values, optarg) == 0)
		return 0;
	complain("%s: --%s %s: expected %s", c->name, o->name, optarg,
		 o->expected);
	return hint(cli, c);
}

static int wrong_option(const struct cli *cli, const struct cli_command *c,
			int problem, const char *word)
{
	if (problem == ':')
		complain("%s: %s needs a value", c->name, word);
	else
		complain("%s: there is no option %s", c->name, word);
	return hint(cli, c);
}

/* Names the first missing argument as the usage does. */
static void complain_missing(const struct cli_command *c, unsigned int count)
{
	const char *word = c->args;

	while (count-- && strchr(word, ' '))
		word = strchr(word, ' ') + 1;
	complain("%s: %.*s is missing", c->name, (int)strcspn(word, " "), word);
}

static int check_args(const struct cli *cli, const struct cli_command *c,
		      unsigned int count, char **args)
{
	if (count > c->max_args) {
		complain("%s: what is `%s`?", c->name, args[c->max_args]);
		return hint(cli, c);
	}
	if (count < c->min_args) {
		complain_missing(c, count);
		print_usage(cli, stderr, c);
		return EXIT_USAGE;
	}
	return 0;
}

/* Sets the options and collects the arguments. -1: go on; else exit status. */
static int parse(const struct cli *cli, const struct cli_command *c, int argc,
		 char **argv, char **args)
{
	struct option list[MAX_OPTIONS];
	char letters[2 * MAX_OPTIONS];
	unsigned int count = 0;
	int letter, status = 0;

	list_options(cli, c, list, letters);
	while (!status &&
	       (letter = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (letter == LETTER_ARG) {
			args[count++] = optarg;
		} else if (letter == LETTER_HELP) {
			print_help(cli, c);
			return 0;
		} else if (letter == '?' || letter == ':') {
			status = wrong_option(cli, c, letter, argv[optind - 1]);
		} else {
			status = set_option(cli, c, letter);
		}
	}
	while (optind < argc)
		args[count++] = argv[optind++];
	return status ?: check_args(cli, c, count, args) ?: -1;
}

static int run_command(const struct cli *cli, const struct cli_command *c,
		       int argc, char **argv)
{
	char **args = calloc(argc + 1, sizeof(*args));
	int status;

	if (!args)
		return complain("no memory");
	status = parse(cli, c, argc, argv, args);
	*cli->args = args;
	if (status < 0)
		status = c->run(cli->values);
	free(args);
	return status;
}

/* Output that could not be written is a failure, even if nothing else failed. */
static int check_output(int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno)
		complain("standard output: %s", strerror(errno));
	else
		complain("standard output could not be written");
	return status ?: EXIT_FAILURE;
}

static int dispatch(const struct cli *cli, int argc, char **argv)
{
	const struct cli_command *c;

	if (argc < 2)
		return no_command(cli, NULL);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(cli, argv[2]);
	c = find_command(cli, argv[1]);
	if (!c)
		return no_command(cli, argv[1]);
	return run_command(cli, c, argc - 1, argv + 1);
}

int cli_run(const struct cli *cli, int argc, char **argv)
{
	prog = cli->prog;
	return check_output(dispatch(cli, argc, argv));
}
