/* SPDX-License-Identifier: MIT */
/* The linker: variables that the command line gives a value. */
/*
 * Linux's schedulers have "const volatile" variables that their loaders write before the
 * program is loaded. The linker writes the number over the variable's contents in the
 * image.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/cc/link_scx.h"

/* Whether --set may give it a value. */
static bool is_number(const struct link_target *t)
{
	return t->section && GELF_ST_TYPE(t->symbol.st_info) == STT_OBJECT &&
	       (t->section->kind == LINK_DATA ||
		t->section->kind == LINK_RODATA ||
		t->section->kind == LINK_BSS) &&
	       t->symbol.st_size <= 8 &&
	       t->symbol.st_value + t->symbol.st_size <=
		       t->section->header.sh_size;
}

/* Find the variable of that name. False: there is none, and the names of those that
 * exist have been written to names. */
static bool find(struct link *link, const char *name, size_t length,
		 struct link_target *found, FILE *names)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; !link->object[o].library &&
			    i < link->object[o].symbol_count;
		     i++) {
			*found = link_symbol(&link->object[o], i);
			if (!is_number(found))
				continue;
			if (strlen(found->name) == length &&
			    !memcmp(found->name, name, length))
				return true;
			/* Names with a dot are the compiler's. */
			if (!strchr(found->name, '.'))
				fprintf(names, " %s", found->name);
		}
	return false;
}

/* The same, with an error. */
static bool find_or_say(struct link *link, const char *text, size_t length,
			struct link_target *found)
{
	char *names = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&names, &bytes);
	bool is_there;

	if (!stream)
		abort();
	is_there = find(link, text, length, found, stream);
	fclose(stream);
	if (!is_there)
		link_error(link, NULL,
			   "--set %s: there is no such number; %s%s", text,
			   *names ? "there are:" : "there are none", names);
	free(names);
	return is_there;
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
	if (!find_or_say(link, text, length, &t))
		return;
	/* A variable that starts as 0 has no contents otherwise. */
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
