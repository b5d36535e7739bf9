/* SPDX-License-Identifier: MIT */
/* The linker: variables that the command line gives a value. */
/*
 * Linux's schedulers have "const volatile" variables that their loaders write before the
 * program is loaded. The number is written over what the image has of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/cc/link_scx.h"

static bool find(struct link *link, const char *name, size_t length,
		 struct link_target *found)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; !link->object[o].library &&
			    i < link->object[o].symbol_count;
		     i++) {
			*found = link_symbol(&link->object[o], i);
			if (found->section && strlen(found->name) == length &&
			    !memcmp(found->name, name, length) &&
			    GELF_ST_TYPE(found->symbol.st_info) == STT_OBJECT)
				return true;
		}
	return false;
}

static void add(struct link *link, struct link_set set)
{
	struct link_set *sets =
		realloc(link->set, (link->set_count + 1) * sizeof(*link->set));

	if (!sets)
		abort();
	link->set = sets;
	sets[link->set_count++] = set;
}

void link_set_variable(struct link *link, const char *text)
{
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : 0;
	struct link_target t;
	uint64_t number;
	char *end = NULL;

	errno = 0;
	number = equals ? strtoull(equals + 1, &end, 0) : 0;
	if (!length || end == equals + 1 || *end || errno) {
		link_error(link, NULL, "--set wants NAME=NUMBER, not %s", text);
		return;
	}
	if (!find(link, text, length, &t) ||
	    (t.section->kind != LINK_DATA && t.section->kind != LINK_RODATA &&
	     t.section->kind != LINK_BSS) ||
	    t.symbol.st_size > 8 ||
	    t.symbol.st_value + t.symbol.st_size > t.section->header.sh_size) {
		link_error(link, NULL, "--set %s: there is no such number",
			   text);
		return;
	}
	/* What starts as 0 has no contents otherwise. */
	if (t.section->kind == LINK_BSS)
		t.section->kind = LINK_DATA;
	add(link, (struct link_set){t.section, (uint32_t)t.symbol.st_value,
				    (uint32_t)t.symbol.st_size, number});
}

void link_write_sets(struct link *link)
{
	size_t i;

	for (i = 0; i < link->set_count; i++) {
		const struct link_set *set = &link->set[i];

		if (set->section->live)
			memcpy(link_image_bytes(
				       link, link_image_section(set->section),
				       set->section->base + set->at),
			       &set->number, set->bytes);
	}
}
