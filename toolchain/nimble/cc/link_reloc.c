/* SPDX-License-Identifier: MIT */
/* The linker: relocations. */
/*
 * Two dialects of relocation. LLVM leaves the addend in the field. Binutils
 * also leaves the symbol's own value there when the symbol is defined in the
 * object, for data and for lddw (in bytes for call, where it means nothing).
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/cc/link_scx.h"

#define R_BPF_64_64 1 /* lddw */
#define R_BPF_64_ABS64 2 /* data, LLVM */
#define R_BPF_64_32 10 /* call */
#define R_BPF_GNU_DATA64 12 /* data, binutils */

#define VALUES ".values."

/* One relocation's field: `at` is its offset in the section. */
struct place {
	struct link *link;
	struct link_object *object;
	const struct link_section *section;
	uint32_t at;
};

/* A message with the source line, where the object has it. */
__attribute__((format(printf, 2, 3))) static void
place_error(const struct place *place, const char *format, ...)
{
	char *text = NULL, *file;
	unsigned int line;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (place->section->kind == LINK_CODE &&
	    link_line(place->object, place->section->base + place->at, &file,
		      &line)) {
		link_error(place->link, NULL, "%s:%u: %s", file, line, text);
		free(file);
	} else {
		link_error(place->link, place->object, "%s", text);
	}
	free(text);
}

uint8_t *link_image_bytes(struct link *link, unsigned int section,
			  uint32_t offset)
{
	return link->build.section[section].data + offset;
}

unsigned int link_image_section(const struct link_section *section)
{
	return section->kind == LINK_CODE     ? NX_SEC_CODE
	       : section->kind == LINK_RODATA ? NX_SEC_RODATA
					      : NX_SEC_DATA;
}

uint32_t link_offset(const struct link_object *object,
		     const struct link_target *target, int64_t field)
{
	bool included = object == target->object && object->adds_symbol;

	return (uint32_t)(field +
			  (included ? 0 : (int64_t)target->symbol.st_value));
}

/* In data, bss follows what is initialised. */
static uint32_t data_offset(const struct link *link,
			    const struct link_section *section)
{
	return section->base + (section->kind == LINK_BSS
					? link_align(link->data_bytes, 64)
					: 0);
}

static void relocate_values(const struct place *place, struct nx_insn *insn,
			    const char *name)
{
	const struct link_section *map = link_map_named(place->link, name);

	if (!map) {
		place_error(place, "there is no map %s", name);
		return;
	}
	insn[1].imm = insn->imm;
	insn->imm = (int32_t)map->base;
	insn->src = NX_IMM_VALUE;
}

static void relocate_lddw(const struct place *place, struct nx_insn *insn,
			  const struct link_target *t)
{
	uint32_t offset = link_offset(place->object, t, insn->imm);

	if (!t->section && link_starts(t->name, VALUES)) {
		relocate_values(place, insn, t->name + strlen(VALUES));
		return;
	}
	if (!t->section) {
		place_error(place, "undefined: %s", t->name);
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
		insn->imm = (int32_t)(data_offset(place->link, t->section) +
				      offset);
		break;
	case LINK_RODATA:
		insn->src = NX_IMM_RODATA;
		insn->imm = (int32_t)(t->section->base + offset);
		break;
	case LINK_SHOWN:
	case LINK_MAPS:
		if (!place->link->scx ||
		    !scx_relocate(place->link, t, offset, insn))
			place_error(place,
				    "%s is no map of sched_ext's: try --scx",
				    t->name);
		break;
	default:
		if (!place->link->scx ||
		    !scx_relocate(place->link, t, offset, insn))
			place_error(
				place,
				"the address of function %s is taken: calls through pointers are not supported",
				t->name);
	}
}

/* Whether a compiler calls it for arithmetic on float, double or wider. The names are
 * those of libgcc's "Routines for floating point emulation". */
static bool is_floating(const char *name)
{
	static const char *const forms[] = {"__*[hsdtx]f[23]",
					    "__fix*[hsdtx]f[sdt]i",
					    "__float*[sdt]i[hsdtx]f",
					    "__powi[sdtx]f2", "__*[sdtx]c3"};
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!fnmatch(forms[i], name, 0))
			return true;
	return false;
}

static void relocate_call(const struct place *place, struct nx_insn *insn,
			  const struct link_target *t)
{
	uint32_t at = place->section->base + place->at;
	int32_t slot;

	if (!t->section && scx_code_named(place->link, t->name) >= 0) {
		insn->src = NX_CALL_LOCAL;
		insn->imm = scx_code_named(place->link, t->name) -
			    (int32_t)(at / 8) - 1;
		return;
	}
	if (!t->section && nx_signature(t->name)) {
		insn->src = NX_CALL_HELPER;
		insn->imm = (int32_t)nx_import(&place->link->build, t->name);
		return;
	}
	if (!t->section && place->link->scx && scx_absent(t->name)) {
		place_error(place, "%s: %s", t->name, scx_absent(t->name));
		return;
	}
	if (!t->section && is_floating(t->name)) {
		place_error(
			place,
			"no floating point: extensions have integers only (%s is called)",
			t->name);
		return;
	}
	if (!t->section || t->section->kind != LINK_CODE) {
		place_error(
			place,
			"undefined function %s: no file defines it, and it is no helper",
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

static void relocate_data(const struct place *place,
			  const struct link_target *t)
{
	const struct link_section *section = place->section;
	int64_t field;
	struct nx_reloc reloc = {0};

	memcpy(&field, (uint8_t *)section->data->d_buf + place->at,
	       sizeof(field));
	if (!t->section ||
	    (t->section->kind != LINK_DATA && t->section->kind != LINK_BSS &&
	     t->section->kind != LINK_RODATA)) {
		place_error(place,
			    "data holds the address of %s, which is no data",
			    t->name);
		return;
	}
	reloc.where_section = (uint16_t)link_image_section(section);
	reloc.where = section->base + place->at;
	reloc.target_section =
		t->section->kind == LINK_RODATA ? NX_SEC_RODATA : NX_SEC_DATA;
	reloc.target = link_offset(place->object, t, field) +
		       (t->section->kind == LINK_RODATA
				? t->section->base
				: data_offset(place->link, t->section));
	nx_append(&place->link->build, NX_SEC_RELOCS, &reloc, sizeof(reloc));
}

static void relocate_one(const struct place *place, const GElf_Rel *rel)
{
	const struct link_section *section = place->section;
	struct link_target t = link_resolve(place->link, place->object, rel);
	bool wide = GELF_R_TYPE(rel->r_info) == R_BPF_64_64;
	uint64_t bytes = section->header.sh_size, changed = wide ? 16 : 8;
	struct nx_insn *insn;

	if (bytes < changed || rel->r_offset > bytes - changed ||
	    section->kind == LINK_MAP || section->kind == LINK_BSS) {
		link_error(place->link, place->object, "bad relocation in %s",
			   section->name);
		return;
	}
	insn = (void *)link_image_bytes(place->link,
					link_image_section(section),
					section->base + place->at);
	switch (GELF_R_TYPE(rel->r_info)) {
	case R_BPF_64_64:
		relocate_lddw(place, insn, &t);
		break;
	case R_BPF_64_32:
		relocate_call(place, insn, &t);
		break;
	case R_BPF_64_ABS64:
	case R_BPF_GNU_DATA64:
		relocate_data(place, &t);
		break;
	default:
		place_error(place, "relocation of unknown type %u",
			    (unsigned int)GELF_R_TYPE(rel->r_info));
	}
}

void link_relocate(struct link *link, struct link_object *object,
		   struct link_section *section)
{
	size_t i;

	for (i = 0; i < link_rel_count(object, section); i++) {
		GElf_Rel rel = link_rel(object, section, i);
		struct place place = {link, object, section,
				      (uint32_t)rel.r_offset};

		relocate_one(&place, &rel);
	}
}
