/* SPDX-License-Identifier: MIT */
/* The table in which the translator finds superinstructions. */
#include "nimble/core/priv.h"
#include "nimble/engine/super.h"

_Static_assert(NIMBLE_BASE_OPS < 256, "a step has 8 bits for its family");
_Static_assert(NIMBLE_SUPER_SLOTS == 1 << (32 - 18), "as the hash has it");

/* The slot of all steps of a superinstruction but the last; NULL: that is one
 * step, or it is not there. */
static struct nimble_super_slot *slot_before(struct nimble_supers *supers,
					     const struct nimble_super *super)
{
	const struct nimble_super_slot *slot = NULL;
	uint32_t node = super->step[0];
	unsigned int i;

	for (i = 1; i + 1 < super->count; i++) {
		slot = nimble_super_find(supers, node, super->step[i]);
		if (!slot)
			return NULL;
		node = NIMBLE_SUPER_NODE + slot->super;
	}
	return (struct nimble_super_slot *)(uintptr_t)slot;
}

static void insert(struct nimble_supers *supers, uint32_t node,
		   const struct nimble_super *super)
{
	uint16_t step = super->step[super->count - 1];
	uint32_t at = nimble_super_hash(node, step);

	while (supers->slot[at].node)
		at = (at + 1) & (NIMBLE_SUPER_SLOTS - 1);
	supers->slot[at].node = node;
	supers->slot[at].step = step;
	supers->slot[at].super = supers->count & 0x7fff;
	supers->slot[at].handler = super->handler;
	supers->super[supers->count++] = super;
}

/* Sequences whose beginning lies in another file are found because shorter
 * ones come first in each, and pure ones are filled in first. */
void nimble_supers_fill(struct nimble_supers *supers,
			const struct nimble_super *from)
{
	for (; from->count; from++) {
		struct nimble_super_slot *before = slot_before(supers, from);
		uint16_t last = from->step[from->count - 1];
		uint32_t first = from->step[0];
		uint32_t node =
			before ? NIMBLE_SUPER_NODE + before->super : first;

		if ((from->count > 2 && !before) ||
		    supers->count == NIMBLE_SUPER_MOST ||
		    nimble_super_find(supers, node, last))
			continue;
		insert(supers, node, from);
		if (before)
			before->longer = 1;
		else
			supers->starts[first / 64] |= 1ull << first % 64;
	}
}

const char *nimble_super_name(const struct nimble_supers *supers,
			      unsigned int number)
{
	return supers->super[number - 1]->name;
}
