/* SPDX-License-Identifier: MIT */
/* The linker: maps as libbpf describes them, for sched_ext's schedulers. */
/*
 * A map is a variable in ".maps" whose structure says all by the types of its members:
 * "int (*type)[N]" says N, "T *key" says sizeof(T). What its address becomes depends on
 * its type: the handle of a map; the offset of a task's storage in what a task has of
 * it; for an array of maps the address of a table in data, the number of maps and then
 * their handles.
 */
#include <stdlib.h>
#include <string.h>

#include "nimble/abi/map.h"
#include "nimble/abi/sched.h"
#include "toolchain/nimble/cc/link_scx.h"

#define STORAGE_BYTES sizeof(((struct nimble_sched_task *)0)->storage)
/* Maps that an image has at most beside variables that are shown as maps. */
#define SHOWN_MOST (NX_MAX_MAPS - 4)
#define SHOWN_BYTES 65536

/* Linux's numbers, for the types that exist here. */
enum linux_type {
	LINUX_HASH = 1,
	LINUX_ARRAY = 2,
	LINUX_PERCPU_ARRAY = 6,
	LINUX_ARRAY_OF_MAPS = 12,
	LINUX_QUEUE = 22,
	LINUX_RINGBUF = 27,
	LINUX_TASK_STORAGE = 29,
	LINUX_CGRP_STORAGE = 32,
};

struct scx_map {
	struct link_object *object;
	struct link_section *section;
	const char *name;
	uint32_t at, bytes; /* in its section */
	uint64_t type; /* enum linux_type */
	uint64_t key_bytes, value_bytes, entries;
	uint32_t values_at; /* of an array of maps: in its bytes */
	uint32_t place; /* index; offset in storage; or offset in data */
};

static void read_member(void *data, const char *name, uint32_t offset,
			Dwarf_Die *type)
{
	struct scx_map *map = data;

	if (!strcmp(name, "type"))
		link_pointed_count(type, &map->type);
	else if (!strcmp(name, "max_entries"))
		link_pointed_count(type, &map->entries);
	else if (!strcmp(name, "key_size"))
		link_pointed_count(type, &map->key_bytes);
	else if (!strcmp(name, "value_size"))
		link_pointed_count(type, &map->value_bytes);
	else if (!strcmp(name, "key"))
		link_pointed_bytes(type, &map->key_bytes);
	else if (!strcmp(name, "value"))
		link_pointed_bytes(type, &map->value_bytes);
	else if (!strcmp(name, "values"))
		map->values_at = offset;
}

static void add_map(struct link *link, const char *name, struct nx_map map)
{
	map.name = nx_string(&link->build, name);
	link->maps++;
	nx_append(&link->build, NX_SEC_MAPS, &map, sizeof(map));
}

/* A map of the engine. */
static void place_plain(struct link *link, struct scx_map *map, uint32_t type,
			uint32_t key_bytes, uint32_t value_bytes)
{
	struct nx_map entry = {.type = type,
			       .key_bytes = key_bytes,
			       .value_bytes = value_bytes,
			       .entries = (uint32_t)map->entries};

	map->place = link->maps;
	add_map(link, map->name, entry);
}

static void place_storage(struct link *link, struct scx_map *map)
{
	uint64_t bytes = (map->value_bytes + 7) / 8 * 8;

	map->place = link->storage_bytes;
	if (bytes > STORAGE_BYTES - link->storage_bytes)
		link_error(
			link, map->object,
			"map %s: a task has %zu bytes of storage, and this would be %zu",
			map->name, STORAGE_BYTES,
			(size_t)(link->storage_bytes + bytes));
	else
		link->storage_bytes += (uint32_t)bytes;
}

static void place_map(struct link *link, struct scx_map *map)
{
	uint32_t key = (uint32_t)map->key_bytes;
	uint32_t value = (uint32_t)map->value_bytes;

	switch (map->type) {
	case LINUX_HASH:
		place_plain(link, map, NIMBLE_MAP_HASH, key, value);
		break;
	case LINUX_ARRAY:
		place_plain(link, map, NIMBLE_MAP_ARRAY, key, value);
		break;
	case LINUX_PERCPU_ARRAY:
		place_plain(link, map, NIMBLE_MAP_PERCPU_ARRAY, key, value);
		break;
	case LINUX_QUEUE:
		place_plain(link, map, NIMBLE_MAP_QUEUE, 0, value);
		break;
	case LINUX_RINGBUF:
		place_plain(link, map, NIMBLE_MAP_RING, 0, 0);
		break;
	case LINUX_TASK_STORAGE:
		place_storage(link, map);
		break;
	case LINUX_ARRAY_OF_MAPS:
		break; /* in data: scx_place_rest() */
	case LINUX_CGRP_STORAGE:
		link_error(link, map->object, "map %s: %s", map->name,
			   scx_absent("cgrp"));
		break;
	default:
		link_error(
			link, map->object,
			"map %s is of Linux's type %u, which is not there: docs/policies.md has the table",
			map->name, (unsigned int)map->type);
	}
}

static void take_map(struct link *link, struct link_object *object,
		     const struct link_target *t)
{
	struct scx_map *map;

	link->scx_maps = realloc(link->scx_maps,
				 (link->scx_map_count + 1) * sizeof(*map));
	if (!link->scx_maps)
		abort();
	map = &link->scx_maps[link->scx_map_count++];
	*map = (struct scx_map){.object = object,
				.section = t->section,
				.name = t->name,
				.at = (uint32_t)t->symbol.st_value,
				.bytes = (uint32_t)t->symbol.st_size};
	if (!link_members(object, t->name, read_member, map) || !map->type)
		link_error(link, object, "%s in .maps is no map", t->name);
	else
		place_map(link, map);
}

/* Whether data holds an address in the section. */
static bool pointed_at(struct link *link, const struct link_section *to)
{
	size_t o, i, r;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_object *object = &link->object[o];
			struct link_section *s = &object->section[i];

			if (!s->live || s->kind == LINK_CODE)
				continue;
			for (r = 0; r < link_rel_count(object, s); r++) {
				GElf_Rel rel = link_rel(object, s, r);

				if (link_resolve(link, object, &rel).section ==
				    to)
					return true;
			}
		}
	return false;
}

/* A global variable that starts as 0 and is alone in its section. */
static void show_variable(struct link *link, const struct link_target *t)
{
	struct link_section *s = t->section;
	struct nx_map map = {.type = NIMBLE_MAP_ARRAY,
			     .key_bytes = 4,
			     .value_bytes = (uint32_t)t->symbol.st_size,
			     .entries = 1};

	if (!s || !s->live || s->kind != LINK_BSS || t->symbol.st_value ||
	    !t->symbol.st_size || t->symbol.st_size != s->header.sh_size ||
	    t->symbol.st_size > SHOWN_BYTES || link->maps >= SHOWN_MOST ||
	    GELF_ST_BIND(t->symbol.st_info) != STB_GLOBAL ||
	    GELF_ST_TYPE(t->symbol.st_info) != STT_OBJECT ||
	    pointed_at(link, s))
		return;
	s->kind = LINK_SHOWN;
	s->base = link->maps;
	add_map(link, t->name, map);
}

static void each_symbol(struct link *link, bool maps)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; !link->object[o].library &&
			    i < link->object[o].symbol_count;
		     i++) {
			struct link_object *object = &link->object[o];
			struct link_target t = link_symbol(object, i);

			if (!maps)
				show_variable(link, &t);
			else if (t.section && t.section->kind == LINK_MAPS &&
				 GELF_ST_TYPE(t.symbol.st_info) == STT_OBJECT)
				take_map(link, object, &t);
		}
}

void scx_place_maps(struct link *link)
{
	each_symbol(link, true);
	each_symbol(link, false);
}

void scx_place_tables(struct link *link)
{
	size_t i;

	for (i = 0; i < link->scx_map_count; i++) {
		struct scx_map *map = &link->scx_maps[i];

		if (map->type != LINUX_ARRAY_OF_MAPS)
			continue;
		if (map->entries > NX_MAX_MAPS) {
			link_error(link, map->object,
				   "map %s: an image has at most %d maps",
				   map->name, NX_MAX_MAPS);
			continue;
		}
		map->place = link_align(link->data_bytes, 8);
		link->data_bytes = map->place + 8 + 8 * (uint32_t)map->entries;
	}
}

static struct scx_map *map_at(struct link *link,
			      const struct link_section *section, uint64_t at)
{
	size_t i;

	for (i = 0; i < link->scx_map_count; i++) {
		struct scx_map *map = &link->scx_maps[i];

		if (map->section == section && at >= map->at &&
		    at - map->at < map->bytes)
			return map;
	}
	return NULL;
}

/* One element of an array of maps. */
static void make_handle(struct link *link, const struct scx_map *map,
			const GElf_Rel *rel)
{
	struct link_target t = link_resolve(link, map->object, rel);
	const struct scx_map *inner =
		t.section ? map_at(link, t.section, t.symbol.st_value) : NULL;
	uint64_t at = rel->r_offset - map->at - map->values_at;
	struct nx_reloc reloc = {.where_section = NX_SEC_DATA,
				 .target_section = NX_SEC_MAPS};

	if (!inner || inner->type == LINUX_ARRAY_OF_MAPS ||
	    inner->type == LINUX_TASK_STORAGE || at / 8 >= map->entries) {
		link_error(link, map->object,
			   "map %s holds %s, which cannot be in it", map->name,
			   t.name);
		return;
	}
	reloc.where = map->place + 8 + (uint32_t)at;
	reloc.target = inner->place;
	nx_append(&link->build, NX_SEC_RELOCS, &reloc, sizeof(reloc));
}

void scx_make_tables(struct link *link)
{
	size_t i, r;

	for (i = 0; i < link->scx_map_count; i++) {
		struct scx_map *map = &link->scx_maps[i];

		if (map->type != LINUX_ARRAY_OF_MAPS)
			continue;
		memcpy(link_image_bytes(link, NX_SEC_DATA, map->place),
		       &map->entries, sizeof(map->entries));
		for (r = 0; r < link_rel_count(map->object, map->section);
		     r++) {
			GElf_Rel rel = link_rel(map->object, map->section, r);

			if (map_at(link, map->section, rel.r_offset) == map)
				make_handle(link, map, &rel);
		}
	}
}

bool scx_relocate_map(struct link *link, const struct link_target *t,
		      uint32_t offset, struct nx_insn *insn)
{
	const struct scx_map *map;
	uint32_t added;
	bool is_handle;

	if (t->section->kind == LINK_SHOWN) {
		insn->src = NX_IMM_VALUE;
		insn->imm = (int32_t)t->section->base;
		insn[1].imm = (int32_t)offset;
		return true;
	}
	/* Compilers add what the headers add, so the offset may lie outside the
	 * variable; a name says which it is. */
	map = map_at(link, t->section,
		     GELF_ST_TYPE(t->symbol.st_info) == STT_SECTION
			     ? offset
			     : t->symbol.st_value);
	if (!map)
		return false;
	added = offset - map->at;
	is_handle = map->type != LINUX_TASK_STORAGE &&
		    map->type != LINUX_ARRAY_OF_MAPS;
	if (is_handle && added)
		return false;
	insn->imm = (int32_t)(map->place + added);
	insn->src = map->type == LINUX_TASK_STORAGE    ? NX_IMM64
		    : map->type == LINUX_ARRAY_OF_MAPS ? NX_IMM_DATA
						       : NX_IMM_MAP;
	return true;
}
