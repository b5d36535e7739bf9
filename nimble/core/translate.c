/* SPDX-License-Identifier: MIT */
/* From checked instructions to cells of the threaded code. */
/*
 * Cells are written one after another into code->cells; a jump's target word
 * holds the number of its instruction until all cells have their place. What
 * has no handler becomes a slow cell, done by slow.c; that is always right,
 * only slower, so which handlers exist is a matter of speed alone.
 */
#include "nimble/core/emit.h"
#include "nimble/core/forms.h"

/* Place of a shift count in NIMBLE_SHIFTS, plus 1; 0: it has none. */
#define SHIFT_PLACE(unused, place, count) [count] = (place) + 1,
static const uint8_t shift_place[64] = {NIMBLE_SHIFTS(SHIFT_PLACE, )};

static enum nimble_op constant_shift(unsigned int op)
{
	switch (op) {
	case OP_lsh64i:
		return OP_lsh64k;
	case OP_rsh64i:
		return OP_rsh64k;
	case OP_arsh64i:
		return OP_arsh64k;
	case OP_lsh32i:
		return OP_lsh32k;
	case OP_rsh32i:
		return OP_rsh32k;
	default:
		return OP_arsh32k;
	}
}

static bool is_wide(const struct nx_insn *insn)
{
	return BPF_CLASS(insn->opcode) == BPF_ALU64;
}

static bool shift(struct emit *e, const struct nx_insn *insn, unsigned int op)
{
	unsigned int count = insn->imm & (is_wide(insn) ? 63 : 31);
	unsigned int place = shift_place[count] - 1u;

	if (shift_place[count] &&
	    put_handler(e, constant_shift(op),
			insn->dst * NIMBLE_SHIFT_COUNT + place,
			insn->dst | place << 4))
		return true;
	return put_imm(e, op, insn->dst, count);
}

/* A mov of a register to itself, which clears the upper half in 32 bits. */
static bool move_to_itself(struct emit *e, const struct nx_insn *insn,
			   bool wide)
{
	return put_pair(e, wide ? OP_mov64 : OP_mov32, insn->dst, insn->dst);
}

static bool divide(struct emit *e, const struct nx_insn *insn, unsigned int op)
{
	if (insn->off) /* signed */
		return false;
	if (insn->imm)
		return put_imm(e, op, insn->dst, (uint64_t)(int64_t)insn->imm);
	if (BPF_OP(insn->opcode) == BPF_DIV)
		return put_imm(e, OP_mov64i, insn->dst, 0);
	return move_to_itself(e, insn, is_wide(insn));
}

static bool sign_extend(struct emit *e, const struct nx_insn *insn)
{
	static const uint8_t ops[2][4] = {
		{OP_movs8_32, OP_movs16_32},
		{OP_movs8_64, OP_movs16_64, 0, OP_movs32_64},
	};

	return put_pair(e, ops[is_wide(insn)][insn->off / 8 - 1], insn->dst,
			insn->src);
}

static bool byte_swap(struct emit *e, const struct nx_insn *insn)
{
	bool swap = is_wide(insn) || (insn->opcode & BPF_X);

	if (insn->imm == 16)
		return put_one(e, swap ? OP_swap16 : OP_low16, insn->dst);
	if (!swap)
		return move_to_itself(e, insn, insn->imm == 64);
	return put_one(e, insn->imm == 32 ? OP_swap32 : OP_swap64, insn->dst);
}

/* The twin of a jump backwards, which charges the budget, comes right after
 * the jump's family, see enum nimble_op. */
static inline bool is_charged(const struct emit *e, uint32_t target)
{
	return target <= e->insn && e->checked;
}

static inline void put_jump_words(struct emit *e, uint32_t target, bool charged)
{
	put_target(e, target);
	if (charged)
		put(e, nimble_span_charge(e->facts->cost, target, e->insn));
}

static inline bool jump(struct emit *e, unsigned int op, int32_t offset,
			unsigned int first, unsigned int second)
{
	uint32_t target = e->insn + 1 + (uint32_t)offset;
	bool charged = is_charged(e, target);

	if (unlikely(!put_pair(e, op + charged, first, second)))
		return false;
	put_jump_words(e, target, charged);
	return true;
}

static inline bool jump_imm(struct emit *e, const struct nx_insn *insn,
			    unsigned int op)
{
	uint32_t target = e->insn + 1 + (uint32_t)insn->off;
	bool charged = is_charged(e, target);

	if (unlikely(!put_one(e, op + charged, insn->dst)))
		return false;
	put(e, (uint64_t)(int64_t)insn->imm);
	put_jump_words(e, target, charged);
	return true;
}

static bool always(struct emit *e, int32_t offset)
{
	uint32_t target = e->insn + 1 + (uint32_t)offset;
	bool charged = is_charged(e, target);

	if (!put_handler(e, charged ? OP_ja_b : OP_ja, 0, 0))
		return false;
	put_jump_words(e, target, charged);
	return true;
}

static bool call(struct emit *e, const struct nx_insn *insn)
{
	bool local = insn->src == NX_CALL_LOCAL;
	uint32_t target = e->insn + 1 + (uint32_t)insn->imm;

	if (!put_handler(e, local ? OP_call : OP_helper, 0, 0))
		return false;
	if (local) {
		put_target(e, target);
		put(e, e->facts->charge[target]);
	} else {
		put(e, (uintptr_t)e->ext->imports[insn->imm]->function);
	}
	return true;
}

/* The value that an lddw stands for. */
uint64_t nimble_wide_constant(const struct nimble_ext *ext,
			      const struct nx_insn *insn)
{
	uint32_t imm = (uint32_t)insn->imm;
	uint32_t upper = (uint32_t)insn[1].imm;

	switch (insn->src) {
	case NX_IMM_MAP:
		return NIMBLE_MAP_HANDLE | imm;
	case NX_IMM_VALUE:
		return (uintptr_t)ext->maps[imm].values +
		       (uint64_t)(int64_t)insn[1].imm;
	case NX_IMM_DATA:
		return (uintptr_t)ext->data + (uint64_t)(int64_t)insn->imm;
	case NX_IMM_RODATA:
		return (uintptr_t)ext->rodata + (uint64_t)(int64_t)insn->imm;
	default:
		return imm | (uint64_t)upper << 32;
	}
}

/*
 * Checked accesses add the register to offset - arena, which gives an offset
 * in the arena to compare; unchecked ones add it to the offset itself. The
 * unchecked twin of an access comes right after it, see enum nimble_op.
 */
static inline bool is_unchecked(const struct emit *e,
				const struct nx_insn *insn, unsigned int base)
{
	return !e->checked ||
	       (e->known.known[base] &&
		nimble_known_fits(&e->known, e->ext, insn, base));
}

static inline void put_offset(struct emit *e, const struct nx_insn *insn,
			      bool unchecked)
{
	uint64_t offset = (uint64_t)(int64_t)insn->off;

	put(e, unchecked ? offset : offset - (uintptr_t)e->ext->arena);
}

static inline bool access(struct emit *e, const struct nx_insn *insn,
			  unsigned int op, unsigned int base)
{
	bool unchecked = is_unchecked(e, insn, base);

	if (unlikely(!put_pair(e, op + unchecked, insn->dst, insn->src)))
		return false;
	put_offset(e, insn, unchecked);
	return true;
}

static bool store_imm(struct emit *e, const struct nx_insn *insn,
		      unsigned int op)
{
	bool unchecked = is_unchecked(e, insn, insn->dst);

	if (!put_one(e, op + unchecked, insn->dst))
		return false;
	put_offset(e, insn, unchecked);
	put(e, (uint64_t)(int64_t)insn->imm);
	return true;
}

/* A load; a store changes no register. */
static inline bool load(struct emit *e, const struct nx_insn *insn,
			unsigned int op)
{
	bool done = access(e, insn, op, insn->src);

	nimble_forget(&e->known, insn->dst);
	return done;
}

static inline bool move(struct emit *e, const struct nx_insn *insn,
			unsigned int op)
{
	if (unlikely(insn->off)) {
		nimble_forget(&e->known, insn->dst);
		return sign_extend(e, insn);
	}
	nimble_known_copy(&e->known, insn->dst, insn->src);
	if (unlikely(op != OP_mov64))
		nimble_forget(&e->known, insn->dst);
	return put_pair(e, op, insn->dst, insn->src);
}

static bool wide(struct emit *e, const struct nx_insn *insn, unsigned int op)
{
	uint64_t value = nimble_wide_constant(e->ext, insn);

	nimble_known_wide(&e->known, e->ext, insn, value);
	put_imm(e, op, insn->dst, value); /* every engine has it */
	e->insn_cell[++e->insn] = NIMBLE_INSIDE;
	return true;
}

/* Forms that change dst, and nothing is known of it afterwards. */
static bool compute(struct emit *e, const struct nx_insn *insn,
		    struct nimble_form form)
{
	uint64_t imm = (uint64_t)(int64_t)insn->imm;

	nimble_forget(&e->known, insn->dst);
	switch (form.kind) {
	case NIMBLE_FORM_ONE:
		return put_one(e, form.op, insn->dst);
	case NIMBLE_FORM_IMM32:
		return put_imm(e, form.op, insn->dst, (uint32_t)imm);
	case NIMBLE_FORM_MINUS:
		return put_imm(e, form.op, insn->dst, -imm);
	case NIMBLE_FORM_SHIFT:
		return shift(e, insn, form.op);
	case NIMBLE_FORM_DIVIDE:
		return divide(e, insn, form.op);
	default:
		return byte_swap(e, insn);
	}
}

/* Forms that send control elsewhere, and what has no handler. */
static bool transfer(struct emit *e, const struct nx_insn *insn,
		     struct nimble_form form)
{
	switch (form.kind) {
	case NIMBLE_FORM_ALWAYS:
		return always(e, insn->off);
	case NIMBLE_FORM_ALWAYS32:
		return always(e, insn->imm);
	case NIMBLE_FORM_EXIT:
		return put_handler(e, form.op, 0, 0);
	case NIMBLE_FORM_CALL:
		nimble_known_other(&e->known, insn);
		return call(e, insn);
	default:
		nimble_known_other(&e->known, insn);
		return false;
	}
}

/* The commonest forms here, for speed. */
static inline bool translate_one(struct emit *e, const struct nx_insn *insn)
{
	const struct nimble_form form = nimble_forms[insn->opcode];
	int64_t imm = insn->imm;

	switch (form.kind) {
	case NIMBLE_FORM_PAIR:
		nimble_forget(&e->known, insn->dst);
		return !insn->off && put_pair(e, form.op, insn->dst, insn->src);
	case NIMBLE_FORM_MOVE:
		return move(e, insn, form.op);
	case NIMBLE_FORM_IMM:
		nimble_forget(&e->known, insn->dst);
		return put_imm(e, form.op, insn->dst, (uint64_t)imm);
	case NIMBLE_FORM_ADD:
		nimble_known_add(&e->known, insn->dst, imm);
		return put_imm(e, form.op, insn->dst, (uint64_t)imm);
	case NIMBLE_FORM_LOAD:
		return load(e, insn, form.op);
	case NIMBLE_FORM_STORE:
		return access(e, insn, form.op, insn->dst);
	case NIMBLE_FORM_STORE_IMM:
		return store_imm(e, insn, form.op);
	case NIMBLE_FORM_JUMP:
		return jump(e, form.op, insn->off, insn->dst, insn->src);
	case NIMBLE_FORM_MIRROR:
		return jump(e, form.op, insn->off, insn->src, insn->dst);
	case NIMBLE_FORM_JUMP_IMM:
		return jump_imm(e, insn, form.op);
	case NIMBLE_FORM_WIDE:
		return wide(e, insn, form.op);
	case NIMBLE_FORM_ONE:
	case NIMBLE_FORM_IMM32:
	case NIMBLE_FORM_MINUS:
	case NIMBLE_FORM_SHIFT:
	case NIMBLE_FORM_DIVIDE:
	case NIMBLE_FORM_SWAP:
		return compute(e, insn, form);
	default:
		return transfer(e, insn, form);
	}
}

/* What is known where control may arrive from elsewhere. */
static void start_block(struct emit *e)
{
	e->node = 0;
	nimble_known_start(&e->known, e->ext, e->facts->flags, e->insn);
}

/* For cells that end with an exit and are left before it. */
static void put_exit_cell(struct emit *e, struct nimble_code *code)
{
	code->exit_cell = &e->cells[e->at];
	e->word[e->at] =
		(struct nimble_word){.insn = code->count - 1, .op = OP_exit};
	e->cells[e->at++] = (uintptr_t)e->tables[OP_exit][0];
}

static void translate_all(struct emit *e, struct nimble_code *code)
{
	const uint8_t start = NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION;
	const uint8_t *flags = e->facts->flags;
	uint32_t count = code->count;

	start_block(e);
	for (; e->insn < count; e->insn++) {
		const struct nx_insn *insn = &e->insns[e->insn];

		if (flags[e->insn] & start)
			start_block(e);
		if (unlikely(!translate_one(e, insn)))
			put_handler(e, OP_slow, 0, 0);
	}
	put_exit_cell(e, code);
	code->words = e->at;
}

static void resolve_jumps(const struct emit *e, const struct nimble_code *code)
{
	uint32_t i;

	for (i = 0; i < e->patches; i++) {
		uint64_t *word = &code->cells[e->patch[i]];

		*word = (uintptr_t)&code->cells[code->insn_cell[*word]];
	}
}

size_t nimble_code_bytes(const struct nimble_ext *ext,
			 const struct nimble_facts *facts)
{
	const struct nimble_code *code = &ext->code;

	return facts->words * (sizeof(*code->cells) + sizeof(*code->word)) +
	       ext->image.insns * sizeof(*code->insn_cell) +
	       (ext->image.insns + 1) * sizeof(*code->cost);
}

/* One allocation: cells, their origins, where instructions start, what they cost. */
int nimble_code_allocate(struct nimble_code *code, const struct nimble_ext *ext,
			 const struct nimble_facts *facts)
{
	code->count = ext->image.insns;
	code->insns = ext->image.code;
	code->bytes = nimble_code_bytes(ext, facts);
	code->memory = nimble_port_alloc(code->bytes);
	if (!code->memory)
		return -ENOMEM;
	code->cells = code->memory;
	code->word = (void *)(code->cells + facts->words);
	code->insn_cell = (void *)(code->word + facts->words);
	code->cost = code->insn_cell + code->count;
	memcpy(code->cost, facts->cost,
	       (code->count + 1) * sizeof(*code->cost));
	return 0;
}

int nimble_translate(struct nimble_ext *ext, struct nimble_facts *facts)
{
	struct nimble_code *code = &ext->code;
	size_t patch_bytes = ext->image.insns * sizeof(uint32_t);
	struct emit e = {.ext = ext, .facts = facts};
	int error = nimble_code_allocate(code, ext, facts);

	if (error)
		return error;
	e.patch = nimble_port_alloc(patch_bytes);
	if (!e.patch) {
		nimble_port_free(code->memory, code->bytes);
		return -ENOMEM;
	}
	e.tables = ext->tier->tables;
	e.supers = ext->options.no_superinstructions ? NULL : ext->tier->supers;
	e.checked = ext->tier->checked;
	e.generic = ext->tier->generic;
	e.insn_cell = code->insn_cell;
	e.insns = code->insns;
	e.cells = code->cells;
	e.word = code->word;
	translate_all(&e, code);
	resolve_jumps(&e, code);
	nimble_port_free(e.patch, patch_bytes);
	return 0;
}
