/* SPDX-License-Identifier: MIT */
/* The tiers: which handlers, which translator, which way in. */
#include "nimble/core/priv.h"
#include "nimble/engine/extra.h"
#include "nimble/engine/super.h"
#include "nimble/engine/tables.h"

static const nimble_handler *checked_tables[NIMBLE_BASE_OPS];
static const nimble_handler *unchecked_tables[NIMBLE_BASE_OPS];

static struct nimble_supers checked_supers, unchecked_supers;

static nimble_handler const table_slow[1] = {(nimble_handler)nimble_stub_slow};
static nimble_handler const table_exit[1] = {(nimble_handler)nimble_stub_exit};
static nimble_handler const table_call[1] = {(nimble_handler)nimble_stub_call};
static nimble_handler const table_call_n[1] = {
	(nimble_handler)nimble_stub_call_n};
static nimble_handler const table_helper[1] = {
	(nimble_handler)nimble_stub_helper};

static const struct nimble_tier tiers[NIMBLE_ENGINES] = {
	[NIMBLE_ENGINE_CHECKED] =
		{
			.name = "checked",
			.checked = true,
			.stubs = true,
			.translate = nimble_translate,
			.enter = nimble_tail_enter,
			.insn_at = nimble_cells_insn,
			.start_of = nimble_cells_start,
			.tables = checked_tables,
			.supers = &checked_supers,
		},
	[NIMBLE_ENGINE_UNCHECKED] =
		{
			.name = "unchecked",
			.stubs = true,
			.translate = nimble_translate,
			.enter = nimble_tail_enter,
			.insn_at = nimble_cells_insn,
			.start_of = nimble_cells_start,
			.tables = unchecked_tables,
			.supers = &unchecked_supers,
		},
};

static void merge(const nimble_handler **into,
		  const nimble_handler *const *from)
{
	unsigned int op;

	for (op = 0; op < NIMBLE_BASE_OPS; op++)
		if (from[op])
			into[op] = from[op];
}

static void control(const nimble_handler **tables)
{
	tables[OP_slow] = table_slow;
	tables[OP_exit] = table_exit;
	tables[OP_helper] = table_helper;
	merge(tables, nimble_tail_alu);
	merge(tables, nimble_tail_jump);
	/* Accesses at constant offsets need no check in either engine. */
	merge(tables, nimble_tail_unchecked);
}

int nimble_init(void)
{
	control(checked_tables);
	merge(checked_tables, nimble_tail_checked);
	checked_tables[OP_call] = table_call;
	control(unchecked_tables);
	unchecked_tables[OP_call] = table_call_n;
	nimble_supers_fill(&checked_supers, nimble_supers_pure);
	nimble_supers_fill(&checked_supers, nimble_supers_checked);
	nimble_supers_fill(&unchecked_supers, nimble_supers_pure);
	nimble_supers_fill(&unchecked_supers, nimble_supers_unchecked);
	return nimble_extra_init();
}

const struct nimble_tier *nimble_tier(enum nimble_engine engine)
{
	if ((unsigned int)engine >= NIMBLE_ENGINES)
		return NULL;
	if (engine == NIMBLE_ENGINE_COPIED_CHECKED)
		return &nimble_copy_checked_tier;
	if (engine == NIMBLE_ENGINE_COPIED_UNCHECKED)
		return &nimble_copy_unchecked_tier;
	return tiers[engine].name ? &tiers[engine] : nimble_extra_tier(engine);
}

const char *nimble_engine_name(unsigned int engine)
{
	const struct nimble_tier *tier =
		nimble_tier((enum nimble_engine)engine);

	return tier ? tier->name : "";
}
