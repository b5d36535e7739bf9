/* SPDX-License-Identifier: MIT */
/* The linker: relocations. */
/*
 * Two dialects of relocation. LLVM leaves the addend in the field. Binutils
 * also leaves the symbol's own value there when the symbol is defined in the
 * object, for data and for lddw (in bytes for call, where it means nothing).
 */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "toolchain/nimble/link_priv.h"

#define R_BPF_64_64 1 /* lddw */
#define R_BPF_64_ABS64 2 /* data, LLVM */
#define R_BPF_64_32 10 /* call */
#define R_BPF_GNU_DATA64 12 /* data, binutils */

#define VALUES ".values."

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

/* Offset of what is addressed, in its object's section. */
static uint32_t offset_of(const struct link_object *object,
			  const struct link_target *target, int64_t field)
{
	bool included = object == target->object && object->adds_symbol;

	return (uint32_t)(field +
			  (included ? 0 : (int64_t)target->symbol.st_value));
}

/* In data, bss lies right behind what is initialised. */
static uint32_t data_offset(const struct link *link,
			    const struct link_section *section)
{
	return section->base + (section->kind == LINK_BSS
					? link_align(link->data_bytes, 64)
					: 0);
}

static void relocate_values(struct link *link, struct link_object *object,
			    struct nx_insn *insn, const char *name)
{
	const struct link_section *map = link_map_named(link, name);

	if (!map) {
		link_error(link, object, "there is no map %s", name);
		return;
	}
	insn[1].imm = insn->imm;
	insn->imm = (int32_t)map->base;
	insn->src = NX_IMM_VALUE;
}

static void relocate_lddw(struct link *link, struct link_object *object,
			  struct nx_insn *insn, const struct link_target *t)
{
	uint32_t offset = offset_of(object, t, insn->imm);

	if (!t->section && link_starts(t->name, VALUES)) {
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
			  const struct link_target *t)
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
			  const struct link_target *t)
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
	reloc.where_section = (uint16_t)link_image_section(section);
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
	struct link_target t = link_resolve(link, object, rel);
	uint32_t at = (uint32_t)rel->r_offset;
	struct nx_insn *insn;

	if (rel->r_offset + 8 > section->header.sh_size ||
	    section->kind == LINK_MAP || section->kind == LINK_BSS) {
		link_error(link, object, "bad relocation in %s", section->name);
		return;
	}
	insn = (void *)link_image_bytes(link, link_image_section(section),
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

void link_relocate(struct link *link, struct link_object *object,
		   struct link_section *section)
{
	size_t i;

	for (i = 0; i < link_rel_count(object, section); i++) {
		GElf_Rel rel = link_rel(object, section, i);

		relocate_one(link, object, section, &rel);
	}
}
