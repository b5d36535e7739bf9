/* SPDX-License-Identifier: MIT */
/* The table in which the translator finds superinstructions. */
#include "nimble/core/priv.h"
#include "nimble/engine/super.h"

_Static_assert(NIMBLE_BASE_OPS <= 256, "a step has 8 bits for its family");
_Static_assert(NIMBLE_SUPER_SLOTS == 1 << (32 - 18), "as the hash has it");

static void insert(struct nimble_supers *supers, uint32_t node, uint16_t step,
		   const struct nimble_super *super)
{
	uint32_t at = nimble_super_hash(node, step);

	while (supers->slot[at].node)
		at = (at + 1) & (NIMBLE_SUPER_SLOTS - 1);
	if (node < NIMBLE_SUPER_NODE)
		supers->starts[node / 64] |= 1ull << node % 64;
	else
		supers->longer[node - NIMBLE_SUPER_NODE] = 1;
	supers->slot[at].node = node;
	supers->slot[at].step = step;
	supers->slot[at].super = (uint16_t)supers->count;
	supers->slot[at].handler = super->handler;
	supers->super[supers->count++] = super;
}

/* The node of all steps but the last, which may be a single step. */
static uint32_t node_before(const struct nimble_supers *supers,
			    const struct nimble_super *super)
{
	uint32_t node = super->step[0];
	nimble_handler handler;
	unsigned int i;

	for (i = 1; i + 1 < super->count && node != NIMBLE_SUPER_NONE; i++)
		node = nimble_super_find(supers, node, super->step[i],
					 &handler);
	return node;
}

/* Two rounds of lengths would do; sequences whose beginning lies in another
 * file are found because shorter ones are filled in first. */
void nimble_supers_fill(struct nimble_supers *supers,
			const struct nimble_super *from)
{
	for (; from->count; from++) {
		uint32_t node = node_before(supers, from);
		uint16_t last = from->step[from->count - 1];
		nimble_handler handler;

		if (node != NIMBLE_SUPER_NONE &&
		    supers->count < NIMBLE_SUPER_MOST &&
		    nimble_super_find(supers, node, last, &handler) ==
			    NIMBLE_SUPER_NONE)
			insert(supers, node, last, from);
	}
}

const char *nimble_super_name(const struct nimble_supers *supers,
			      unsigned int number)
{
	return supers->super[number - 1]->name;
}
