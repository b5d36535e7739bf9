/* SPDX-License-Identifier: MIT */
/* The linker: sections that hooks need, placed, relocated, and tabled. */
/*
 * Hooks are functions in sections "hook/NAME". They and all that they refer to
 * are live; the rest is left out, so that a library costs only what is used of
 * it. Maps are descriptions in sections "maps/NAME"; a symbol ".values.NAME"
 * stands for the map's values. A symbol that no object defines must be a
 * helper.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/abi/mapdef.h"
#include "toolchain/nimble/cc/link_scx.h"

void link_mark(struct link *link, struct link_object *object,
	       struct link_section *section)
{
	size_t i;

	if (section->live || section->kind == LINK_NONE ||
	    section->kind == LINK_MAPS)
		return;
	section->live = true;
	for (i = 0; i < link_rel_count(object, section); i++) {
		GElf_Rel rel = link_rel(object, section, i);
		struct link_target t = link_resolve(link, object, &rel);

		if (t.section)
			link_mark(link, t.object, t.section);
	}
}

static void mark_roots(struct link *link)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_section *s = &link->object[o].section[i];

			if (!link->object[o].library &&
			    (s->hook || s->kind == LINK_MAP))
				link_mark(link, &link->object[o], s);
		}
}

uint32_t link_align(uint32_t value, uint64_t align)
{
	return align > 1 ? (uint32_t)((value + align - 1) / align * align)
			 : value;
}

/* Data and bss start at multiples of this many bytes in the arena. */
#define ALIGN_MOST 64
#define SECTION_MOST \
	(1u << 30) /* so that 32 bits hold sums; no image is so large */

static void place_in(struct link *link, const struct link_object *object,
		     uint32_t *at, struct link_section *section)
{
	uint64_t bytes = section->header.sh_size;
	uint64_t align = section->header.sh_addralign;

	section->base = link_align(*at, align);
	if (align > ALIGN_MOST)
		link_error(link, object,
			   "section %s is aligned to %" PRIu64
			   " bytes; at most %u can be had",
			   section->name, align, ALIGN_MOST);
	else if (bytes > SECTION_MOST || section->base > SECTION_MOST)
		link_error(link, object, "section %s has %" PRIu64 " bytes",
			   section->name, bytes);
	else
		*at = section->base + (uint32_t)bytes;
}

static void place_map(struct link *link, struct link_object *object,
		      struct link_section *section)
{
	const struct nimble_map_def *def;
	struct nx_map map = {0};

	section->base = link->maps++;
	if (!section->data || section->data->d_size < sizeof(*def)) {
		link_error(link, object, "%s is no map description",
			   section->name);
		return;
	}
	def = section->data->d_buf;
	map.name = nx_string(&link->build, section->name + 5);
	map.type = def->type;
	map.key_bytes = def->key_bytes;
	map.value_bytes = def->value_bytes;
	map.entries = def->entries;
	nx_append(&link->build, NX_SEC_MAPS, &map, sizeof(map));
}

static void place(struct link *link, struct link_object *object,
		  struct link_section *section)
{
	if (section->header.sh_type != SHT_NOBITS &&
	    (!section->data ||
	     section->data->d_size < section->header.sh_size)) {
		link_error(link, object, "section %s is truncated",
			   section->name);
		return;
	}
	switch (section->kind) {
	case LINK_CODE:
		place_in(link, object, &link->code_bytes, section);
		break;
	case LINK_RODATA:
		place_in(link, object, &link->rodata_bytes, section);
		break;
	case LINK_DATA:
		place_in(link, object, &link->data_bytes, section);
		break;
	case LINK_BSS:
		place_in(link, object, &link->bss_bytes, section);
		break;
	case LINK_MAP:
		place_map(link, object, section);
		break;
	}
}

typedef void section_fn(struct link *link, struct link_object *object,
			struct link_section *section);

static void for_live(struct link *link, section_fn *function)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++)
			if (link->object[o].section[i].live)
				function(link, &link->object[o],
					 &link->object[o].section[i]);
}

static void copy(struct link *link, struct link_object *object,
		 struct link_section *section)
{
	(void)object;
	if (section->header.sh_type != SHT_NOBITS &&
	    (section->kind == LINK_CODE || section->kind == LINK_RODATA ||
	     section->kind == LINK_DATA))
		memcpy(link_image_bytes(link, link_image_section(section),
					section->base),
		       section->data->d_buf, section->header.sh_size);
}

/* Each function of a live code section, and each hook, by its symbol. */
static void table_functions(struct link *link, struct link_object *object,
			    struct link_section *section)
{
	size_t i;

	for (i = 1; i < object->symbol_count; i++) {
		struct link_target t = link_symbol(object, i);
		struct nx_func func;
		struct nx_hook hook = {0};

		if (t.section != section || section->kind != LINK_CODE ||
		    GELF_ST_TYPE(t.symbol.st_info) != STT_FUNC)
			continue;
		func.name = nx_string(&link->build, t.name);
		func.insn = (uint32_t)(section->base + t.symbol.st_value) / 8;
		nx_append(&link->build, NX_SEC_FUNCS, &func, sizeof(func));
		if (!section->hook)
			continue;
		hook.ctx_bytes =
			link_context(link, object, t.name, section->hook);
		hook.hook = nx_string(&link->build, section->hook);
		hook.function = func.name;
		hook.insn = scx_entry(link, section, func.insn);
		nx_append(&link->build, NX_SEC_HOOKS, &hook, sizeof(hook));
	}
}

/* What the objects say about their policy. */
static void find_policy(struct link *link)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_section *s = &link->object[o].section[i];

			if (!strcmp(s->name, "policy") && s->data)
				nx_append(&link->build, NX_SEC_POLICY,
					  s->data->d_buf, s->data->d_size);
		}
}

static int by_insn(const void *a, const void *b)
{
	const struct nx_func *x = a, *y = b;

	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

static void find_licence(struct link *link)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_section *s = &link->object[o].section[i];

			if ((!strcmp(s->name, "licence") ||
			     !strcmp(s->name, "license")) &&
			    s->data && s->data->d_size &&
			    !((char *)s->data->d_buf)[s->data->d_size - 1])
				link->build.licence =
					nx_string(&link->build, s->data->d_buf);
		}
}

/* A symbol that an earlier object defines, too. The library's definition is
 * left out. */
static void check_symbol(struct link *link, struct link_object *object,
			 size_t index)
{
	struct link_target t = link_symbol(object, index), first;

	if (!t.section || GELF_ST_BIND(t.symbol.st_info) != STB_GLOBAL)
		return;
	first = link_global(link, t.name);
	if (first.object != object)
		link_error(link, object, "%s is defined in %s, too", t.name,
			   first.object->name);
}

/* A map that an earlier object describes, too: a file cannot refer to
 * another file's map. */
static void check_map(struct link *link, struct link_object *object,
		      const struct link_section *section)
{
	const struct link_object *other = link->object;
	size_t i;

	for (; section->kind == LINK_MAP && other < object; other++)
		for (i = 1; i < other->sections; i++)
			if (other->section[i].kind == LINK_MAP &&
			    !strcmp(other->section[i].name, section->name))
				link_error(link, object,
					   "map %s is defined in %s, too",
					   section->name + 5, other->name);
}

static void check_section(struct link *link, struct link_object *object,
			  const struct link_section *section)
{
	check_map(link, object, section);
	if (section->hook)
		link_check_hook(link, object, section->hook);
	if (link_starts(section->name, ".struct_ops") && !link->scx)
		link_error(link, object,
			   "%s has operations of Linux's sched_ext: try --scx",
			   section->name);
}

static void check_definitions(struct link *link)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++) {
		struct link_object *object = &link->object[o];

		for (i = 1; !object->library && i < object->symbol_count; i++)
			check_symbol(link, object, i);
		for (i = 1; i < object->sections; i++)
			check_section(link, object, &object->section[i]);
	}
}

unsigned int link_all(struct link *link)
{
	struct nx_buffer *funcs;
	size_t o;

	if (link->errors)
		return link->errors;
	check_definitions(link);
	if (link->scx)
		scx_read_ops(link);
	mark_roots(link);
	if (link->scx) {
		scx_mark_hooks(link);
		scx_place_maps(link);
	}
	for_live(link, place);
	if (link->scx)
		scx_place_rest(link);
	if (!link->code_bytes)
		link_error(link, NULL, "no hooks: mark a function HOOK(name)");
	if (link->errors)
		return link->errors;
	nx_append(&link->build, NX_SEC_CODE, NULL, link->code_bytes);
	nx_append(&link->build, NX_SEC_RODATA, NULL, link->rodata_bytes);
	nx_append(&link->build, NX_SEC_DATA, NULL,
		  link->data_bytes && link->bss_bytes
			  ? link_align(link->data_bytes, 64)
			  : link->data_bytes);
	link->build.bss_bytes = link->bss_bytes;
	for_live(link, copy);
	link_write_sets(link);
	if (link->scx) {
		scx_make_tables(link);
		scx_make_code(link);
	}
	for_live(link, link_relocate);
	for_live(link, table_functions);
	funcs = &link->build.section[NX_SEC_FUNCS];
	if (funcs->bytes)
		qsort(funcs->data, funcs->bytes / sizeof(struct nx_func),
		      sizeof(struct nx_func), by_insn);
	find_licence(link);
	find_policy(link);
	for (o = 0; link->lines && o < link->objects; o++)
		link_lines(link, &link->object[o]);
	return link->errors;
}
