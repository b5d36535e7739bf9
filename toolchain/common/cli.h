/* SPDX-License-Identifier: MIT */
/* Commands with subcommands: `PROG COMMAND [OPTION]... [ARG]...`.
 *
 * A program describes its commands and options in two tables; parsing, usage
 * and help are made from them. Wrong usage is explained and gives exit status
 * EXIT_USAGE.
 */
#ifndef TOOLCHAIN_CLI_H
#define TOOLCHAIN_CLI_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Defined by each program: what its options set. */
struct options;

struct cli_option {
	char letter; /* names it in cli_command.letters */
	char shorter; /* -X, 0 = none */
	const char *name;
	const char *value; /* NULL = takes none */
	const char *help;
	const char *expected; /* of the value, for messages */
	int (*set)(struct options *o, const char *value); /* -1 = wrong */
	size_t flag; /* where set is NULL: offset of an int that becomes 1 */
};

struct cli_command {
	const char *name;
	const char *letters; /* its options, in the help's order */
	const char *required; /* options that must be given */
	const char *args; /* what follows the options; NULL = nothing */
	unsigned int min_args, max_args;
	int raw_args; /* from the first argument on, nothing is an option */
	const char *summary; /* small first letter, no full stop */
	const char *text; /* more help, in lines */
	int (*run)(struct options *o);
};

struct cli {
	const char *prog;
	const struct cli_option *options;
	const struct cli_command *commands;
	unsigned int option_count, command_count;
	struct options *values;
	char ***args; /* where a command finds its arguments */
};

/* Runs the command that argv names. Returns its exit status, or EXIT_FAILURE
 * where it succeeded and its output could not be written. Every program has
 * `help` and --help. */
int cli_run(const struct cli *cli, int argc, char **argv);

/* "PROG: ..." and a line end on stderr; returns EXIT_FAILURE. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Replaces each character but printable ASCII by '?' in a name that some program has
 * chosen: a terminal would obey control characters, and JSON can hold no broken UTF-8. */
void make_printable(char *name);

/* Writes a text that may come from programs. Each byte that a terminal might obey
 * becomes \xNN: control characters (U+0080 to U+009F, too) and bytes that are no
 * UTF-8. */
void print_escaped(const char *text, FILE *file);

/* A decimal number up to max: 0, or -1. */
int parse_number(const char *text, uint64_t max, uint64_t *value);
/* More than 0 seconds, with or without a fraction, up to an hour: 0, or -1. */
int parse_seconds(const char *text, double *seconds);

#endif
