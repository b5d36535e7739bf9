// SPDX-License-Identifier: MIT
/* lwk: partition the machine, boot LWKs, run programs on them. */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/boot.h"
#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/parse.h"

#ifndef MARGAY_VERSION
#define MARGAY_VERSION "0.1"
#endif

/* ---- Options ----------------------------------------------------------- */

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

	if (parse_number(value, PARSE_MAX_CPU - 1, &n))
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

static int set_tier(struct options *o, const char *value)
{
	o->threaded = strcmp(value, "threaded") == 0;
	return o->threaded || strcmp(value, "machine") == 0 ? 0 : -1;
}

static int set_count(struct options *o, const char *value)
{
	return parse_number(value, UINT32_MAX, &o->count) || !o->count ? -1 : 0;
}

static int set_seconds(struct options *o, const char *value)
{
	return parse_seconds(value, &o->seconds);
}

/* An option without a value sets a field to 1. */
#define FLAG(field) .flag = offsetof(struct options, field)

static const struct cli_option options[] = {
	{'i', 0, "instance", "N",
	 "which LWK, as in /dev/lwkN; needed where there are several",
	 "a number from 0 to 7", .set = set_instance},
	{'c', 0, "cpus", "LIST", "CPUs of Linux, as 1-3,5",
	 "numbers and ranges, as 1-3,5", .set = set_cpus},
	{'m', 0, "memory", "SIZE",
	 "bytes, with K, M, G or T; rounded up to a multiple of 2M",
	 "a size such as 512M", .set = set_memory},
	{'n', 0, "node", "N", "take the memory from this NUMA node", "a number",
	 .set = set_node},
	{'C', 0, "cpu", "N",
	 "the CPU to run on, or to interrupt, by Linux's number; by default the module chooses",
	 "a number", .set = set_cpu},
	{'I', 0, "image", "FILE",
	 "the LWK's ELF image, in place of $LWK_IMAGE or the installed one",
	 "a file", .set = set_image},
	{'e', 0, "ext", "FILE",
	 "load and attach this trusted extension (.nx); up to 32 times",
	 "at most 32 files", .set = set_ext},
	{'x', 0, "no-app-ext", NULL, "applications may not insert extensions",
	 NULL, FLAG(no_app_ext)},
	{'t', 0, "nimble.tier", "TIER",
	 "what extensions become: machine code, or threaded code that needs no executable memory",
	 "machine (the default) or threaded", .set = set_tier},
	{'j', 0, "json", NULL, "print JSON", NULL, FLAG(json)},
	{'f', 'f', "follow", NULL, "wait for more, until interrupted", NULL,
	 FLAG(follow)},
	{'r', 0, "raw", NULL, "leave addresses as they are", NULL, FLAG(raw)},
	{'F', 0, "force", NULL, "end its processes, and stop CPUs that hang",
	 NULL, FLAG(force)},
	{'P', 0, "panic", NULL,
	 "end the LWK by a panic: its programs end with status 70", NULL,
	 FLAG(panic)},
	{'1', 0, "once", NULL, "draw it once, and end", NULL, FLAG(once)},
	{'b', 'b', "batch", NULL,
	 "draw it below the last time, also on a terminal", NULL, FLAG(batch)},
	{'N', 0, "count", "N", "end after so many drawings",
	 "a number from 1 on", .set = set_count},
	{'s', 0, "seconds", "S", "from one drawing to the next (1)",
	 "seconds up to an hour, such as 0.5", .set = set_seconds},
};

/* ---- Commands ---------------------------------------------------------- */

static int cmd_version(struct options *o)
{
	(void)o;
	puts("lwk (Margay) " MARGAY_VERSION);
	return 0;
}

#define NO_ARGS NULL, 0, 0, 0

static const struct cli_command commands[] = {
	{"reserve", "cmni", "cm", NO_ARGS, "take CPUs and memory from Linux",
	 "The CPUs go offline in Linux and cannot be brought online again before `lwk release`.\n"
	 "Example: lwk reserve --cpus 1-3 --memory 512M\n",
	 cmd_reserve},
	{"boot", "iIext", "", NO_ARGS, "start an LWK on them",
	 "Example: lwk boot --ext /usr/lib/margay/ext/sysdeny.nx\n", cmd_boot},
	{"status", "ij", "", NO_ARGS,
	 "show what is reserved, and what runs there", "", cmd_status},
	{"run", "iC", "", "PROG [ARG]...", 1, UINT_MAX, 1,
	 "run a program on an LWK",
	 "Files, terminal, environment and signals are those of this command.\n"
	 "Exit status: the program's (128 + N for signal N, as shells show "
	 "it); 127 if it\nis not found, 126 if it cannot be executed, 69 if there is no LWK to run on, 70 if\nthe LWK failed.\n"
	 "Example: lwk run busybox uname -a\n",
	 cmd_run},
	{"ps", "ij", "", NO_ARGS, "list the processes on the LWKs",
	 "TIME is how long a process has run, in seconds; MEM what it has in the LWK's memory;\nLOCAL and LINUX how many of its system calls the LWK and Linux have served; CALL the\none that it waits in.\n",
	 cmd_ps},
	{"top", "i1bNs", "", NO_ARGS,
	 "show which processes have an LWK's CPUs, again and again",
	 "CPU% is the share of one CPU; LOCAL/s and LINUX/s how many system "
	 "calls the LWK and\nLinux serve. Ctrl-C ends it.\n",
	 cmd_top},
	{"log", "ifrI", "", NO_ARGS, "show what an LWK has logged",
	 "Addresses of the LWK get their symbol and source line.\n", cmd_log},
	{"trace", "iP", "", NO_ARGS, "make an LWK log where its CPUs are",
	 "Use it for an LWK that seems to hang; `lwk log` shows the back traces. A CPU that runs a\nprogram has none.\n",
	 cmd_trace},
	{"sched", "i", "", "record|report FILE [SECONDS|FORMAT]", 2, 3, 0,
	 "record which task runs where and when, and show it",
	 "record lasts one second, or SECONDS, or until Ctrl-C; root "
	 "only.\nreport shows a recording as text, as a picture (svg), or as "
	 "trace events for a viewer\nsuch as Perfetto (json).\n"
	 "Example: lwk sched record run.txt 5; lwk sched report run.txt svg "
	 ">run.svg\n",
	 cmd_sched},
	{"device", "iC", "", "add|remove DEVICE, or list", 1, 2, 0,
	 "hand a PCI device to an LWK, or take it back",
	 "A device is named as 0000:00:04.0. add takes it from its driver in Linux; trusted\nextensions of the LWK may then use it, and others if it is granted (`nimble grant`).\nIt interrupts the CPU that --cpu names. It stays the instance's over `lwk shutdown`, silent,\n"
	 "until remove, or `lwk release`, gives it back. list shows its "
	 "memory as BASE+BYTES.\n"
	 "Example: lwk device add 0000:00:04.0; lwk boot --ext "
	 "/usr/lib/margay/ext/edu.nx\n",
	 cmd_device},
	{"shutdown", "iF", "", NO_ARGS, "stop an LWK; it can be booted again",
	 "", cmd_shutdown},
	{"release", "i", "", NO_ARGS, "give its CPUs and memory back to Linux",
	 "", cmd_release},
	{"version", "", "", NO_ARGS, "print the version", "", cmd_version},
};

int main(int argc, char **argv)
{
	struct options o = {
		.instance = LWK_INSTANCE_ANY,
		.node = -1,
		.cpu = -1,
	};
	const struct cli cli = {
		.prog = "lwk",
		.options = options,
		.commands = commands,
		.option_count = sizeof(options) / sizeof(options[0]),
		.command_count = sizeof(commands) / sizeof(commands[0]),
		.values = &o,
		.args = &o.args,
	};

	return cli_run(&cli, argc, argv);
}
