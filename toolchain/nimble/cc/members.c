/* SPDX-License-Identifier: MIT */
/* The members of a variable's structure, from the objects' DWARF. */
#include <dwarf.h>
#include <string.h>

#include "toolchain/nimble/cc/link_priv.h"

static bool find_variable(Dwarf_Die *unit, const char *name,
			  Dwarf_Die *structure)
{
	Dwarf_Die die;
	const char *its;
	int more;

	for (more = dwarf_child(unit, &die); !more;
	     more = dwarf_siblingof(&die, &die)) {
		its = dwarf_diename(&die);
		if (dwarf_tag(&die) == DW_TAG_variable && its &&
		    !strcmp(its, name) && link_plain_type(&die, structure) &&
		    dwarf_tag(structure) == DW_TAG_structure_type)
			return true;
	}
	return false;
}

static void each_member(Dwarf_Die *structure, link_member_fn *function,
			void *data)
{
	Dwarf_Attribute attribute;
	Dwarf_Die die, type;
	Dwarf_Word offset;
	const char *name;
	int more;

	for (more = dwarf_child(structure, &die); !more;
	     more = dwarf_siblingof(&die, &die)) {
		name = dwarf_diename(&die);
		if (dwarf_tag(&die) == DW_TAG_member && name &&
		    dwarf_attr(&die, DW_AT_data_member_location, &attribute) &&
		    !dwarf_formudata(&attribute, &offset) &&
		    link_plain_type(&die, &type))
			function(data, name, (uint32_t)offset, &type);
	}
}

static bool find_in(Dwarf *dwarf, const char *variable, Dwarf_Die *structure)
{
	Dwarf_Die unit;
	Dwarf_Off at = 0, next;
	size_t header_bytes;

	for (; !dwarf_nextcu(dwarf, at, &next, &header_bytes, NULL, NULL, NULL);
	     at = next)
		if (dwarf_offdie(dwarf, at + header_bytes, &unit) &&
		    find_variable(&unit, variable, structure))
			return true;
	return false;
}

/* link_dwarf() cannot be used before all has been placed. */
bool link_members(struct link_object *object, const char *variable,
		  link_member_fn *function, void *data)
{
	Dwarf *dwarf = dwarf_begin_elf(object->elf, DWARF_C_READ, NULL);
	Dwarf_Die structure;
	bool found = dwarf && find_in(dwarf, variable, &structure);

	if (found)
		each_member(&structure, function, data);
	dwarf_end(dwarf);
	return found;
}

/* The number of elements of a type "pointer to array". */
bool link_pointed_count(Dwarf_Die *pointer, uint64_t *count)
{
	Dwarf_Die array, range;
	Dwarf_Attribute attribute;
	Dwarf_Word number;

	if (dwarf_tag(pointer) != DW_TAG_pointer_type ||
	    !link_plain_type(pointer, &array) ||
	    dwarf_tag(&array) != DW_TAG_array_type ||
	    dwarf_child(&array, &range))
		return false;
	*count = 0;
	if (dwarf_attr(&range, DW_AT_count, &attribute) &&
	    !dwarf_formudata(&attribute, &number))
		*count = number;
	else if (dwarf_attr(&range, DW_AT_upper_bound, &attribute) &&
		 !dwarf_formudata(&attribute, &number))
		*count = number + 1;
	return true;
}

bool link_pointed_bytes(Dwarf_Die *pointer, uint64_t *bytes)
{
	Dwarf_Die type;
	Dwarf_Word size;

	if (dwarf_tag(pointer) != DW_TAG_pointer_type ||
	    !link_plain_type(pointer, &type) ||
	    dwarf_aggregate_size(&type, &size))
		return false;
	*bytes = size;
	return true;
}
