// SPDX-License-Identifier: MIT
/* nimble: extensions of an LWK, from the command line. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/ioctl.h"
#include "toolchain/common/explain.h"
#include "toolchain/nimblectl/nimblectl.h"

/* ---- For the commands -------------------------------------------------- */

static int instance; /* of the commands; -1: by system call */

static int begins_with(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strncmp(text, word, n) == 0 && text[n] == ':';
}

int failed(const char *what, int err)
{
	char text[EXPLAIN_BYTES];

	if (instance >= 0 && (err == -ENXIO || err == -EPROTO || err == -EIO))
		return complain("%s",
				explain_instance(instance, err, NULL, text));
	/* Some messages name the extension themselves. */
	if (err == -ETIMEDOUT || begins_with(libnimble_message(), what))
		return complain("%s", libnimble_message());
	return complain("%s: %s (%s)", what, libnimble_message(),
			libnimble_error_name(err));
}

struct libnimble *connect_to(const struct options *o)
{
	char path[32], text[EXPLAIN_BYTES];
	struct libnimble *n;
	int err;

	snprintf(path, sizeof(path), "/dev/lwk%d", o->instance);
	err = libnimble_open(&n, o->instance >= 0 ? path : NULL);
	if (!err) {
		instance = libnimble_instance(n);
		return n;
	}
	if (err == -EINVAL)
		exit(complain("%s; type `--instance N`", libnimble_message()));
	exit(complain("%s", explain_instance(o->instance < 0 ? 0 : o->instance,
					     err == -ENOSYS ? -ENOENT : err,
					     NULL, text)));
}

uint32_t extension(struct libnimble *n, const char *name)
{
	struct nimble_detail *d;
	uint32_t id = 0;
	int err = libnimble_find(n, name, &id);

	/* A number is an id, whether or not such an extension exists. */
	if (!err) {
		err = libnimble_show(n, id, &d);
		if (!err)
			free(d);
	}
	if (err == -ENOENT)
		exit(complain("there is no extension %s; see `nimble ls`",
			      name));
	if (err)
		exit(failed(name, err));
	return id;
}

int print_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
	json_decref(json);
	return 0;
}

/* A number that JSON's readers cannot hold becomes text. */
json_t *json_number(uint64_t value)
{
	return value <= INT64_MAX
		       ? json_integer(value)
		       : json_sprintf("%llu", (unsigned long long)value);
}

/* ---- Options ----------------------------------------------------------- */

static int set_instance(struct options *o, const char *value)
{
	uint64_t n;

	if (parse_number(value, LWK_MAX_INSTANCES - 1, &n))
		return -1;
	o->instance = n;
	return 0;
}

static int set_name(struct options *o, const char *value)
{
	o->name = value;
	return *value && strlen(value) < NIMBLE_NAME_BYTES ? 0 : -1;
}

static int set_order(struct options *o, const char *value)
{
	int negative = *value == '-';
	uint64_t n;

	if (parse_number(value + negative, INT_MAX, &n))
		return -1;
	o->order = negative ? -(int32_t)n : (int32_t)n;
	return 0;
}

static int set_count(struct options *o, const char *value)
{
	return parse_number(value, UINT32_MAX, &o->count) || !o->count ? -1 : 0;
}

static int set_seconds(struct options *o, const char *value)
{
	return parse_seconds(value, &o->seconds);
}

static int set_format(enum format *format, const char *value)
{
	static const char *const name[] = {
		[FORMAT_AUTO] = "number",
		[FORMAT_HEX] = "hex",
		[FORMAT_TEXT] = "text",
		[FORMAT_SYSCALL] = "syscall",
	};

	for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (strcmp(name[i], value) == 0) {
			*format = i;
			return 0;
		}
	}
	return -1;
}

static int set_keys(struct options *o, const char *value)
{
	return set_format(&o->keys, value);
}

static int set_values(struct options *o, const char *value)
{
	return set_format(&o->values, value);
}

#define FORMATS "number, hex, text or syscall"

/* An option without a value sets a field to 1. */
#define FLAG(field) .flag = offsetof(struct options, field)

static const struct cli_option options[] = {
	{'i', 0, "instance", "N",
	 "which LWK, as in /dev/lwkN; needed where there are several",
	 "a number from 0 to 7", .set = set_instance},
	{'j', 0, "json", NULL, "print JSON", NULL, FLAG(json)},
	{'t', 0, "trusted", NULL,
	 "run it unchecked, with access to the hardware; root only", NULL,
	 FLAG(trusted)},
	{'T', 0, "threaded", NULL, "make no machine code of it", NULL,
	 FLAG(threaded)},
	{'a', 0, "attach", NULL, "attach it to its hooks at once", NULL,
	 FLAG(attach)},
	{'r', 0, "replace", NULL,
	 "a scheduling policy: in place of the present one", NULL,
	 FLAG(replace)},
	{'n', 0, "name", "NAME", "its name, in place of the image's",
	 "1 to 31 characters", .set = set_name},
	{'o', 0, "order", "N",
	 "lower runs first, where several are on one hook", "a number",
	 .set = set_order},
	{'A', 0, "all", NULL, "show the zero values of arrays, too", NULL,
	 FLAG(all)},
	{'k', 0, "keys", "AS", "keys are " FORMATS, FORMATS, .set = set_keys},
	{'v', 0, "values", "AS", "values are " FORMATS, FORMATS,
	 .set = set_values},
	{'1', 0, "once", NULL, "draw it once, and end", NULL, FLAG(once)},
	{'b', 'b', "batch", NULL,
	 "draw it below the last time, also on a terminal", NULL, FLAG(batch)},
	{'c', 0, "count", "N", "end after so many records, or drawings",
	 "a number from 1 on", .set = set_count},
	{'s', 0, "seconds", "S",
	 "how long to trace; from one drawing to the next (1)",
	 "seconds up to an hour, such as 0.5", .set = set_seconds},
};

/* ---- Commands ---------------------------------------------------------- */

static const struct cli_command commands[] = {
	{"load", "iatTnor", "", "FILE", 1, 1, 0,
	 "check an extension (.nx) and insert it; prints its id",
	 "It runs once it is attached to its hooks.\n"
	 "Example: nimble load --attach syscount.nx\n",
	 cmd_load},
	{"attach", "ior", "", "EXT [ENTRY]", 1, 2, 0,
	 "let an extension run on its hooks, or on one",
	 "EXT is an id or a name; ENTRY an index, a hook or a function, as in `nimble show`.\n",
	 cmd_attach},
	{"detach", "i", "", "EXT [ENTRY]", 1, 2, 0,
	 "take an extension off its hooks, or off one", "", cmd_detach},
	{"rm", "i", "", "EXT", 1, 1, 0, "detach an extension and remove it", "",
	 cmd_rm},
	{"ls", "ij", "", NULL, 0, 0, 0, "list the extensions",
	 "HOOKS are those that an extension is made for; in brackets where it is not attached.\nTIME is how long it has run.\n",
	 cmd_ls},
	{"show", "ijAkv", "", "EXT", 1, 1, 0,
	 "show an extension's hooks, counters, fault, policy and maps",
	 "Example: nimble show --keys syscall syscount\n", cmd_show},
	{"grant", "i", "", "EXT|job:PID WHAT", 2, 2, 0,
	 "let an extension that is not trusted use registers, a device, a helper",
	 "WHAT is mmio:BASE+BYTES, device:0000:00:04.0 (see `lwk device list`) or, for a job,\nhelper:NAME. PID is one of the job's processes. It ends with the extension, the job,\nor the device. A device that reaches memory by itself reaches all memory: granting one\ntrusts the extension with the machine.\n"
	 "Example: nimble grant driver mmio:0xfeb00000+0x20\n",
	 cmd_grant},
	{"revoke", "i", "", "EXT|job:PID WHAT", 2, 2, 0,
	 "take back what was granted", "", cmd_revoke},
	{"map", "ijAkv", "",
	 "dump|get|set|delete|read|follow EXT MAP [KEY [VALUE]]", 3, 5, 0,
	 "read and write an extension's maps",
	 "Numbers are decimal, or 0x...; hex is all bytes in the order of memory. Setting a\nvalue of a per-CPU map sets it for each CPU. read takes the records out of a ring\nbuffer, follow goes on doing so.\n"
	 "Example: nimble map set prio priority 1234 10\n",
	 cmd_map},
	{"trace", "icsv", "", "EXT [RING]", 1, 2, 0,
	 "print an extension's events as they come",
	 "Events are the records of its ring buffers, one on a line, as text "
	 "if it is\nprintable, else as bytes in the order of memory. Printing "
	 "removes them from the ring.\nCtrl-C ends it.\n"
	 "Example: nimble trace --count 10 record\n",
	 cmd_trace},
	{"top", "i1bcs", "", NULL, 0, 0, 0,
	 "show what extensions do and cost, again and again",
	 "TIME% is the share of one CPU; BUDGET/s what it was charged; FAULTS "
	 "and BUSY\n(runs left out because its CPU was inside it already) count "
	 "since it was loaded.\nCtrl-C ends it.\n",
	 cmd_top},
};

int main(int argc, char **argv)
{
	struct options o = {.instance = -1};
	const struct cli cli = {
		.prog = "nimble",
		.options = options,
		.commands = commands,
		.option_count = sizeof(options) / sizeof(options[0]),
		.command_count = sizeof(commands) / sizeof(commands[0]),
		.values = &o,
		.args = &o.args,
	};

	return cli_run(&cli, argc, argv);
}
