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
/* The definition of a global symbol: the first one, and a weak one only where there is
 * no other; its section is NULL where there is none. */
struct link_target link_global(struct link *link, const char *name);
/* What a relocation refers to, in the object that defines it. */
struct link_target link_resolve(struct link *link, struct link_object *object,
				const GElf_Rel *rel);
size_t link_rel_count(const struct link_object *object,
		      const struct link_section *section);
GElf_Rel link_rel(const struct link_object *object,
		  const struct link_section *section, size_t i);
/* The map section that a ".values.NAME" symbol belongs to, or NULL. */
struct link_section *link_map_named(struct link *link, const char *name);

/* The place of a placed section's contents. */
unsigned int link_image_section(const struct link_section *section);
uint8_t *link_image_bytes(struct link *link, unsigned int section,
			  uint32_t offset);
uint32_t link_align(uint32_t value, uint64_t align);
/* Apply all relocations of a section, which is placed and copied. */
void link_relocate(struct link *link, struct link_object *object,
		   struct link_section *section);

/* The object's DWARF, with the addresses in its line tables changed to those of the
 * placed sections; NULL: it has none. */
Dwarf *link_dwarf(struct link_object *object);

/* Check that there is a hook of that name; if not, it is an error. */
void link_check_hook(struct link *link, struct link_object *object,
		     const char *name);
/* The size of the context that a hook's function was compiled for, or 0 where that is
 * unknown. It is an error if the context is another hook's. */
uint32_t link_context(struct link *link, struct link_object *object,
		      const char *function, const char *hook);

bool link_starts(const char *text, const char *with);

/* Take a section and all that it refers to into the image. */
void link_mark(struct link *link, struct link_object *object,
	       struct link_section *section);
/* The offset of the target in its object's section; `field`: the value in the place
 * that the relocation changes. */
uint32_t link_offset(const struct link_object *object,
		     const struct link_target *target, int64_t field);

/* The type of an entry of the DWARF, without const, volatile and names of types. */
bool link_plain_type(Dwarf_Die *die, Dwarf_Die *type);
/* Name, offset and plain type of each member of a variable's structure. False: there
 * is no such variable. */
typedef void link_member_fn(void *data, const char *name, uint32_t offset,
			    Dwarf_Die *type);
bool link_members(struct link_object *object, const char *variable,
		  link_member_fn *function, void *data);
/* For a pointer to an array, the number of its elements; for any pointer, the bytes
 * that it points to. False: it is no such type. */
bool link_pointed_count(Dwarf_Die *pointer, uint64_t *count);
bool link_pointed_bytes(Dwarf_Die *pointer, uint64_t *bytes);

#endif
