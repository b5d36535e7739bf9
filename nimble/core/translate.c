/* SPDX-License-Identifier: MIT */
/* From checked instructions to cells of the threaded code. */
/*
 * Cells are written one after another into code->cells; a jump's target word
 * holds the number of its instruction until all cells have their place. What
 * has no handler becomes a slow cell, done by slow.c; that is always right,
 * only slower, so which handlers exist is a matter of speed alone.
 */
#include "nimble/core/facts.h"
#include "nimble/engine/super.h"

struct emit {
	struct nimble_ext *ext;
	const struct nimble_facts *facts;
	const nimble_handler *const *tables;
	const struct nx_insn *insns;
	uint64_t *cells;
	struct nimble_word *word;
	bool generic; /* see struct nimble_tier */
	struct nimble_known_regs known;
	uint32_t at; /* next word */
	uint32_t insn; /* being translated */
	uint32_t open; /* the cell that may still grow, or NONE */
	uint32_t node; /* its place among the superinstructions */
	uint32_t *patch; /* words that hold the instruction jumped to */
	uint32_t patches;
};

#define NONE 0xffffffffu

static inline void put(struct emit *e, uint64_t value)
{
	e->cells[e->at] = value;
	e->word[e->at].insn = e->insn;
	e->at++;
}

static void put_target(struct emit *e, uint32_t insn)
{
	e->patch[e->patches++] = e->at;
	put(e, insn);
}

/* Start a cell; false: there is no such handler. */
static inline bool put_handler(struct emit *e, enum nimble_op op,
			       unsigned int place, unsigned int regs)
{
	const nimble_handler *family = e->tables[op];

	place = e->generic ? 0 : place;
	if (unlikely(!family || !family[place]))
		return false;
	e->word[e->at].op = op;
	e->word[e->at].regs = regs;
	put(e, (uint64_t)(uintptr_t)family[place]);
	return true;
}

static bool put_slow(struct emit *e)
{
	return put_handler(e, OP_slow, 0, 0);
}

static inline bool put_pair(struct emit *e, enum nimble_op op,
			    unsigned int first, unsigned int second)
{
	return put_handler(e, op, first * 11 + second, first | second << 4);
}

static inline bool put_one(struct emit *e, enum nimble_op op, unsigned int reg)
{
	return put_handler(e, op, reg, reg);
}

/* Arithmetic by opcode >> 4: the families of both sources and both widths. */
struct alu_ops {
	uint8_t reg, imm;
};
static const struct alu_ops alu64[16] = {
	[BPF_ADD >> 4] = {OP_add64, OP_add64i},
	[BPF_SUB >> 4] = {OP_sub64, OP_add64i}, /* of the negative */
	[BPF_MUL >> 4] = {OP_mul64, OP_mul64i},
	[BPF_DIV >> 4] = {OP_div64, OP_div64i},
	[BPF_OR >> 4] = {OP_or64, OP_or64i},
	[BPF_AND >> 4] = {OP_and64, OP_and64i},
	[BPF_LSH >> 4] = {OP_lsh64, OP_lsh64i},
	[BPF_RSH >> 4] = {OP_rsh64, OP_rsh64i},
	[BPF_MOD >> 4] = {OP_mod64, OP_mod64i},
	[BPF_XOR >> 4] = {OP_xor64, OP_xor64i},
	[BPF_MOV >> 4] = {OP_mov64, OP_mov64i},
	[BPF_ARSH >> 4] = {OP_arsh64, OP_arsh64i},
};
static const struct alu_ops alu32[16] = {
	[BPF_ADD >> 4] = {OP_add32, OP_add32i},
	[BPF_SUB >> 4] = {OP_sub32, OP_add32i},
	[BPF_MUL >> 4] = {OP_mul32, OP_mul32i},
	[BPF_DIV >> 4] = {OP_div32, OP_div32i},
	[BPF_OR >> 4] = {OP_or32, OP_or32i},
	[BPF_AND >> 4] = {OP_and32, OP_and32i},
	[BPF_LSH >> 4] = {OP_lsh32, OP_lsh32i},
	[BPF_RSH >> 4] = {OP_rsh32, OP_rsh32i},
	[BPF_MOD >> 4] = {OP_mod32, OP_mod32i},
	[BPF_XOR >> 4] = {OP_xor32, OP_xor32i},
	[BPF_MOV >> 4] = {OP_mov32, OP_mov64i}, /* of the zero-extended */
	[BPF_ARSH >> 4] = {OP_arsh32, OP_arsh32i},
};

/* Place of a shift count in NIMBLE_SHIFTS, plus 1; 0: it has none. */
#define SHIFT_PLACE(unused, place, count) [count] = (place) + 1,
static const uint8_t shift_place[64] = {NIMBLE_SHIFTS(SHIFT_PLACE, )};

static enum nimble_op constant_shift(unsigned int alu_op, bool wide)
{
	switch (alu_op) {
	case BPF_LSH:
		return wide ? OP_lsh64k : OP_lsh32k;
	case BPF_RSH:
		return wide ? OP_rsh64k : OP_rsh32k;
	default:
		return wide ? OP_arsh64k : OP_arsh32k;
	}
}

static bool shift_imm(struct emit *e, const struct nx_insn *insn, bool wide)
{
	const struct alu_ops *ops = wide ? alu64 : alu32;
	unsigned int count = insn->imm & (wide ? 63 : 31);

	if (shift_place[count] &&
	    put_handler(e, constant_shift(BPF_OP(insn->opcode), wide),
			insn->dst * NIMBLE_SHIFT_COUNT + shift_place[count] - 1,
			insn->dst | (shift_place[count] - 1) << 4))
		return true;
	if (!put_one(e, ops[insn->opcode >> 4].imm, insn->dst))
		return false;
	put(e, count);
	return true;
}

static bool put_imm(struct emit *e, enum nimble_op op, unsigned int reg,
		    uint64_t imm)
{
	if (!put_one(e, op, reg))
		return false;
	put(e, imm);
	return true;
}

static bool divide_by_zero(struct emit *e, const struct nx_insn *insn,
			   bool wide)
{
	if (BPF_OP(insn->opcode) == BPF_DIV)
		return put_imm(e, OP_mov64i, insn->dst, 0);
	return put_pair(e, wide ? OP_mov64 : OP_mov32, insn->dst, insn->dst);
}

static inline bool alu_imm(struct emit *e, const struct nx_insn *insn,
			   bool wide)
{
	const struct alu_ops *ops = wide ? alu64 : alu32;
	uint64_t imm = (uint64_t)(int64_t)insn->imm;

	switch (BPF_OP(insn->opcode)) {
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		return shift_imm(e, insn, wide);
	case BPF_DIV:
	case BPF_MOD:
		if (insn->off)
			return false;
		if (!insn->imm)
			return divide_by_zero(e, insn, wide);
		break;
	case BPF_SUB:
		imm = -imm;
		break;
	case BPF_MOV:
		imm = wide ? imm : (uint32_t)imm;
		break;
	}
	return put_imm(e, ops[insn->opcode >> 4].imm, insn->dst, imm);
}

static bool sign_extend(struct emit *e, const struct nx_insn *insn, bool wide)
{
	static const uint8_t ops[2][4] = {
		{OP_movs8_32, OP_movs16_32},
		{OP_movs8_64, OP_movs16_64, 0, OP_movs32_64},
	};

	return put_pair(e, ops[wide][insn->off / 8 - 1], insn->dst, insn->src);
}

static bool byte_swap(struct emit *e, const struct nx_insn *insn)
{
	bool swap =
		BPF_CLASS(insn->opcode) == BPF_ALU64 || (insn->opcode & BPF_X);

	if (insn->imm == 16)
		return put_one(e, swap ? OP_swap16 : OP_low16, insn->dst);
	if (insn->imm == 32)
		return swap ? put_one(e, OP_swap32, insn->dst)
			    : put_pair(e, OP_mov32, insn->dst, insn->dst);
	return swap ? put_one(e, OP_swap64, insn->dst)
		    : put_pair(e, OP_mov64, insn->dst, insn->dst);
}

static inline bool alu(struct emit *e, const struct nx_insn *insn)
{
	bool wide = BPF_CLASS(insn->opcode) == BPF_ALU64;
	unsigned int op = BPF_OP(insn->opcode);

	if (op == BPF_END)
		return byte_swap(e, insn);
	if (op == BPF_NEG)
		return put_one(e, wide ? OP_neg64 : OP_neg32, insn->dst);
	if (!(insn->opcode & BPF_X))
		return alu_imm(e, insn, wide);
	if (insn->off)
		return op == BPF_MOV && sign_extend(e, insn, wide);
	return put_pair(e, (wide ? alu64 : alu32)[insn->opcode >> 4].reg,
			insn->dst, insn->src);
}

/*
 * Jumps by opcode >> 4. Of a register comparison and its mirror image only
 * one has handlers: a > b is b < a.
 */
static const struct jump_ops {
	uint8_t reg64, reg32, imm64, imm32;
	bool mirrored;
} jumps[16] = {
	[BPF_JEQ >> 4] = {OP_jeq64, OP_jeq32, OP_jeq64i, OP_jeq32i, false},
	[BPF_JNE >> 4] = {OP_jne64, OP_jne32, OP_jne64i, OP_jne32i, false},
	[BPF_JSET >> 4] = {OP_jset64, OP_jset32, OP_jset64i, OP_jset32i, false},
	[BPF_JLT >> 4] = {OP_jlt64, OP_jlt32, OP_jlt64i, OP_jlt32i, false},
	[BPF_JLE >> 4] = {OP_jle64, OP_jle32, OP_jle64i, OP_jle32i, false},
	[BPF_JGT >> 4] = {OP_jlt64, OP_jlt32, OP_jgt64i, OP_jgt32i, true},
	[BPF_JGE >> 4] = {OP_jle64, OP_jle32, OP_jge64i, OP_jge32i, true},
	[BPF_JSLT >> 4] = {OP_jslt64, OP_jslt32, OP_jslt64i, OP_jslt32i, false},
	[BPF_JSLE >> 4] = {OP_jsle64, OP_jsle32, OP_jsle64i, OP_jsle32i, false},
	[BPF_JSGT >> 4] = {OP_jslt64, OP_jslt32, OP_jsgt64i, OP_jsgt32i, true},
	[BPF_JSGE >> 4] = {OP_jsle64, OP_jsle32, OP_jsge64i, OP_jsge32i, true},
};

/* Does a jump from the instruction being translated charge the budget? */
static bool is_charged(const struct emit *e, uint32_t target)
{
	return target <= e->insn && e->ext->tier->checked;
}

static void put_jump_words(struct emit *e, uint32_t target, bool charged)
{
	put_target(e, target);
	if (charged)
		put(e, nimble_span_charge(e->insn - target));
}

static bool always(struct emit *e, const struct nx_insn *insn)
{
	int32_t offset =
		BPF_CLASS(insn->opcode) == BPF_JMP32 ? insn->imm : insn->off;
	uint32_t target = e->insn + 1 + offset;
	bool charged = is_charged(e, target);

	if (!put_handler(e, charged ? OP_ja_b : OP_ja, 0, 0))
		return false;
	put_jump_words(e, target, charged);
	return true;
}

static inline bool jump(struct emit *e, const struct nx_insn *insn)
{
	const struct jump_ops *ops = &jumps[insn->opcode >> 4];
	bool wide = BPF_CLASS(insn->opcode) == BPF_JMP;
	uint32_t target = e->insn + 1 + insn->off;
	bool charged = is_charged(e, target);

	/* The twin that charges comes right after, see enum nimble_op. */
	if (insn->opcode & BPF_X) {
		if (!put_pair(e, (wide ? ops->reg64 : ops->reg32) + charged,
			      ops->mirrored ? insn->src : insn->dst,
			      ops->mirrored ? insn->dst : insn->src))
			return false;
	} else {
		if (!put_one(e, (wide ? ops->imm64 : ops->imm32) + charged,
			     insn->dst))
			return false;
		put(e, (uint64_t)(int64_t)insn->imm);
	}
	put_jump_words(e, target, charged);
	return true;
}

static bool call_local(struct emit *e, const struct nx_insn *insn)
{
	uint32_t target = e->insn + 1 + insn->imm;

	if (!put_handler(e, OP_call, 0, 0))
		return false;
	put_target(e, target);
	put(e, e->facts->charge[target]);
	return true;
}

static bool call_helper(struct emit *e, const struct nx_insn *insn)
{
	const struct nimble_helper *helper = e->ext->imports[insn->imm];

	if (!put_handler(e, OP_helper, 0, 0))
		return false;
	put(e, (uint64_t)(uintptr_t)helper->function);
	return true;
}

static bool transfer(struct emit *e, const struct nx_insn *insn)
{
	switch (BPF_OP(insn->opcode)) {
	case BPF_JA:
		return always(e, insn);
	case BPF_CALL:
		if (insn->opcode == NX_OP_CALLX)
			return false;
		return insn->src == NX_CALL_LOCAL ? call_local(e, insn)
						  : call_helper(e, insn);
	case BPF_EXIT:
		return put_handler(e, OP_exit, 0, 0);
	default:
		return jump(e, insn);
	}
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
		return (uintptr_t)(ext->maps[imm].values + upper);
	case NX_IMM_DATA:
		return (uintptr_t)(ext->data + imm);
	case NX_IMM_RODATA:
		return (uintptr_t)(ext->rodata + imm);
	default:
		return imm | (uint64_t)upper << 32;
	}
}

/*
 * Checked accesses add the register to offset - arena, which gives an offset
 * in the arena to compare; unchecked ones add it to the offset itself. The
 * unchecked twin of an access comes right after it, see enum nimble_op.
 */
static bool is_unchecked(const struct emit *e, const struct nx_insn *insn)
{
	return !e->ext->tier->checked ||
	       nimble_known_inside(&e->known, e->ext, insn);
}

static uint64_t access_word(const struct emit *e, const struct nx_insn *insn,
			    bool unchecked)
{
	uint64_t offset = (uint64_t)(int64_t)insn->off;

	return unchecked ? offset : offset - (uintptr_t)e->ext->arena;
}

static inline bool load(struct emit *e, const struct nx_insn *insn)
{
	/* By opcode >> 3: the size and the mode. */
	static const uint8_t ops[32] = {
		[(BPF_MEM | BPF_B) >> 3] = OP_ldx8,
		[(BPF_MEM | BPF_H) >> 3] = OP_ldx16,
		[(BPF_MEM | BPF_W) >> 3] = OP_ldx32,
		[(BPF_MEM | BPF_DW) >> 3] = OP_ldx64,
		[(BPF_MEMSX | BPF_B) >> 3] = OP_lds8,
		[(BPF_MEMSX | BPF_H) >> 3] = OP_lds16,
		[(BPF_MEMSX | BPF_W) >> 3] = OP_lds32,
	};
	bool unchecked = is_unchecked(e, insn);

	if (!put_pair(e, ops[insn->opcode >> 3] + unchecked, insn->dst,
		      insn->src))
		return false;
	put(e, access_word(e, insn, unchecked));
	return true;
}

static bool store(struct emit *e, const struct nx_insn *insn)
{
	static const uint8_t ops[4] = {OP_stx32, OP_stx16, OP_stx8, OP_stx64};
	bool unchecked = is_unchecked(e, insn);

	if (BPF_MODE(insn->opcode) == BPF_ATOMIC ||
	    !put_pair(e, ops[insn->opcode >> 3 & 3] + unchecked, insn->dst,
		      insn->src))
		return false;
	put(e, access_word(e, insn, unchecked));
	return true;
}

static bool store_imm(struct emit *e, const struct nx_insn *insn)
{
	static const uint8_t ops[4] = {OP_st32, OP_st16, OP_st8, OP_st64};
	bool unchecked = is_unchecked(e, insn);

	if (!put_one(e, ops[insn->opcode >> 3 & 3] + unchecked, insn->dst))
		return false;
	put(e, access_word(e, insn, unchecked));
	put(e, (uint64_t)(int64_t)insn->imm);
	return true;
}

static inline bool translate_one(struct emit *e, const struct nx_insn *insn)
{
	switch (BPF_CLASS(insn->opcode)) {
	case BPF_LD:
		return put_imm(e, OP_mov64i, insn->dst,
			       nimble_wide_constant(e->ext, insn));
	case BPF_LDX:
		return load(e, insn);
	case BPF_ST:
		return store_imm(e, insn);
	case BPF_STX:
		return store(e, insn);
	case BPF_JMP:
	case BPF_JMP32:
		return transfer(e, insn);
	default:
		return alu(e, insn);
	}
}

/*
 * Make the cell that was just written, from word start on, one more step of
 * the cell before it, if there is a superinstruction for that: the handlers'
 * words become one, and the operands move up.
 */
static inline bool join(struct emit *e, uint32_t start, uint32_t first_patch)
{
	uint32_t step = nimble_super_step(&e->word[start]);
	nimble_handler handler;
	uint32_t node = nimble_super_find(e->ext->tier->supers, e->node, step,
					  &handler);
	uint32_t i;

	if (node == NIMBLE_SUPER_NONE)
		return false;
	e->cells[e->open] = (uintptr_t)handler;
	e->word[e->open].super = (uint16_t)nimble_super_number(node);
	for (i = start; i + 1 < e->at; i++) {
		e->cells[i] = e->cells[i + 1];
		e->word[i] = e->word[i + 1];
	}
	e->at--;
	for (i = first_patch; i < e->patches; i++)
		e->patch[i]--;
	e->node = node;
	return true;
}

/* One instruction, as a cell of its own or as a step of the one before. */
static inline void translate_next(struct emit *e, struct nimble_code *code)
{
	const struct nx_insn *insn = &e->insns[e->insn];
	uint32_t start = e->at, first_patch = e->patches;
	const uint8_t *flags = e->facts->flags;
	bool target =
		flags[e->insn] & (NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION);

	if (e->ext->tier->checked)
		nimble_known_at(&e->known, e->ext, flags, e->insn);
	if (!translate_one(e, insn))
		put_slow(e);
	if (e->ext->tier->checked)
		nimble_known_after(&e->known, e->ext, insn);
	if (!target && e->open != NONE && join(e, start, first_patch)) {
		code->insn_cell[e->insn] = NIMBLE_INSIDE;
		return;
	}
	code->insn_cell[e->insn] = start;
	e->open = e->ext->tier->supers && !e->ext->options.no_superinstructions
			  ? start
			  : NONE;
	e->node = nimble_super_step(&e->word[start]);
}

static void translate_all(struct emit *e, struct nimble_code *code)
{
	e->open = NONE;
	while (e->insn < code->count) {
		bool wide = e->insns[e->insn].opcode == NX_OP_LDDW;

		translate_next(e, code);
		if (wide)
			code->insn_cell[++e->insn] = NIMBLE_INSIDE;
		e->insn++;
	}
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
	       ext->image.insns * sizeof(*code->insn_cell);
}

/* One allocation: cells, their origins, and where instructions start. */
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
	e.generic = ext->tier->generic;
	e.insns = code->insns;
	e.cells = code->cells;
	e.word = code->word;
	translate_all(&e, code);
	resolve_jumps(&e, code);
	nimble_port_free(e.patch, patch_bytes);
	return 0;
}
