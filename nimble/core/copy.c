/* SPDX-License-Identifier: MIT */
/* Copied code: the bodies of the handlers one behind another, as machine code. */
/*
 * Each instruction's code is its stencil (engine/stencil.h) with the holes filled. One
 * pass finds out where each instruction's code will be, a second one copies and fills.
 * Behind the code are thunks of ten bytes, one for each instruction that may leave: its
 * number goes to eax, and the slow path does that one instruction and goes on at the code of
 * the next.
 *
 * code->cells[i] is the address of instruction i's code, and run->ip points to one of
 * these where a run starts or goes on. While C runs, run->fault_insn is the instruction:
 * the thunks and calls of helpers set it.
 */
#include "nimble/core/choose.h"
#include "nimble/engine/stencil.h"

#define PADDING NIMBLE_SHAPE_STEP

struct copy {
	struct nimble_ext *ext;
	struct nimble_chooser chooser;
	struct nimble_choice choice;
	bool calls; /* there are calls of functions in the image */
	uint64_t far; /* more than 32 bits: something is out of reach */
	uint8_t *write; /* NULL: the first pass */
	uintptr_t runs_at; /* where write[0] will run */
	uint32_t insn;
	uint32_t at; /* the next byte */
	uint32_t thunk; /* of the next thunk */
	uint64_t value[NIMBLE_HOLE_KINDS]; /* for this instruction's holes */
};

static bool is_signed_32(uint64_t value)
{
	return value == (uint64_t)(int64_t)(int32_t)value;
}

/* The shortest mov of a constant. */
static unsigned int constant_family(uint64_t value)
{
	if (!value)
		return ST_mov_zero;
	if (value <= UINT32_MAX)
		return ST_mov_low;
	return is_signed_32(value) ? OP_mov64i : ST_mov_wide;
}

static unsigned int family_of(const struct copy *c)
{
	const struct nimble_choice *choice = &c->choice;

	switch (choice->op) {
	case OP_mov64i:
		return constant_family(choice->imm);
	case OP_add64i: /* that was a subtraction */
		return is_signed_32(choice->imm) ? OP_add64i : OP_slow;
	case OP_exit:
		return c->calls ? OP_exit : ST_leave;
	case OP_exit_c:
		return c->calls ? OP_exit_c : ST_leave_c;
	case OP_call:
		return c->chooser.checked ? OP_call : ST_call_n;
	default:
		return choice->op;
	}
}

/* The last offset in the arena at which the access is allowed. */
static uint64_t limit_of(const struct copy *c)
{
	const struct nx_insn *insn = &c->chooser.insns[c->insn];
	bool read = BPF_CLASS(insn->opcode) == BPF_LDX;

	return (read ? c->ext->arena_bytes : c->ext->writable_bytes) -
	       nimble_access_bytes(insn->opcode);
}

#define IS_RELATIVE(name, bytes, relative) \
	[HOLE_##name] = (relative) ? ~0ull : 0,
static const uint64_t is_relative[NIMBLE_HOLE_KINDS] = {
	NIMBLE_HOLES(IS_RELATIVE)};

/* What is the same for all instructions. */
static void set_constants(struct copy *c)
{
	c->value[HOLE_frame] = c->ext->image.header->frame_bytes;
	c->value[HOLE_slow] = (uintptr_t)nimble_copy_slow;
	c->value[HOLE_leave] = (uintptr_t)nimble_copy_leave;
	c->value[HOLE_unwind] = (uintptr_t)nimble_copy_unwind;
}

/* All at once, whether they are wanted or not: cheaper than asking. */
static void set_values(struct copy *c)
{
	const struct nimble_choice *choice = &c->choice;
	uint64_t *value = c->value;

	value[HOLE_imm8] = value[HOLE_imm16] = choice->imm;
	value[HOLE_imm32] = value[HOLE_imm64] = choice->imm;
	value[HOLE_helper] = choice->imm;
	value[HOLE_off] = (uint64_t)(int64_t)choice->off;
	value[HOLE_limit] = limit_of(c);
	value[HOLE_charge] = (uint64_t)(int64_t)choice->charge;
	value[HOLE_insn] = c->insn;
	value[HOLE_target] = c->ext->code.cells[choice->target];
	value[HOLE_next] = c->ext->code.cells[c->insn + 1];
	value[HOLE_out] = c->runs_at + c->thunk;
}

static void fill(struct copy *c, uint8_t *to, unsigned int kind)
{
	uint64_t end = c->runs_at + (uint64_t)(to - c->write) + 4;
	uint64_t value = c->value[kind] - (end & is_relative[kind]);

	if (likely(kind >= HOLE_imm32)) {
		c->far |= is_relative[kind] & (value + 0x80000000ull);
		memcpy(to, &value, 4);
		if (unlikely(kind == HOLE_imm64))
			memcpy(to, &value, 8);
	} else {
		memcpy(to, &value, kind == HOLE_imm8 ? 1 : 2);
	}
}

static void put(struct copy *c, const struct nimble_shape *shape, uint32_t at)
{
	const struct nimble_stencil_table *table = &nimble_stencil_table;
	const struct nimble_hole *hole = table->hole + shape->hole;
	uint8_t *to = c->write + at;
	unsigned int i;

	nimble_shape_copy(table, shape, c->choice.first, c->choice.second, to);
	for (i = 0; i < shape->holes; i++)
		fill(c, to + hole[i].at, hole[i].kind);
}

static const struct nimble_shape *thunk_shape(void)
{
	return nimble_shape_of(&nimble_stencil_table, OP_slow, 0, 0);
}

static void copy_one(struct copy *c)
{
	const struct nimble_shape *shape;

	nimble_choose(&c->chooser, c->insn, &c->choice);
	shape = nimble_shape_of(&nimble_stencil_table, family_of(c),
				c->choice.first, c->choice.second);
	if (c->write) {
		set_values(c);
		put(c, shape, c->at);
	} else {
		c->ext->code.cells[c->insn] = c->at;
	}
	c->at += shape->bytes;
	if (!shape->leaves)
		return;
	if (c->write)
		put(c, thunk_shape(), c->thunk);
	c->thunk += thunk_shape()->bytes;
}

static void pass(struct copy *c, const struct nimble_facts *facts)
{
	struct nimble_code *code = &c->ext->code;

	nimble_chooser_start(&c->chooser, c->ext, facts);
	c->choice = (struct nimble_choice){0};
	c->at = 0;
	for (c->insn = 0; c->insn < code->count; c->insn++) {
		copy_one(c);
		if (code->insns[c->insn].opcode == NX_OP_LDDW) {
			c->insn++;
			if (!c->write)
				code->cells[c->insn] = c->at;
		}
	}
}

static bool has_calls(const struct nimble_code *code)
{
	uint32_t i;

	for (i = 0; i < code->count; i++)
		if (nimble_calls_local(&code->insns[i]))
			return true;
	return false;
}

/* Both passes know where everything is: cells become addresses. */
static void place(struct copy *c, uint32_t code_bytes)
{
	struct nimble_code *code = &c->ext->code;
	uint32_t i;

	code->cells[code->count] = code_bytes;
	for (i = 0; i <= code->count; i++)
		code->cells[i] += (uintptr_t)code->machine;
	c->runs_at = (uintptr_t)code->machine;
	c->thunk = code_bytes + PADDING;
}

static int cannot(struct nimble_diag *diag, const char *why)
{
	return nimble_refuse(diag, EOPNOTSUPP, "%s", why);
}

/* Memory for the code, counted against the quota: 0 or -errno. */
static int take_memory(struct copy *c, size_t bytes, struct nimble_diag *diag)
{
	struct nimble_code *code = &c->ext->code;
	void *write;

	bytes = ROUND_UP(bytes, NIMBLE_PAGE);
	if (nimble_quota(c->ext, bytes, "the code", diag))
		return diag->error;
	code->machine = nimble_port_code_take(bytes, &write);
	if (!code->machine)
		return cannot(diag, "no executable memory");
	code->machine_bytes = bytes;
	c->ext->memory += bytes;
	c->write = write;
	return 0;
}

static int translate(struct nimble_ext *ext, struct nimble_facts *facts,
		     struct nimble_diag *diag)
{
	struct nimble_code *code = &ext->code;
	struct copy c = {.ext = ext};
	uint32_t code_bytes, thunks_bytes;
	int error;

	if (ext->arena_bytes > INT32_MAX)
		return cannot(diag, "its memory is too large for copied code");
	error = nimble_code_allocate(ext, facts, ext->image.insns + 1, false,
				     diag);
	if (error)
		return error;
	c.calls = has_calls(code);
	set_constants(&c);
	pass(&c, facts);
	code_bytes = c.at;
	thunks_bytes = c.thunk;
	error = take_memory(&c, c.at + c.thunk + 2 * PADDING, diag);
	if (error)
		return error;
	place(&c, code_bytes);
	pass(&c, facts);
	/* Memory was taken for what is written, to the byte. */
	if (c.at != code_bytes ||
	    c.thunk - code_bytes - PADDING != thunks_bytes)
		return nimble_refuse(diag, EINVAL, "%u bytes of code, not %u",
				     c.at, code_bytes);
	if (nimble_port_code_seal(code->machine, code->machine_bytes))
		return cannot(diag, "no executable memory");
	return c.far > UINT32_MAX ? cannot(diag, "the code is out of reach")
				  : 0;
}

uint32_t nimble_copy_insn(const struct nimble_code *code, uintptr_t at)
{
	uint32_t low = 0, high = code->count;

	/* The last one that starts there or before; those that have no code are first. */
	while (low + 1 < high) {
		uint32_t middle = low + (high - low) / 2;

		if (code->cells[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static uint32_t insn_at(const struct nimble_run *run)
{
	return run->fault_insn;
}

static const uint64_t *start_of(const struct nimble_code *code, uint32_t insn)
{
	return &code->cells[insn];
}

#define TIER                                                               \
	.stubs = true, .translate = translate, .enter = nimble_copy_enter, \
	.insn_at = insn_at, .start_of = start_of
const struct nimble_tier nimble_copy_checked_tier = {
	.name = "checked",
	.checked = true,
	.instead = NIMBLE_ENGINE_THREADED_CHECKED,
	TIER};
const struct nimble_tier nimble_copy_unchecked_tier = {
	.name = "unchecked", .instead = NIMBLE_ENGINE_THREADED_UNCHECKED, TIER};
