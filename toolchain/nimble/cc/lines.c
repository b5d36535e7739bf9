/* SPDX-License-Identifier: MIT */
/* Source lines for the image, from the objects' DWARF by libdw. */
/*
 * In an object every section starts at address 0, so line tables would be
 * ambiguous. Before libdw reads them, the addresses in .debug_line are set to
 * where the linker put each section, and to GONE where it left one out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/cc/link_priv.h"

#define GONE 0xffffffff00000000ull

static void place_addresses(struct link_object *object, size_t lines)
{
	struct link_section *line = &object->section[lines];
	size_t i;

	if (!line->data || !object->symbols)
		return;
	for (i = 0; i < link_rel_count(object, line); i++) {
		GElf_Rel rel = link_rel(object, line, i);
		struct link_section *to;
		GElf_Sym sym;
		uint64_t field;

		if (line->data->d_size < 8 ||
		    rel.r_offset > line->data->d_size - 8 ||
		    !gelf_getsym(object->symbols, (int)GELF_R_SYM(rel.r_info),
				 &sym) ||
		    sym.st_shndx >= object->sections)
			continue;
		to = &object->section[sym.st_shndx];
		if (to->kind != LINK_CODE)
			continue;
		memcpy(&field, (char *)line->data->d_buf + rel.r_offset, 8);
		field = to->live ? field + to->base : GONE;
		memcpy((char *)line->data->d_buf + rel.r_offset, &field, 8);
	}
}

static int by_insn(const void *a, const void *b)
{
	const struct nx_line *x = a, *y = b;

	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static void add_lines(struct link *link, Dwarf_Lines *lines, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i);
		struct nx_line entry;
		Dwarf_Addr address;
		const char *file;
		bool end;
		int number;

		if (dwarf_lineaddr(line, &address) ||
		    dwarf_lineno(line, &number) ||
		    dwarf_lineendsequence(line, &end) || end || !number ||
		    address >= link->code_bytes)
			continue;
		file = base_name(dwarf_linesrc(line, NULL, NULL));
		entry.insn = (uint32_t)(address / 8);
		entry.file = nx_string(&link->build, file ? file : "?");
		entry.line = (uint32_t)number;
		nx_append(&link->build, NX_SEC_LINES, &entry, sizeof(entry));
	}
}

Dwarf *link_dwarf(struct link_object *object)
{
	size_t i;

	if (object->dwarf)
		return object->dwarf;
	for (i = 1; i < object->sections; i++)
		if (!strcmp(object->section[i].name, ".debug_line"))
			place_addresses(object, i);
	object->dwarf = dwarf_begin_elf(object->elf, DWARF_C_READ, NULL);
	return object->dwarf;
}

/* Gets the lines of the compilation unit at *at, and sets *at to the next
 * unit. False after the last; *lines is NULL where a unit has none. */
static bool next_unit(Dwarf *dwarf, Dwarf_Off *at, Dwarf_Lines **lines,
		      size_t *count)
{
	Dwarf_Off next;
	Dwarf_Die die;
	size_t header_bytes;

	*lines = NULL;
	if (!dwarf ||
	    dwarf_nextcu(dwarf, *at, &next, &header_bytes, NULL, NULL, NULL))
		return false;
	if (!dwarf_offdie(dwarf, *at + header_bytes, &die) ||
	    dwarf_getsrclines(&die, lines, count))
		*lines = NULL;
	*at = next;
	return true;
}

bool link_line(struct link_object *object, uint32_t address, char **file,
	       unsigned int *number)
{
	Dwarf *dwarf = link_dwarf(object);
	Dwarf_Line *best = NULL;
	Dwarf_Addr nearest = 0, here;
	Dwarf_Lines *lines;
	Dwarf_Off at = 0;
	const char *name;
	size_t i, count;
	bool end;
	int line;

	while (next_unit(dwarf, &at, &lines, &count))
		for (i = 0; lines && i < count; i++) {
			Dwarf_Line *entry = dwarf_onesrcline(lines, i);

			if (!dwarf_lineaddr(entry, &here) && here <= address &&
			    here >= nearest &&
			    !dwarf_lineendsequence(entry, &end) && !end) {
				nearest = here;
				best = entry;
			}
		}
	if (!best || dwarf_lineno(best, &line) || line <= 0)
		return false;
	name = dwarf_linesrc(best, NULL, NULL);
	*file = name ? strdup(name) : NULL;
	*number = (unsigned int)line;
	return *file;
}

void link_lines(struct link *link, struct link_object *object)
{
	struct nx_buffer *table = &link->build.section[NX_SEC_LINES];
	Dwarf *dwarf = link_dwarf(object);
	Dwarf_Lines *lines;
	Dwarf_Off at = 0;
	size_t count;

	while (next_unit(dwarf, &at, &lines, &count))
		if (lines)
			add_lines(link, lines, count);
	if (table->bytes)
		qsort(table->data, table->bytes / sizeof(struct nx_line),
		      sizeof(struct nx_line), by_insn);
}
