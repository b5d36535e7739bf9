/* SPDX-License-Identifier: MIT */
/* Reading the object file: functions, and the relocations that make holes. */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/nimble/stencil/stencil.h"

#define PREFIX "stencil__"
#define HOLE "nimble_hole_"

struct object {
	Elf *elf;
	Elf_Data *symbols;
	size_t count, names; /* symbols; the section of their names */
	Elf_Scn **relocations; /* by the section that they are for */
};

static const char *symbol_name(const struct object *object, size_t i,
			       GElf_Sym *symbol)
{
	gelf_getsym(object->symbols, (int)i, symbol);
	return elf_strptr(object->elf, object->names, symbol->st_name);
}

static void find_symbols(struct object *object)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(object->elf, section))) {
		gelf_getshdr(section, &header);
		if (header.sh_type != SHT_SYMTAB)
			continue;
		object->symbols = elf_getdata(section, NULL);
		object->count = header.sh_size / header.sh_entsize;
		object->names = header.sh_link;
	}
	if (!object->symbols)
		refuse("the object", "has no symbols");
}

/* By name and, where there are several, by size; sizes that a hole cannot have are
 * refused. */
static uint8_t hole_kind(const char *name, const char *symbol,
			 unsigned int bytes, bool relative)
{
#define KIND(hole, size, rel) {#hole, size, rel},
	static const struct {
		const char *name;
		unsigned int bytes;
		bool relative;
	} kinds[] = {NIMBLE_HOLES(KIND)};
	char wanted[32];
	unsigned int i;

	if (strncmp(symbol, HOLE, strlen(HOLE)))
		refuse(name, "it refers to %s", symbol);
	symbol += strlen(HOLE);
	snprintf(wanted, sizeof(wanted), "%s", symbol);
	if (!strcmp(symbol, "imm"))
		snprintf(wanted, sizeof(wanted), "imm%u", bytes * 8);
	for (i = 0; i < NIMBLE_HOLE_KINDS; i++)
		if (!strcmp(kinds[i].name, wanted) && kinds[i].bytes == bytes &&
		    kinds[i].relative == relative)
			return (uint8_t)i;
	refuse(name, "no hole of %u bytes is %s", bytes, symbol);
}

/* A hole belongs to the step that it lies in, and a relative one ends that. */
static void place_hole(struct code *code, size_t at, unsigned int bytes,
		       bool relative, uint8_t kind)
{
	struct step *step = code->step;

	for (; at >= step->count; step++) {
		at -= step->count;
		if (step == &code->step[code->steps - 1])
			refuse(code->name, "a relocation behind the code");
	}
	if (at + bytes > step->count || step->holes == 2 ||
	    (relative && at + bytes != step->count))
		refuse(code->name, "a relocation across instructions");
	step->hole[step->holes].at = (uint8_t)at;
	step->hole[step->holes].kind = kind;
	step->holes++;
}

static void relocate(const struct object *object, struct code *code,
		     const GElf_Rela *rela)
{
	static const uint8_t sizes[] = {
		[R_X86_64_8] = 1,     [R_X86_64_16] = 2, [R_X86_64_32] = 4,
		[R_X86_64_32S] = 4,   [R_X86_64_64] = 8, [R_X86_64_PC32] = 4,
		[R_X86_64_PLT32] = 4,
	};
	unsigned int type = GELF_R_TYPE(rela->r_info);
	bool relative = type == R_X86_64_PC32 || type == R_X86_64_PLT32;
	unsigned int bytes = type < sizeof(sizes) ? sizes[type] : 0;
	GElf_Sym symbol;
	const char *name =
		symbol_name(object, GELF_R_SYM(rela->r_info), &symbol);

	if (!bytes)
		refuse(code->name, "relocation of type %u", type);
	if (rela->r_addend != (relative ? -4 : 0) || symbol.st_shndx)
		refuse(code->name, "it refers to a place near %s", name);
	place_hole(code, rela->r_offset, bytes, relative,
		   hole_kind(code->name, name, bytes, relative));
}

static void relocate_all(const struct object *object, struct code *code,
			 size_t section)
{
	Elf_Scn *at = object->relocations[section];
	GElf_Shdr header;
	GElf_Rela rela;
	size_t i;

	if (!at)
		return;
	gelf_getshdr(at, &header);
	for (i = 0; i < header.sh_size / header.sh_entsize; i++) {
		gelf_getrela(elf_getdata(at, NULL), (int)i, &rela);
		relocate(object, code, &rela);
	}
}

/* stencil__FAMILY__FIRST_SECOND */
static struct stencil *by_name(const char *name, unsigned int *family)
{
	const char *start = name + strlen(PREFIX);
	const char *end = strstr(start, "__");
	unsigned int first, second;

	if (!end || sscanf(end, "__%u_%u", &first, &second) != 2 ||
	    first >= REGS || second >= REGS)
		refuse(name, "its name");
	for (*family = 0; *family < NIMBLE_STENCILS; ++*family)
		if (strlen(family_name(*family)) == (size_t)(end - start) &&
		    !strncmp(family_name(*family), start,
			     (size_t)(end - start)))
			return &stencils[*family][first][second];
	refuse(name, "there is no such family");
}

static void read_function(const struct object *object, const char *name,
			  const GElf_Sym *symbol)
{
	Elf_Scn *section = elf_getscn(object->elf, symbol->st_shndx);
	Elf_Data *data = elf_getdata(section, NULL);
	struct code code = {.name = name};
	struct stencil *to;
	unsigned int family;

	to = by_name(name, &family);
	if (to->present || symbol->st_value)
		refuse(name, "it is there twice");
	decode(&code, data->d_buf, symbol->st_size,
	       family == OP_exit || family == OP_exit_c, family == OP_helper);
	relocate_all(object, &code, symbol->st_shndx);
	tidy(&code);
	assemble(&code, to);
}

/* Code and nothing else: a constant in another section would stay behind. */
static void find_sections(struct object *object)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t count;

	elf_getshdrnum(object->elf, &count);
	object->relocations = calloc(count, sizeof(*object->relocations));
	while ((section = elf_nextscn(object->elf, section))) {
		gelf_getshdr(section, &header);
		if (header.sh_flags & SHF_ALLOC && header.sh_size &&
		    !(header.sh_flags & SHF_EXECINSTR))
			refuse("the object", "has data");
		if (header.sh_type == SHT_RELA && header.sh_info < count)
			object->relocations[header.sh_info] = section;
	}
}

void read_object(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct object object = {0};
	GElf_Sym symbol;
	size_t i;

	elf_version(EV_CURRENT);
	object.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (fd < 0 || !object.elf)
		refuse(path, "it cannot be read");
	find_sections(&object);
	find_symbols(&object);
	for (i = 0; i < object.count; i++) {
		const char *name = symbol_name(&object, i, &symbol);

		if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		if (strncmp(name, PREFIX, strlen(PREFIX)))
			refuse(name, "it is no stencil");
		read_function(&object, name, &symbol);
	}
	free(object.relocations);
	elf_end(object.elf);
	close(fd);
}
