/* SPDX-License-Identifier: MIT */
/* The linker: variables that the command line gives a value. */
/*
 * Linux's schedulers have "const volatile" variables that their loaders write before the
 * program is loaded. The number goes into a copy of the section's contents.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/link_scx.h"

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

/* The section's contents, to be written to; of bss as data. */
static uint8_t *contents(struct link_section *section)
{
	uint64_t bytes = section->header.sh_size;
	Elf_Data *data = calloc(1, sizeof(*data));
	uint8_t *copy = calloc(1, bytes ? bytes : 1);

	if (!data || !copy)
		abort();
	if (section->kind == LINK_BSS)
		section->kind = LINK_DATA;
	else if (section->data && section->data->d_size >= bytes)
		memcpy(copy, section->data->d_buf, bytes);
	data->d_buf = copy;
	data->d_size = bytes;
	section->data = data;
	return copy;
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
	memcpy(contents(t.section) + t.symbol.st_value, &number,
	       t.symbol.st_size);
}
