/* SPDX-License-Identifier: MIT */
/* The traced engine: one instruction at a time, with a look at each. */
/*
 * For nimble-run --trace and --profile, and as a third opinion in tests: it
 * executes by core/slow.c alone, and has the calls and exits of its own.
 */
#include "nimble/core/choose.h"
#include "nimble/user/step.h"

static nimble_step_fn observer;
static void *observer_data;

void nimble_step_observer(nimble_step_fn function, void *data)
{
	observer = function;
	observer_data = data;
}

static bool call_local(struct nimble_run *run, uint32_t *i,
		       const struct nx_insn *insn)
{
	run->budget -= (int64_t)run->code->cells[*i];
	if (run->budget < 0) {
		run->faulted = NIMBLE_FAULT_BUDGET;
		return false;
	}
	if (run->top == run->limit) {
		run->faulted = NIMBLE_FAULT_DEPTH;
		run->fault_address = NX_MAX_DEPTH;
		return false;
	}
	memcpy(run->top->saved, run->reg + 6, sizeof(run->top->saved));
	run->top->cell = run->code->cells + *i + 1;
	run->top++;
	run->reg[NX_REG_FRAME] += run->frame_bytes;
	*i = (uint32_t)((int64_t)*i + 1 + insn->imm);
	return true;
}

/* false: the run is over. */
static bool leave(struct nimble_run *run, uint32_t *i)
{
	run->budget -= (int64_t)run->code->cells[*i];
	if (run->top == run->bottom)
		return false;
	run->top--;
	memcpy(run->reg + 6, run->top->saved, sizeof(run->top->saved));
	run->reg[NX_REG_FRAME] -= run->frame_bytes;
	*i = (uint32_t)(run->top->cell - run->code->cells);
	return true;
}

static bool call_helper(struct nimble_run *run, uint32_t *i,
			const struct nx_insn *insn)
{
	const struct nimble_helper *helper = run->ext->imports[insn->imm];
	unsigned int r;

	run->ip = run->code->cells + *i;
	run->reg[0] = helper->function(run->reg[1], run->reg[2], run->reg[3],
				       run->reg[4], run->reg[5], run);
	if (run->faulted)
		return false;
	for (r = 1; r <= 5; r++)
		run->reg[r] = 0;
	++*i;
	return true;
}

static bool one(struct nimble_run *run, uint32_t *i)
{
	const struct nx_insn *insn = &run->code->insns[*i];

	if (insn->opcode == (BPF_JMP | BPF_EXIT))
		return leave(run, i);
	if (insn->opcode == (BPF_JMP | BPF_CALL))
		return insn->src == NX_CALL_LOCAL ? call_local(run, i, insn)
						  : call_helper(run, i, insn);
	return !nimble_step(run, i);
}

static void enter(struct nimble_run *run)
{
	uint32_t i = (uint32_t)(run->ip - run->code->cells);

	run->reg[0] = 0;
	memset(run->reg + 3, 0, 7 * sizeof(run->reg[0]));
	do {
		run->ip = run->code->cells + i;
		run->fault_insn = i;
		if (observer)
			observer(observer_data, i, run->reg);
	} while (one(run, &i));
}

/* A word for each instruction: what a call or an exit charges. */
static int translate(struct nimble_ext *ext, struct nimble_facts *facts,
		     struct nimble_diag *diag)
{
	struct nimble_code *code = &ext->code;
	int error =
		nimble_code_allocate(ext, facts, ext->image.insns, true, diag);
	struct nimble_chooser chooser;
	struct nimble_choice choice = {0};
	uint32_t i;

	if (error)
		return error;
	code->words = code->count;
	nimble_chooser_start(&chooser, ext, facts);
	for (i = 0; i < code->count; i++) {
		code->word[i] = i;
		code->insn_cell[i] = i;
		nimble_choose(&chooser, i, &choice);
		code->cells[i] = (uint64_t)(int64_t)choice.charge;
		i += code->insns[i].opcode == NX_OP_LDDW;
	}
	return 0;
}

static uint32_t insn_at(const struct nimble_run *run)
{
	return (uint32_t)(run->ip - run->code->cells);
}

static const uint64_t *start_of(const struct nimble_code *code, uint32_t insn)
{
	return code->cells + insn;
}

static const struct nimble_tier tier = {
	.name = "traced",
	.checked = true,
	.translate = translate,
	.enter = enter,
	.insn_at = insn_at,
	.start_of = start_of,
};

const struct nimble_tier *nimble_traced_tier(void)
{
	return &tier;
}
