/* SPDX-License-Identifier: MIT */
/* What the files of the linker share. */
#ifndef TOOLCHAIN_LINK_PRIV_H
#define TOOLCHAIN_LINK_PRIV_H

#include "toolchain/nimble/cc/link.h"

#define HOOK "hook/"

/* What a relocation refers to. */
struct link_target {
	struct link_object *object;
	struct link_section *section; /* NULL: undefined here */
	GElf_Sym symbol;
	const char *name;
};

/* A symbol of an object by its index; its section is NULL where undefined. */
struct link_target link_symbol(struct link_object *object, size_t index);
/* What defines a global symbol: the first that does, one that is weak only where
 * no other does; its section is NULL where none does. */
struct link_target link_global(struct link *link, const char *name);
/* What a relocation refers to, in whatever object defines it. */
struct link_target link_resolve(struct link *link, struct link_object *object,
				const GElf_Rel *rel);
size_t link_rel_count(const struct link_object *object,
		      const struct link_section *section);
GElf_Rel link_rel(const struct link_object *object,
		  const struct link_section *section, size_t i);
/* The map section that a ".values.NAME" symbol belongs to, or NULL. */
struct link_section *link_map_named(struct link *link, const char *name);

/* Where a placed section's contents go. */
unsigned int link_image_section(const struct link_section *section);
uint8_t *link_image_bytes(struct link *link, unsigned int section,
			  uint32_t offset);
uint32_t link_align(uint32_t value, uint64_t align);
/* Where a section of data lies among all of it: in data, bss lies right behind what is
 * initialised. */
uint32_t link_data_offset(const struct link *link,
			  const struct link_section *section);

/* Name the objects of a section of data that is placed. */
void link_name_objects(struct link *link, struct link_object *object,
		       struct link_section *section);
/* The lddw at that address of the code has the address of `t`, which lies at that offset
 * of its section: note which object is meant. */
void link_refer(struct link *link, uint32_t at, const struct link_target *t,
		uint32_t offset);
/* Do all relocations of a section, which is placed and copied. */
void link_relocate(struct link *link, struct link_object *object,
		   struct link_section *section);

/* The object's DWARF, the addresses in its line tables as they were placed; NULL: it
 * has none. */
Dwarf *link_dwarf(struct link_object *object);

/* Is there a hook of that name? Otherwise an error. */
void link_check_hook(struct link *link, struct link_object *object,
		     const char *name);
/* The context's size that a hook's function was compiled for, or 0 where that is not
 * known; an error where it is another hook's. */
uint32_t link_context(struct link *link, struct link_object *object,
		      const char *function, const char *hook);

bool link_starts(const char *text, const char *with);

/* Take a section and all that it refers to into the image. */
void link_mark(struct link *link, struct link_object *object,
	       struct link_section *section);
/* Offset of what is addressed, in its object's section; `field`: what lies in the
 * place that the relocation changes. */
uint32_t link_offset(const struct link_object *object,
		     const struct link_target *target, int64_t field);

/* The type of an entry of the DWARF, behind const, volatile and names of types. */
bool link_plain_type(Dwarf_Die *die, Dwarf_Die *type);
/* Of each member of a variable's structure: name, offset, and type, which is plain.
 * false where there is no such variable. */
typedef void link_member_fn(void *data, const char *name, uint32_t offset,
			    Dwarf_Die *type);
bool link_members(struct link_object *object, const char *variable,
		  link_member_fn *function, void *data);
/* Of a pointer to an array its elements, of any pointer the bytes that it points to:
 * false where it is no such type. */
bool link_pointed_count(Dwarf_Die *pointer, uint64_t *count);
bool link_pointed_bytes(Dwarf_Die *pointer, uint64_t *bytes);

#endif
