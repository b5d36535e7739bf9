/* SPDX-License-Identifier: MIT */
/* The structure to which a function's argument points, from the objects'
 * DWARF. */
#include <dwarf.h>
#include <string.h>

#include "toolchain/nimble/cc/link_priv.h"

/* The type that an entry has: an attribute of its own or of its origin. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) &&
	       dwarf_formref_die(&attribute, type);
}

bool link_plain_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Die outer;

	return type_of(die, &outer) && !dwarf_peel_type(&outer, type);
}

static bool is_function(Dwarf_Die *die, const char *name)
{
	const char *its = dwarf_diename(die);

	return dwarf_tag(die) == DW_TAG_subprogram && its &&
	       !strcmp(its, name) && dwarf_haschildren(die);
}

static bool first_argument(Dwarf_Die *function, Dwarf_Die *structure)
{
	Dwarf_Die child, pointer;
	int more = dwarf_child(function, &child);

	while (!more && dwarf_tag(&child) != DW_TAG_formal_parameter)
		more = dwarf_siblingof(&child, &child);
	return !more && link_plain_type(&child, &pointer) &&
	       dwarf_tag(&pointer) == DW_TAG_pointer_type &&
	       link_plain_type(&pointer, structure) &&
	       dwarf_tag(structure) == DW_TAG_structure_type;
}

static bool find_in_unit(Dwarf_Die *unit, const char *function,
			 Dwarf_Die *structure)
{
	Dwarf_Die die;
	int more;

	for (more = dwarf_child(unit, &die); !more;
	     more = dwarf_siblingof(&die, &die))
		if (is_function(&die, function) &&
		    first_argument(&die, structure))
			return true;
	return false;
}

bool link_argument(struct link_object *object, const char *function,
		   const char **name, uint32_t *bytes)
{
	Dwarf *dwarf = link_dwarf(object);
	Dwarf_Die unit, structure;
	Dwarf_Off at = 0, next;
	size_t header_bytes;
	int size;

	for (; dwarf &&
	       !dwarf_nextcu(dwarf, at, &next, &header_bytes, NULL, NULL, NULL);
	     at = next) {
		if (!dwarf_offdie(dwarf, at + header_bytes, &unit) ||
		    !find_in_unit(&unit, function, &structure))
			continue;
		*name = dwarf_diename(&structure);
		size = dwarf_bytesize(&structure);
		*bytes = size > 0 ? (uint32_t)size : 0;
		return *name && size > 0;
	}
	return false;
}
