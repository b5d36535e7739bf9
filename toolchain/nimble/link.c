/* SPDX-License-Identifier: MIT */
/* The linker: sections that hooks need, placed, relocated, and tabled. */
/*
 * Hooks are functions in sections "hook/NAME"; they and all that they refer
 * to are live, the rest is left out, so that a library costs only what is
 * used of it. Maps are descriptions in sections "maps/NAME"; a symbol
 * ".values.NAME" stands for the map's values. What no object defines must be
 * a helper.
 *
 * Two dialects of relocation. LLVM leaves the addend in the field. Binutils
 * also leaves the symbol's own value there when the symbol is defined in the
 * object, for data and for lddw (in bytes for call, where it means nothing).
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nimble/abi/mapdef.h"
#include "nimble/abi/map.h"
#include "toolchain/nimble/link.h"

#define R_BPF_64_64 1 /* lddw */
#define R_BPF_64_ABS64 2 /* data, LLVM */
#define R_BPF_64_32 10 /* call */
#define R_BPF_GNU_DATA64 12 /* data, binutils */

#define VALUES ".values."

/* What a relocation refers to. */
struct target {
	struct link_object *object;
	struct link_section *section; /* NULL: undefined here */
	GElf_Sym symbol;
	const char *name;
};

void link_error(struct link *link, const struct link_object *object,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "nimble-cc: %s%s", object ? object->path : "",
		object ? ": " : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	link->errors++;
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static int classify(const struct link_section *section)
{
	GElf_Xword flags = section->header.sh_flags;

	if (!(flags & SHF_ALLOC))
		return LINK_NONE;
	if (starts(section->name, "maps/"))
		return LINK_MAP;
	if (flags & SHF_EXECINSTR)
		return LINK_CODE;
	if (section->header.sh_type == SHT_NOBITS)
		return LINK_BSS;
	return flags & SHF_WRITE ? LINK_DATA : LINK_RODATA;
}

static void read_section(struct link_object *object, size_t index)
{
	struct link_section *section = &object->section[index];
	Elf_Scn *scn = elf_getscn(object->elf, index);

	gelf_getshdr(scn, &section->header);
	section->name =
		elf_strptr(object->elf, object->names, section->header.sh_name);
	if (!section->name)
		section->name = "";
	if (section->header.sh_type != SHT_NOBITS)
		section->data = elf_getdata(scn, NULL);
	if (section->header.sh_type == SHT_SYMTAB) {
		object->symbols = section->data;
		object->symbol_count =
			section->header.sh_size / sizeof(Elf64_Sym);
		object->symbol_names = section->header.sh_link;
	}
	if (section->header.sh_type == SHT_REL &&
	    section->header.sh_info < object->sections)
		object->section[section->header.sh_info].relocs = (int)index;
	if (!strcmp(section->name, ".comment") && section->data &&
	    memmem(section->data->d_buf, section->data->d_size, "clang", 5))
		object->adds_symbol = false;
	section->kind = classify(section);
}

void link_open(struct link *link, const char *path, bool library)
{
	struct link_object *object;
	GElf_Ehdr header;
	size_t i;

	link->object = realloc(link->object,
			       (link->objects + 1) * sizeof(*link->object));
	object = &link->object[link->objects++];
	*object = (struct link_object){
		.path = path, .adds_symbol = true, .library = library};
	elf_version(EV_CURRENT);
	object->fd = open(path, O_RDONLY);
	if (object->fd < 0) {
		link_error(link, object, "%s", strerror(errno));
		return;
	}
	object->elf = elf_begin(object->fd, ELF_C_READ_MMAP_PRIVATE, NULL);
	if (!object->elf || !gelf_getehdr(object->elf, &header) ||
	    header.e_machine != EM_BPF || header.e_type != ET_REL ||
	    elf_getshdrnum(object->elf, &object->sections) ||
	    elf_getshdrstrndx(object->elf, &object->names)) {
		link_error(link, object, "not a relocatable eBPF object");
		return;
	}
	object->section = calloc(object->sections, sizeof(*object->section));
	for (i = 1; i < object->sections; i++)
		read_section(object, i);
}

static struct target symbol_at(struct link_object *object, size_t index)
{
	struct target target = {.object = object, .name = ""};

	if (!object->symbols ||
	    !gelf_getsym(object->symbols, (int)index, &target.symbol))
		return target;
	target.name = elf_strptr(object->elf, object->symbol_names,
				 target.symbol.st_name);
	if (target.symbol.st_shndx != SHN_UNDEF &&
	    target.symbol.st_shndx < object->sections)
		target.section = &object->section[target.symbol.st_shndx];
	return target;
}

/* The object that defines a global symbol; its section is NULL if none. */
static struct target global(struct link *link, const char *name)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].symbol_count; i++) {
			struct target t = symbol_at(&link->object[o], i);

			if (t.section && t.name &&
			    GELF_ST_BIND(t.symbol.st_info) != STB_LOCAL &&
			    !strcmp(t.name, name))
				return t;
		}
	return (struct target){.name = name};
}

static struct target resolve(struct link *link, struct link_object *object,
			     const GElf_Rel *rel)
{
	struct target target = symbol_at(object, GELF_R_SYM(rel->r_info));

	return target.section ? target : global(link, target.name);
}

static size_t rel_count(const struct link_object *object,
			const struct link_section *section)
{
	return section->relocs
		       ? object->section[section->relocs].header.sh_size /
				 sizeof(Elf64_Rel)
		       : 0;
}

static GElf_Rel rel_at(const struct link_object *object,
		       const struct link_section *section, size_t i)
{
	GElf_Rel rel = {0};

	gelf_getrel(object->section[section->relocs].data, (int)i, &rel);
	return rel;
}

/* The map section that a ".values.NAME" symbol belongs to. */
static struct link_section *map_named(struct link *link, const char *name)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_section *s = &link->object[o].section[i];

			if (s->kind == LINK_MAP && !strcmp(s->name + 5, name))
				return s;
		}
	return NULL;
}

/* Mark a section and all that it refers to. */
static void mark(struct link *link, struct link_object *object,
		 struct link_section *section)
{
	size_t i;

	if (section->live || section->kind == LINK_NONE)
		return;
	section->live = true;
	for (i = 0; i < rel_count(object, section); i++) {
		GElf_Rel rel = rel_at(object, section, i);
		struct target t = resolve(link, object, &rel);

		if (t.section)
			mark(link, t.object, t.section);
	}
}

static void mark_roots(struct link *link)
{
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_section *s = &link->object[o].section[i];

			if (!link->object[o].library &&
			    (starts(s->name, "hook/") || s->kind == LINK_MAP))
				mark(link, &link->object[o], s);
		}
}

static uint32_t align_to(uint32_t value, uint64_t align)
{
	return align > 1 ? (uint32_t)((value + align - 1) / align * align)
			 : value;
}

static void place_in(uint32_t *at, struct link_section *section)
{
	section->base = align_to(*at, section->header.sh_addralign);
	*at = section->base + (uint32_t)section->header.sh_size;
}

static void place_map(struct link *link, struct link_object *object,
		      struct link_section *section)
{
	const struct nimble_map_def *def = section->data->d_buf;
	struct nx_map map = {0};

	section->base = link->maps++;
	if (section->data->d_size < sizeof(*def)) {
		link_error(link, object, "%s is no map description",
			   section->name);
		return;
	}
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
	if (section->data && section->data->d_size < section->header.sh_size) {
		link_error(link, object, "section %s is truncated",
			   section->name);
		return;
	}
	switch (section->kind) {
	case LINK_CODE:
		place_in(&link->code_bytes, section);
		break;
	case LINK_RODATA:
		place_in(&link->rodata_bytes, section);
		break;
	case LINK_DATA:
		place_in(&link->data_bytes, section);
		break;
	case LINK_BSS:
		place_in(&link->bss_bytes, section);
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

static uint8_t *image_bytes(struct link *link, unsigned int section,
			    uint32_t offset)
{
	return link->build.section[section].data + offset;
}

static unsigned int image_section(const struct link_section *section)
{
	return section->kind == LINK_CODE     ? NX_SEC_CODE
	       : section->kind == LINK_RODATA ? NX_SEC_RODATA
					      : NX_SEC_DATA;
}

static void copy(struct link *link, struct link_object *object,
		 struct link_section *section)
{
	(void)object;
	if (section->kind == LINK_CODE || section->kind == LINK_RODATA ||
	    section->kind == LINK_DATA)
		memcpy(image_bytes(link, image_section(section), section->base),
		       section->data->d_buf, section->header.sh_size);
}

/* Offset of what is addressed, in its object's section. */
static uint32_t offset_of(const struct link_object *object,
			  const struct target *target, int64_t field)
{
	bool included = object == target->object && object->adds_symbol;

	return (uint32_t)(field +
			  (included ? 0 : (int64_t)target->symbol.st_value));
}

/* In data, bss lies right behind what is initialised. */
static uint32_t data_offset(const struct link *link,
			    const struct link_section *section)
{
	return section->base +
	       (section->kind == LINK_BSS ? align_to(link->data_bytes, 64) : 0);
}

static void relocate_values(struct link *link, struct link_object *object,
			    struct nx_insn *insn, const char *name)
{
	const struct link_section *map = map_named(link, name);

	if (!map) {
		link_error(link, object, "there is no map %s", name);
		return;
	}
	insn[1].imm = insn->imm;
	insn->imm = (int32_t)map->base;
	insn->src = NX_IMM_VALUE;
}

static void relocate_lddw(struct link *link, struct link_object *object,
			  struct nx_insn *insn, const struct target *t)
{
	uint32_t offset = offset_of(object, t, insn->imm);

	if (!t->section && starts(t->name, VALUES)) {
		relocate_values(link, object, insn, t->name + strlen(VALUES));
		return;
	}
	if (!t->section) {
		link_error(link, object, "undefined: %s", t->name);
		return;
	}
	insn[1].imm = 0;
	switch (t->section->kind) {
	case LINK_MAP:
		insn->src = NX_IMM_MAP;
		insn->imm = (int32_t)t->section->base;
		break;
	case LINK_DATA:
	case LINK_BSS:
		insn->src = NX_IMM_DATA;
		insn->imm = (int32_t)(data_offset(link, t->section) + offset);
		break;
	case LINK_RODATA:
		insn->src = NX_IMM_RODATA;
		insn->imm = (int32_t)(t->section->base + offset);
		break;
	default:
		link_error(link, object,
			   "the address of function %s is taken: calls "
			   "through pointers are not supported",
			   t->name);
	}
}

static void relocate_call(struct link *link, struct link_object *object,
			  struct nx_insn *insn, uint32_t at,
			  const struct target *t)
{
	int32_t slot;

	if (!t->section && nx_signature(t->name)) {
		insn->src = NX_CALL_HELPER;
		insn->imm = (int32_t)nx_import(&link->build, t->name);
		return;
	}
	if (!t->section || t->section->kind != LINK_CODE) {
		link_error(link, object,
			   "undefined function %s: no file defines it, and it "
			   "is no helper",
			   t->name);
		return;
	}
	slot = GELF_ST_TYPE(t->symbol.st_info) == STT_SECTION
		       ? insn->imm + 1
		       : (int32_t)(t->symbol.st_value / 8);
	insn->src = NX_CALL_LOCAL;
	insn->imm =
		(int32_t)(t->section->base / 8) + slot - (int32_t)(at / 8) - 1;
}

static void relocate_data(struct link *link, struct link_object *object,
			  const struct link_section *section, uint32_t at,
			  const struct target *t)
{
	int64_t field;
	struct nx_reloc reloc = {0};

	memcpy(&field, (uint8_t *)section->data->d_buf + at, sizeof(field));
	if (!t->section ||
	    (t->section->kind != LINK_DATA && t->section->kind != LINK_BSS &&
	     t->section->kind != LINK_RODATA)) {
		link_error(link, object,
			   "data holds the address of %s, which is no data",
			   t->name);
		return;
	}
	reloc.where_section = (uint16_t)image_section(section);
	reloc.where = section->base + at;
	reloc.target_section =
		t->section->kind == LINK_RODATA ? NX_SEC_RODATA : NX_SEC_DATA;
	reloc.target = offset_of(object, t, field) +
		       (t->section->kind == LINK_RODATA
				? t->section->base
				: data_offset(link, t->section));
	nx_append(&link->build, NX_SEC_RELOCS, &reloc, sizeof(reloc));
}

static void relocate_one(struct link *link, struct link_object *object,
			 struct link_section *section, const GElf_Rel *rel)
{
	struct target t = resolve(link, object, rel);
	uint32_t at = (uint32_t)rel->r_offset;
	struct nx_insn *insn;

	if (rel->r_offset + 8 > section->header.sh_size ||
	    section->kind == LINK_MAP || section->kind == LINK_BSS) {
		link_error(link, object, "bad relocation in %s", section->name);
		return;
	}
	insn = (void *)image_bytes(link, image_section(section),
				   section->base + at);
	switch (GELF_R_TYPE(rel->r_info)) {
	case R_BPF_64_64:
		relocate_lddw(link, object, insn, &t);
		break;
	case R_BPF_64_32:
		relocate_call(link, object, insn, section->base + at, &t);
		break;
	case R_BPF_64_ABS64:
	case R_BPF_GNU_DATA64:
		relocate_data(link, object, section, at, &t);
		break;
	default:
		link_error(link, object, "relocation of unknown type %u",
			   (unsigned int)GELF_R_TYPE(rel->r_info));
	}
}

static void relocate(struct link *link, struct link_object *object,
		     struct link_section *section)
{
	size_t i;

	for (i = 0; i < rel_count(object, section); i++) {
		GElf_Rel rel = rel_at(object, section, i);

		relocate_one(link, object, section, &rel);
	}
}

/* Each function of a live code section, and each hook, by its symbol. */
static void table_functions(struct link *link, struct link_object *object,
			    struct link_section *section)
{
	size_t i;

	for (i = 1; i < object->symbol_count; i++) {
		struct target t = symbol_at(object, i);
		struct nx_func func;
		struct nx_hook hook = {0};

		if (t.section != section || section->kind != LINK_CODE ||
		    GELF_ST_TYPE(t.symbol.st_info) != STT_FUNC)
			continue;
		func.name = nx_string(&link->build, t.name);
		func.insn = (uint32_t)(section->base + t.symbol.st_value) / 8;
		nx_append(&link->build, NX_SEC_FUNCS, &func, sizeof(func));
		if (!starts(section->name, "hook/") || object->library)
			continue;
		hook.hook = nx_string(&link->build, section->name + 5);
		hook.function = func.name;
		hook.insn = func.insn;
		nx_append(&link->build, NX_SEC_HOOKS, &hook, sizeof(hook));
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

			if (!strcmp(s->name, "licence") && s->data &&
			    s->data->d_size &&
			    !((char *)s->data->d_buf)[s->data->d_size - 1])
				link->build.licence =
					nx_string(&link->build, s->data->d_buf);
		}
}

unsigned int link_all(struct link *link)
{
	struct nx_buffer *funcs;
	size_t o;

	if (link->errors)
		return link->errors;
	mark_roots(link);
	for_live(link, place);
	if (!link->code_bytes)
		link_error(link, NULL, "no hooks: mark a function HOOK(name)");
	if (link->errors)
		return link->errors;
	nx_append(&link->build, NX_SEC_CODE, NULL, link->code_bytes);
	nx_append(&link->build, NX_SEC_RODATA, NULL, link->rodata_bytes);
	nx_append(&link->build, NX_SEC_DATA, NULL,
		  link->data_bytes && link->bss_bytes
			  ? align_to(link->data_bytes, 64)
			  : link->data_bytes);
	link->build.bss_bytes = link->bss_bytes;
	for_live(link, copy);
	for_live(link, relocate);
	for_live(link, table_functions);
	funcs = &link->build.section[NX_SEC_FUNCS];
	if (funcs->bytes)
		qsort(funcs->data, funcs->bytes / sizeof(struct nx_func),
		      sizeof(struct nx_func), by_insn);
	find_licence(link);
	for (o = 0; link->lines && o < link->objects; o++)
		link_lines(link, &link->object[o]);
	return link->errors;
}
