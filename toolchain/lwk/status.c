// SPDX-License-Identifier: MIT
/* lwk status. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/abi/boot.h"
#include "toolchain/lwk/health.h"
#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/parse.h"

#define TEXT_BYTES 256

static const char *state_name(uint32_t state)
{
	static const char *const name[] = {
		[LWK_INSTANCE_ABSENT] = "absent",
		[LWK_INSTANCE_RESERVED] = "reserved",
		[LWK_INSTANCE_BOOTING] = "booting",
		[LWK_INSTANCE_RUNNING] = "running",
		[LWK_INSTANCE_STOPPING] = "stopping",
		[LWK_INSTANCE_FAILED] = "failed",
	};

	return state < sizeof(name) / sizeof(name[0]) ? name[state] : "unknown";
}

static const char *lwk_state_name(uint32_t state)
{
	static const char *const name[] = {
		[LWK_STATE_STARTING] = "starting",
		[LWK_STATE_PRIMARY_READY] = "primary-ready",
		[LWK_STATE_RUNNING] = "running",
		[LWK_STATE_STOPPED] = "stopped",
		[LWK_STATE_REFUSED] = "refused",
		[LWK_STATE_PANICKED] = "panicked",
	};

	return state < sizeof(name) / sizeof(name[0]) ? name[state] : "unknown";
}

/* ---- For people -------------------------------------------------------- */

static void print_booted(const struct lwk_status *s)
{
	printf("  LWK        %s; boot %u, took %" PRIu64 " ms, up %" PRIu64
	       " s\n"
	       "  processes  %u\n"
	       "  traffic    %" PRIu64 " doorbells, %" PRIu64
	       " pages shown to proxies, %" PRIu64 " populated, %" PRIu64
	       " removals\n",
	       lwk_state_name(s->lwk_state), s->generation,
	       s->boot_ns / 1000000, s->uptime_ns / 1000000000, s->processes,
	       s->doorbells, s->proxy_faults, s->populates, s->zaps);
}

static const char *next_step(const struct lwk_status *s, unsigned int hang)
{
	if (hang)
		return "CPUs hang: see `lwk trace`, then `lwk shutdown --force`";
	switch (s->state) {
	case LWK_INSTANCE_RESERVED:
		return "type `lwk boot`";
	case LWK_INSTANCE_FAILED:
		return "see `lwk log`, then `lwk shutdown --force`";
	default:
		return NULL;
	}
}

static void print_status(const struct options *o, const struct lwk_status *s,
			 const struct health *h)
{
	char cpus[TEXT_BYTES], size[TEXT_BYTES], left[TEXT_BYTES];
	const char *next = next_step(s, h->count);

	format_cpus(s->cpus, cpus, sizeof(cpus));
	format_size(s->bytes, size, sizeof(size));
	format_size(s->free_bytes, left, sizeof(left));
	printf("lwk%u: %s%s%s\n", s->instance, state_name(s->state),
	       next ? "; " : "", next ?: "");
	printf("  CPUs       %s\n"
	       "  memory     %s in %u piece%s%s%s\n",
	       cpus, size, s->region_count, s->region_count == 1 ? "" : "s",
	       s->free_bytes ? ", free " : "", s->free_bytes ? left : "");
	if (s->state != LWK_INSTANCE_RESERVED)
		print_booted(s);
	health_print(o, s->instance, h);
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *json_cpus(const uint64_t mask[LWK_CPUMASK_WORDS])
{
	json_t *list = json_array();

	for (unsigned int cpu = 0; cpu < PARSE_MAX_CPU; cpu++)
		if (mask[cpu / 64] >> cpu % 64 & 1)
			json_array_append_new(list, json_integer(cpu));
	return list;
}

static json_t *json_status(const struct lwk_status *s, const struct health *h)
{
	return json_pack(
		"{s:i, s:s, s:s, s:o, s:I, s:I, s:I, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
		"instance", s->instance, "state", state_name(s->state),
		"lwk_state", lwk_state_name(s->lwk_state), "cpus",
		json_cpus(s->cpus), "memory_bytes", (json_int_t)s->bytes,
		"free_bytes", (json_int_t)s->free_bytes, "objects",
		(json_int_t)s->objects, "regions", s->region_count,
		"generation", s->generation, "processes", s->processes,
		"boot_ns", (json_int_t)s->boot_ns, "uptime_ns",
		(json_int_t)s->uptime_ns, "doorbells", (json_int_t)s->doorbells,
		"zaps", (json_int_t)s->zaps, "populates",
		(json_int_t)s->populates, "proxy_faults",
		(json_int_t)s->proxy_faults, "stalled", health_json(h));
}

/* ---- The command ------------------------------------------------------- */

/* 0: *s is set; -ENODEV: it is not reserved. */
static int ask(int fd, unsigned int instance, struct lwk_status *s)
{
	*s = (struct lwk_status){
		.version = LWK_IOC_ABI,
		.instance = instance,
	};
	return command(fd, LWK_IOC_STATUS, s);
}

static int show(const struct options *o, int fd, unsigned int instance,
		json_t *list)
{
	struct health h = {};
	struct lwk_status s;
	int err = ask(fd, instance, &s);

	if (!err && s.state == LWK_INSTANCE_RUNNING) {
		health_ask(instance, &h);
		err = ask(fd, instance, &s); /* what the CPUs have said */
	}
	if (err)
		return refused(instance, err, NULL);
	if (list)
		json_array_append_new(list, json_status(&s, &h));
	else
		print_status(o, &s, &h);
	return 0;
}

static int show_all(const struct options *o, int fd, json_t *list)
{
	uint32_t mask = instances_reserved();
	int status = 0;

	if (!mask && !list)
		puts("There is no LWK: type `lwk reserve --cpus 1-3 --memory 512M`, then `lwk boot`.");
	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
		if (mask & 1U << i)
			status |= show(o, fd, i, list);
	return status;
}

int cmd_status(struct options *o)
{
	json_t *list = o->json ? json_array() : NULL;
	int fd = open_control(0);
	int status;

	if (o->instance != LWK_INSTANCE_ANY)
		status = show(o, fd, o->instance, list);
	else
		status = show_all(o, fd, list);
	close(fd);
	if (list) {
		json_t *all = json_pack("{s:o}", "instances", list);

		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(all);
	}
	return status;
}
