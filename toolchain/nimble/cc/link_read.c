/* SPDX-License-Identifier: MIT */
/* The linker: objects, their sections, symbols and relocations, as libelf reads
 * them. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/nimble/cc/link_priv.h"

void link_error(struct link *link, const struct link_object *object,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "nimble-cc: %s%s", object ? object->name : "",
		object ? ": " : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	link->errors++;
}

bool link_starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static int classify(const struct link_section *section)
{
	GElf_Xword flags = section->header.sh_flags;

	if (!(flags & SHF_ALLOC))
		return LINK_NONE;
	if (link_starts(section->name, "maps/"))
		return LINK_MAP;
	if (!strcmp(section->name, ".maps"))
		return LINK_MAPS;
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
		object->symbol_count = section->data ? section->data->d_size /
							       sizeof(Elf64_Sym)
						     : 0;
		object->symbol_names = section->header.sh_link;
	}
	if (section->header.sh_type == SHT_REL &&
	    section->header.sh_info < object->sections)
		object->section[section->header.sh_info].relocs = (int)index;
	/* Not all versions of clang leave their name in .comment. */
	if (!strcmp(section->name, ".llvm_addrsig") ||
	    (!strcmp(section->name, ".comment") && section->data &&
	     memmem(section->data->d_buf, section->data->d_size, "clang", 5)))
		object->adds_symbol = false;
	section->kind = classify(section);
	if (link_starts(section->name, HOOK) && !object->library)
		section->hook = section->name + strlen(HOOK);
}

__attribute__((noreturn)) static void out_of_memory(void)
{
	fputs("nimble-cc: out of memory\n", stderr);
	exit(1);
}

/* Zeroed sections, for the life of the program. */
static struct link_section *new_sections(size_t count)
{
	struct link_section *sections = calloc(count, sizeof(*sections));

	if (!sections)
		out_of_memory();
	return sections;
}

static struct link_object *new_object(struct link *link)
{
	struct link_object *objects = realloc(
		link->object, (link->objects + 1) * sizeof(*link->object));

	if (!objects)
		out_of_memory();
	link->object = objects;
	return &objects[link->objects++];
}

void link_open(struct link *link, const char *path, const char *name,
	       bool library)
{
	struct link_object object = {
		.name = name, .adds_symbol = true, .library = library};
	GElf_Ehdr header;
	size_t i;

	elf_version(EV_CURRENT);
	object.fd = open(path, O_RDONLY);
	if (object.fd < 0) {
		link_error(link, &object, "%s", strerror(errno));
		return;
	}
	object.elf = elf_begin(object.fd, ELF_C_READ_MMAP_PRIVATE, NULL);
	if (!object.elf || !gelf_getehdr(object.elf, &header) ||
	    header.e_machine != EM_BPF || header.e_type != ET_REL ||
	    elf_getshdrnum(object.elf, &object.sections) ||
	    elf_getshdrstrndx(object.elf, &object.names)) {
		link_error(link, &object, "not a relocatable eBPF object");
		return;
	}
	object.section = new_sections(object.sections);
	for (i = 1; i < object.sections; i++)
		read_section(&object, i);
	*new_object(link) = object;
}

struct link_target link_symbol(struct link_object *object, size_t index)
{
	struct link_target target = {.object = object, .name = ""};

	if (!object->symbols ||
	    !gelf_getsym(object->symbols, (int)index, &target.symbol))
		return target;
	if (target.symbol.st_shndx != SHN_UNDEF &&
	    target.symbol.st_shndx < object->sections)
		target.section = &object->section[target.symbol.st_shndx];
	if (target.section &&
	    GELF_ST_TYPE(target.symbol.st_info) == STT_SECTION)
		target.name = target.section->name;
	else
		target.name = elf_strptr(object->elf, object->symbol_names,
					 target.symbol.st_name);
	if (!target.name)
		target.name = "";
	return target;
}

struct link_target link_global(struct link *link, const char *name)
{
	struct link_target found = {.name = name};
	size_t o, i;

	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].symbol_count; i++) {
			struct link_target t = link_symbol(&link->object[o], i);
			unsigned int bind = GELF_ST_BIND(t.symbol.st_info);

			if (!t.section || bind == STB_LOCAL ||
			    strcmp(t.name, name))
				continue;
			if (bind != STB_WEAK)
				return t;
			if (!found.section)
				found = t;
		}
	return found;
}

struct link_target link_resolve(struct link *link, struct link_object *object,
				const GElf_Rel *rel)
{
	struct link_target target =
		link_symbol(object, GELF_R_SYM(rel->r_info));

	if (target.section && GELF_ST_BIND(target.symbol.st_info) != STB_WEAK)
		return target;
	return link_global(link, target.name);
}

size_t link_rel_count(const struct link_object *object,
		      const struct link_section *section)
{
	const Elf_Data *data =
		section->relocs ? object->section[section->relocs].data : NULL;

	return data ? data->d_size / sizeof(Elf64_Rel) : 0;
}

GElf_Rel link_rel(const struct link_object *object,
		  const struct link_section *section, size_t i)
{
	GElf_Rel rel = {0};

	gelf_getrel(object->section[section->relocs].data, (int)i, &rel);
	return rel;
}

/* The map section that a ".values.NAME" symbol belongs to. */
struct link_section *link_map_named(struct link *link, const char *name)
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
