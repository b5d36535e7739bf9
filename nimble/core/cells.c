/* SPDX-License-Identifier: MIT */
/* Threaded code: from checked instructions to cells. */
/*
 * Cells are written one after another into code->cells (engine/threaded.h). A cell grows:
 * an instruction becomes one more step of the cell before it where there is a
 * superoperator for that, else it starts a cell; what may be jumped to starts one. A
 * jump's target word holds the number of its instruction until all cells have their place.
 * What has no handler becomes a slow cell, done by slow.c; that is always right, only
 * slower, so which handlers exist is a matter of speed alone.
 *
 * run->ip means a word of the cells, and word[] says of each which instruction it is of.
 */
#include "nimble/core/choose.h"
#include "nimble/engine/threaded.h"

#define MOST_STEPS 3

struct emit {
	const struct nimble_threads *threads;
	struct nimble_code *code;
	uint64_t arena;
	uint32_t at; /* next word */
	uint32_t insn; /* being translated */
	uint32_t open; /* the cell that was started last */
	uint32_t steps; /* of that */
	uint32_t node; /* what it is; NO_NODE: it may not grow */
	uint32_t joined; /* instructions that became a further step */
	uint32_t *patch; /* words that hold the instruction jumped to */
	uint32_t patches;
};

#define NO_NODE 0xffffffffu

static void put(struct emit *e, uint64_t value)
{
	e->code->cells[e->at] = value;
	e->code->word[e->at++] = e->insn;
}

static void put_target(struct emit *e, uint32_t insn)
{
	e->patch[e->patches++] = e->at;
	put(e, insn);
}

static uint64_t registers_of(const struct nimble_choice *choice)
{
	return choice->first | (uint64_t)choice->second << 8;
}

/* One more step of the cell before, if there is a superoperator. */
static bool join(struct emit *e, const struct nimble_choice *choice)
{
	unsigned int s;

	if (e->node == NO_NODE)
		return false;
	s = nimble_super_find(e->threads, e->node, choice->op);
	if (s == NIMBLE_SUPERS)
		return false;
	e->code->cells[e->open] = (uintptr_t)e->threads->super[s].handler;
	e->code->cells[e->open + 1] |= registers_of(choice) << 16 * e->steps++;
	e->code->insn_cell[e->insn] = NIMBLE_INSIDE;
	e->node = NIMBLE_BASE_OPS + s;
	e->joined++;
	return true;
}

static void start_cell(struct emit *e, const struct nimble_choice *choice)
{
	e->open = e->at;
	e->steps = 1;
	e->node = choice->op;
	e->code->insn_cell[e->insn] = e->at;
	put(e, (uintptr_t)e->threads->handler[choice->op]);
	put(e, registers_of(choice));
}

/* Checked accesses add the register to offset - arena, which gives an offset
 * in the arena to compare; unchecked ones add it to the offset itself. */
static void put_offset(struct emit *e, const struct nimble_choice *choice)
{
	uint64_t offset = (uint64_t)(int64_t)choice->off;

	put(e, nimble_ops[choice->op].twin ? offset : offset - e->arena);
}

static void put_operand(struct emit *e, const struct nimble_choice *choice,
			unsigned int operand)
{
	switch (operand) {
	case NIMBLE_IMM:
		put(e, choice->imm);
		break;
	case NIMBLE_OFFSET:
		put_offset(e, choice);
		break;
	case NIMBLE_TARGET:
		put_target(e, choice->target);
		break;
	case NIMBLE_CHARGE:
		put(e, (uint64_t)(int64_t)choice->charge);
	}
}

/* The next instruction's; what has no handler is slow. */
static void choose(struct nimble_chooser *chooser, uint32_t insn,
		   struct nimble_choice *choice)
{
	nimble_choose(chooser, insn, choice);
	if (!chooser->ext->tier->threads->handler[choice->op])
		choice->op = OP_slow;
}

static void put_choice(struct emit *e, const struct nimble_choice *choice)
{
	unsigned int i;

	if (!join(e, choice))
		start_cell(e, choice);
	for (i = 0; i < 3; i++)
		put_operand(e, choice, nimble_ops[choice->op].operand[i]);
}

static bool is_wide(const struct nimble_code *code, uint32_t insn)
{
	return code->insns[insn].opcode == NX_OP_LDDW;
}

static void translate_all(struct emit *e, const struct nimble_ext *ext,
			  const struct nimble_facts *facts)
{
	struct nimble_chooser chooser;
	struct nimble_choice choice = {0};

	nimble_chooser_start(&chooser, ext, facts);
	e->node = NO_NODE;
	for (; e->insn < e->code->count; e->insn++) {
		if (nimble_starts_block(facts, e->insn) ||
		    ext->options.no_superoperators)
			e->node = NO_NODE;
		choose(&chooser, e->insn, &choice);
		put_choice(e, &choice);
		if (is_wide(e->code, e->insn))
			e->code->insn_cell[++e->insn] = NIMBLE_INSIDE;
	}
	e->code->words = e->at;
}

/* Words of all cells, if none has more than one step. */
static uint32_t count_words(const struct nimble_ext *ext,
			    const struct nimble_facts *facts)
{
	struct nimble_chooser chooser;
	struct nimble_choice choice = {0};
	uint32_t i, words = 0;

	nimble_chooser_start(&chooser, ext, facts);
	for (i = 0; i < ext->image.insns; i++) {
		choose(&chooser, i, &choice);
		words += NIMBLE_CELL_WORDS + nimble_ops[choice.op].words;
		i += chooser.insns[i].opcode == NX_OP_LDDW;
	}
	return words;
}

static void resolve_jumps(const struct emit *e)
{
	const struct nimble_code *code = e->code;
	uint32_t i;

	for (i = 0; i < e->patches; i++) {
		uint64_t *word = &code->cells[e->patch[i]];

		*word = (uintptr_t)&code->cells[code->insn_cell[*word]];
	}
}

static int translate(struct nimble_ext *ext, struct nimble_facts *facts,
		     struct nimble_diag *diag)
{
	size_t patch_bytes = ext->image.insns * sizeof(uint32_t);
	struct emit e = {.threads = ext->tier->threads,
			 .code = &ext->code,
			 .arena = (uintptr_t)ext->arena};
	uint32_t words = count_words(ext, facts);
	int error = nimble_code_allocate(ext, facts, words, true, diag);

	if (error)
		return error;
	e.patch = nimble_port_alloc(patch_bytes);
	if (!e.patch)
		return nimble_refuse(diag, ENOMEM, "no memory for the code");
	translate_all(&e, ext, facts);
	resolve_jumps(&e);
	nimble_port_free(e.patch, patch_bytes);
	/* Memory was taken for what is written, to the word. */
	if (e.at + NIMBLE_CELL_WORDS * e.joined != words)
		return nimble_refuse(diag, EINVAL, "%u words of code, not %u",
				     e.at, words);
	return 0;
}

void nimble_threads_link(struct nimble_threads *threads)
{
	unsigned int s, before, node;

	memset(threads->longer, NIMBLE_SUPERS, sizeof(threads->longer));
	for (s = 0; s < NIMBLE_SUPERS; s++) {
		struct nimble_super *super = &threads->super[s];

		node = super->step[0];
		if (super->count == 3) {
			before = nimble_super_find(threads, node,
						   super->step[1]);
			if (before == NIMBLE_SUPERS)
				continue;
			node = NIMBLE_BASE_OPS + before;
		}
		super->next = threads->longer[node];
		threads->longer[node] = (uint8_t)s;
	}
}

static uint32_t insn_at(const struct nimble_run *run)
{
	return run->code->word[run->ip - run->code->cells];
}

static const uint64_t *start_of(const struct nimble_code *code, uint32_t insn)
{
	return code->cells + code->insn_cell[insn];
}

/* The run of each CPU, the innermost; each CPU has its own. One that is unwound returns to
 * enter(), too. */
static struct nimble_run *running[NIMBLE_MOST_CPUS];

struct nimble_run *nimble_threaded_run(void)
{
	return running[nimble_port_cpu()];
}

static void clear(struct nimble_run *run)
{
	run->reg[0] = 0;
	memset(run->reg + 3, 0, 7 * sizeof(run->reg[0]));
}

static void enter(struct nimble_run *run, void (*cells)(struct nimble_run *run))
{
	struct nimble_run **mine = &running[nimble_port_cpu()];
	struct nimble_run *before = *mine;

	clear(run);
	*mine = run;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	nimble_threaded_enter(run, cells);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*mine = before;
}

static void enter_checked(struct nimble_run *run)
{
	enter(run, nimble_run_checked_cells);
}

static void enter_unchecked(struct nimble_run *run)
{
	enter(run, nimble_run_unchecked_cells);
}

#define TIER .translate = translate, .insn_at = insn_at, .start_of = start_of
const struct nimble_tier nimble_threaded_checked_tier = {
	.name = "threaded",
	.checked = true,
	.threads = &nimble_threads_checked,
	.enter = enter_checked,
	TIER};
const struct nimble_tier nimble_threaded_unchecked_tier = {
	.name = "threaded-unchecked",
	.stubs = true,
	.threads = &nimble_threads_unchecked,
	.enter = enter_unchecked,
	TIER};
