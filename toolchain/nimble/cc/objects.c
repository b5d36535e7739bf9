/* SPDX-License-Identifier: MIT */
/* The linker: which variables, constants and strings there are, and which of them each
 * address in the code is meant for. */
/*
 * Objects are symbols with a size. What has none, as strings, is one object with its
 * section: -fdata-sections gives most things a section of their own. An address may lie
 * outside the object that it is computed from (the end of an array, where its neighbour
 * begins), so each lddw says which one is meant.
 */
#include <elf.h>

#include "toolchain/nimble/cc/link_priv.h"

static bool is_data(const struct link_section *section)
{
	return section->kind == LINK_DATA || section->kind == LINK_BSS ||
	       section->kind == LINK_RODATA;
}

static uint32_t placed_at(const struct link *link,
			  const struct link_section *section)
{
	return section->kind == LINK_RODATA ? section->base
					    : link_data_offset(link, section);
}

static void add(struct link *link, const struct link_section *section,
		const char *name, uint64_t at, uint64_t bytes)
{
	struct nx_object object = {
		.name = nx_string(&link->build, name),
		.section = section->kind == LINK_RODATA ? NX_SEC_RODATA
							: NX_SEC_DATA,
		.offset = placed_at(link, section) + (uint32_t)at,
		.bytes = (uint32_t)bytes,
	};

	nx_append(&link->build, NX_SEC_OBJECTS, &object, sizeof(object));
}

void link_name_objects(struct link *link, struct link_object *object,
		       struct link_section *section)
{
	uint64_t bytes = section->header.sh_size;
	bool found = false;
	size_t i;

	if (!is_data(section))
		return;
	for (i = 1; i < object->symbol_count; i++) {
		struct link_target t = link_symbol(object, i);

		if (t.section != section || !t.symbol.st_size ||
		    GELF_ST_TYPE(t.symbol.st_info) != STT_OBJECT ||
		    t.symbol.st_value > bytes ||
		    t.symbol.st_size > bytes - t.symbol.st_value)
			continue;
		add(link, section, t.name, t.symbol.st_value, t.symbol.st_size);
		found = true;
	}
	if (!found)
		add(link, section, section->name, 0, bytes);
}

/* How far an offset lies outside an object; 0: inside, or at its end. */
static uint32_t distance(const struct nx_object *object, uint32_t offset)
{
	if (offset < object->offset)
		return object->offset - offset;
	offset -= object->offset;
	return offset > object->bytes ? offset - object->bytes : 0;
}

void link_refer(struct link *link, uint32_t at, const struct link_target *t,
		uint32_t offset)
{
	const struct nx_buffer *table = &link->build.section[NX_SEC_OBJECTS];
	const struct nx_object *object = (const void *)table->data;
	struct nx_ref ref = {.insn = at / 8};
	uint32_t i, begin, end, place, nearest = UINT32_MAX;

	if (!t->section || !is_data(t->section))
		return;
	begin = placed_at(link, t->section);
	end = begin + (uint32_t)t->section->header.sh_size;
	/* By its symbol, where that is the object's; the section's says less. */
	place = begin + (GELF_ST_TYPE(t->symbol.st_info) == STT_OBJECT
				 ? (uint32_t)t->symbol.st_value
				 : offset);
	for (i = 0; i < table->bytes / sizeof(*object); i++) {
		if ((object[i].section == NX_SEC_RODATA) !=
			    (t->section->kind == LINK_RODATA) ||
		    object[i].offset < begin || object[i].offset >= end)
			continue;
		/* Of two that meet there, the one that begins. */
		if (distance(&object[i], place) < nearest ||
		    object[i].offset == place) {
			nearest = distance(&object[i], place);
			ref.object = i;
		}
	}
	if (nearest != UINT32_MAX)
		nx_append(&link->build, NX_SEC_REFS, &ref, sizeof(ref));
}
