// SPDX-License-Identifier: MIT
/* nimble grant, revoke. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/common/explain.h"
#include "toolchain/common/pci.h"
#include "toolchain/nimblectl/nimblectl.h"

/* BASE+LEN, decimal or with 0x: 0, or -1. */
static int parse_window(const char *text, struct nimble_grant *g)
{
	char *end;

	g->base = strtoull(text, &end, 0);
	if (end == text || *end != '+')
		return -1;
	text = end + 1;
	g->bytes = strtoull(text, &end, 0);
	return end == text || *end || !g->bytes ? -1 : 0;
}

static int parse(const char *text, struct nimble_grant *g)
{
	const char *colon = strchr(text, ':');
	const char *rest = colon ? colon + 1 : "";

	if (strncmp(text, "mmio:", 5) == 0) {
		g->kind = NIMBLE_GRANT_MMIO;
		return parse_window(rest, g);
	}
	if (strncmp(text, "device:", 7) == 0) {
		g->kind = NIMBLE_GRANT_DEVICE;
		return pci_parse(rest, &g->address);
	}
	if (strncmp(text, "helper:", 7) == 0 && *rest &&
	    strlen(rest) < sizeof(g->name)) {
		g->kind = NIMBLE_GRANT_HELPER;
		strcpy(g->name, rest);
		return 0;
	}
	return -1;
}

const char *grant_text(const struct nimble_grant *g, char text[GRANT_BYTES])
{
	char name[PCI_NAME_BYTES];

	switch (g->kind) {
	case NIMBLE_GRANT_MMIO:
		snprintf(text, GRANT_BYTES, "mmio:%#" PRIx64 "+%#" PRIx64,
			 g->base, g->bytes);
		break;
	case NIMBLE_GRANT_DEVICE:
		snprintf(text, GRANT_BYTES, "device:%s",
			 pci_name(g->address, name));
		break;
	default:
		snprintf(text, GRANT_BYTES, "helper:%s", g->name);
		break;
	}
	return text;
}

/* job:PID, or an extension: *id. */
static int subject(struct libnimble *n, const char *name,
		   struct nimble_grant *g, uint32_t *id)
{
	uint64_t pid;

	if (strncmp(name, "job:", 4)) {
		*id = extension(n, name);
		return 0;
	}
	if (parse_number(name + 4, INT32_MAX, &pid) || !pid)
		return -1;
	g->pid = (uint32_t)pid;
	return 0;
}

static int change(struct options *o, int (*f)(struct libnimble *n, uint32_t id,
					      const struct nimble_grant *what))
{
	struct nimble_grant g = {};
	struct libnimble *n;
	uint32_t id = 0;
	int err;

	if (parse(o->args[1], &g)) {
		complain(
			"%s is not mmio:BASE+BYTES, device:0000:00:04.0 or helper:NAME",
			o->args[1]);
		return EXIT_USAGE;
	}
	n = connect_to(o);
	if (subject(n, o->args[0], &g, &id)) {
		complain("%s is not job:PID", o->args[0]);
		return EXIT_USAGE;
	}
	err = f(n, id, &g);
	libnimble_close(n);
	return err ? failed(o->args[0], err) : 0;
}

int cmd_grant(struct options *o)
{
	return change(o, libnimble_grant);
}

int cmd_revoke(struct options *o)
{
	return change(o, libnimble_revoke);
}
