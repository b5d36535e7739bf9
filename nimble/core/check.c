/* SPDX-License-Identifier: MIT */
/* The static checks: what each instruction may say, and where it may go. */
/*
 * One pass over the code with a table by opcode: fields that must be zero,
 * registers that may stand in dst and src, then what is special to the kind.
 * The pass marks jump targets and second slots of lddw; where both marks meet
 * the jump is refused. There is no data flow: what can only be known at run
 * time is checked at run time.
 */
#include "nimble/core/priv.h"

enum kind {
	BAD, /* no instruction */
	PLAIN, /* nothing beyond the masks */
	DIVMOD, /* off: 0, or 1 for signed */
	MOV, /* off: 0, or the width to sign-extend from */
	SWAP, /* imm: 16, 32 or 64 */
	LDDW,
	MEMORY, /* offsets from r10 lie in the frame */
	ATOMIC,
	JUMP, /* target in off */
	JUMP32, /* target in imm */
	CALL,
	EXIT,
};

struct rule {
	uint64_t zero; /* bits of the instruction that must be 0 */
	uint8_t dst, src; /* how many registers are allowed, from r0 on */
	uint8_t kind;
};

#define OFF 0x00000000ffff0000ull
#define IMM 0xffffffff00000000ull
#define DST 0x0000000000000f00ull
#define SRC 0x000000000000f000ull
#define WRITE 10 /* r0-r9 */
#define READ 11 /* r0-r10 */
#define NONE 1 /* unused: the mask says it is 0 */
#define ANY 16 /* src is a selector, checked by kind */

#define ALU_RULES(op, kind, x_zero, k_zero)                             \
	[BPF_ALU | BPF_X |                                              \
		op] = {x_zero, WRITE, READ, kind},                      \
		[BPF_ALU | BPF_K | op] = {k_zero, WRITE, NONE, kind},   \
		[BPF_ALU64 | BPF_X | op] = {x_zero, WRITE, READ, kind}, \
		[BPF_ALU64 | BPF_K | op] = {k_zero, WRITE, NONE, kind}
#define ALU(op) ALU_RULES(op, PLAIN, OFF | IMM, OFF | SRC)
#define JCC(op)                                                                \
	[BPF_JMP | BPF_X | op] = {IMM, READ, READ, JUMP},                      \
			   [BPF_JMP | BPF_K | op] = {SRC, READ, NONE, JUMP},   \
			   [BPF_JMP32 | BPF_X | op] = {IMM, READ, READ, JUMP}, \
			   [BPF_JMP32 | BPF_K | op] = {SRC, READ, NONE, JUMP}
#define LOADS(mode, size) [BPF_LDX | mode | size] = {IMM, WRITE, READ, MEMORY}
#define STORES(size)                                            \
	[BPF_STX | BPF_MEM | size] = {IMM, READ, READ, MEMORY}, \
			     [BPF_ST | BPF_MEM |                \
				     size] = {SRC, READ, NONE, MEMORY}

static const struct rule rules[256] = {
	ALU(BPF_ADD),
	ALU(BPF_SUB),
	ALU(BPF_MUL),
	ALU(BPF_OR),
	ALU(BPF_AND),
	ALU(BPF_XOR),
	ALU(BPF_LSH),
	ALU(BPF_RSH),
	ALU(BPF_ARSH),
	ALU_RULES(BPF_DIV, DIVMOD, IMM, SRC),
	ALU_RULES(BPF_MOD, DIVMOD, IMM, SRC),
	ALU_RULES(BPF_MOV, MOV, IMM, OFF | SRC),
	[BPF_ALU | BPF_NEG] = {OFF | IMM | SRC, WRITE, NONE, PLAIN},
	[BPF_ALU64 | BPF_NEG] = {OFF | IMM | SRC, WRITE, NONE, PLAIN},
	[BPF_ALU | BPF_END | BPF_K] = {OFF | SRC, WRITE, NONE, SWAP},
	[BPF_ALU | BPF_END | BPF_X] = {OFF | SRC, WRITE, NONE, SWAP},
	[BPF_ALU64 | BPF_END] = {OFF | SRC, WRITE, NONE, SWAP},
	[NX_OP_LDDW] = {OFF, WRITE, ANY, LDDW},
	LOADS(BPF_MEM, BPF_B),
	LOADS(BPF_MEM, BPF_H),
	LOADS(BPF_MEM, BPF_W),
	LOADS(BPF_MEM, BPF_DW),
	LOADS(BPF_MEMSX, BPF_B),
	LOADS(BPF_MEMSX, BPF_H),
	LOADS(BPF_MEMSX, BPF_W),
	STORES(BPF_B),
	STORES(BPF_H),
	STORES(BPF_W),
	STORES(BPF_DW),
	[BPF_STX | BPF_ATOMIC | BPF_W] = {0, READ, READ, ATOMIC},
	[BPF_STX | BPF_ATOMIC | BPF_DW] = {0, READ, READ, ATOMIC},
	[BPF_JMP | BPF_JA] = {IMM | DST | SRC, NONE, NONE, JUMP},
	[BPF_JMP32 | BPF_JA] = {OFF | DST | SRC, NONE, NONE, JUMP32},
	JCC(BPF_JEQ),
	JCC(BPF_JGT),
	JCC(BPF_JGE),
	JCC(BPF_JSET),
	JCC(BPF_JNE),
	JCC(BPF_JSGT),
	JCC(BPF_JSGE),
	JCC(BPF_JLT),
	JCC(BPF_JLE),
	JCC(BPF_JSLT),
	JCC(BPF_JSLE),
	[BPF_JMP | BPF_CALL] = {OFF | DST, NONE, ANY, CALL},
	[NX_OP_CALLX] = {OFF | IMM | SRC, WRITE, NONE, PLAIN},
	[BPF_JMP | BPF_EXIT] = {OFF | IMM | DST | SRC, NONE, NONE, EXIT},
};

struct check {
	const struct nimble_ext *ext;
	const struct nimble_image *image;
	struct nimble_facts *facts;
	struct nimble_diag *diag;
};

#define REFUSE(...) nimble_refuse_at(c->image, c->diag, i, __VA_ARGS__)

/* The masks said no: find out which field it was. */
static int bad_field(const struct check *c, uint32_t i, const struct rule *rule)
{
	const struct nx_insn *insn = &c->image->code[i];

	if (rule->kind == BAD)
		return REFUSE("unknown opcode %x", insn->opcode);
	if (insn->opcode == NX_OP_CALLX && insn->imm) /* clang 14's form */
		return REFUSE("callx: calls through function pointers are not "
			      "supported");
	if ((rule->zero & DST) && insn->dst)
		return REFUSE("unused field dst is %u; it must be 0",
			      insn->dst);
	if ((rule->zero & SRC) && insn->src)
		return REFUSE("unused field src is %u; it must be 0",
			      insn->src);
	if ((rule->zero & OFF) && insn->off)
		return REFUSE("unused field offset is %d; it must be 0",
			      insn->off);
	if ((rule->zero & IMM) && insn->imm)
		return REFUSE("unused field imm is %d; it must be 0",
			      insn->imm);
	if (insn->dst > NX_REG_FRAME || insn->src > NX_REG_FRAME)
		return REFUSE("there is no register r%u",
			      insn->dst > NX_REG_FRAME ? insn->dst : insn->src);
	return REFUSE("r10 is read-only");
}

/* Compilers form addresses outside an object, to which they add an index that
 * leads back into it; accesses are checked. So only what is far away is wrong. */
static bool is_near(int32_t offset, uint64_t bytes)
{
	return offset >= -(int32_t)NX_MAX_DATA &&
	       offset <= (int64_t)(bytes + NX_MAX_DATA);
}

static int check_lddw(const struct check *c, uint32_t i)
{
	const struct nx_insn *insn = &c->image->code[i];
	uint32_t imm = (uint32_t)insn->imm;
	const struct nimble_map *map;

	if (i + 1 == c->image->insns)
		return REFUSE("the second half of lddw is missing");
	if (insn[1].opcode || insn[1].dst || insn[1].src || insn[1].off)
		return REFUSE("the second half of lddw is malformed");
	c->facts->flags[i + 1] |= NIMBLE_INSN_SECOND;
	if (insn->src == NX_IMM64)
		return 0;
	if (insn->src > NX_IMM_RODATA)
		return REFUSE("lddw of unknown kind %u", insn->src);
	if (insn->src != NX_IMM_VALUE && insn[1].imm)
		return REFUSE("upper half of an lddw of kind %u is not 0",
			      insn->src);
	if (insn->src == NX_IMM_DATA &&
	    !is_near(insn->imm, (uint64_t)c->image->data_bytes +
					c->image->header->bss_bytes))
		return REFUSE("address far outside the data: offset %d",
			      insn->imm);
	if (insn->src == NX_IMM_RODATA &&
	    !is_near(insn->imm, c->image->rodata_bytes))
		return REFUSE(
			"address far outside the read-only data: offset %d",
			insn->imm);
	if (insn->src >= NX_IMM_DATA)
		return 0;
	if (imm >= c->image->nmaps)
		return REFUSE("there is no map %u", imm);
	map = &c->ext->maps[imm];
	if (insn->src == NX_IMM_VALUE && !map->ops->direct)
		return REFUSE("values of map %s have no fixed address",
			      map->name);
	if (insn->src == NX_IMM_VALUE &&
	    !is_near(insn[1].imm, map->values_bytes))
		return REFUSE("address far outside the values of map %s",
			      map->name);
	return 0;
}

/* An access at a constant offset from r10 needs no check at run time. */
static int check_frame(const struct check *c, uint32_t i)
{
	const struct nx_insn *insn = &c->image->code[i];
	unsigned int base =
		BPF_CLASS(insn->opcode) == BPF_LDX ? insn->src : insn->dst;
	int frame = (int)c->image->header->frame_bytes;

	if (base != NX_REG_FRAME)
		return 0;
	if (insn->off < -frame ||
	    insn->off + (int)nimble_access_bytes(insn->opcode) > 0)
		return REFUSE("offset %d is outside the stack frame of %d",
			      insn->off, frame);
	return 0;
}

static int check_atomic(const struct check *c, uint32_t i)
{
	const struct nx_insn *insn = &c->image->code[i];

	switch (insn->imm) {
	case BPF_ADD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		return check_frame(c, i);
	case BPF_ADD | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
		if (insn->src == NX_REG_FRAME)
			return REFUSE("r10 is read-only");
		return check_frame(c, i);
	case BPF_CMPXCHG:
		return check_frame(c, i);
	default:
		return REFUSE("unknown atomic operation %x", insn->imm);
	}
}

static int mark_target(const struct check *c, uint32_t i, int64_t offset,
		       uint8_t flags)
{
	int64_t target = (int64_t)i + 1 + offset;

	if (target < 0 || target >= c->image->insns)
		return REFUSE("%s goes outside the code",
			      flags & NIMBLE_INSN_FUNCTION ? "call" : "jump");
	c->facts->flags[target] |= flags;
	return 0;
}

static int check_call(const struct check *c, uint32_t i)
{
	const struct nx_insn *insn = &c->image->code[i];

	if (insn->src == NX_CALL_LOCAL) {
		return mark_target(c, i, insn->imm,
				   NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION);
	}
	if (insn->src != NX_CALL_HELPER)
		return REFUSE("call of unknown kind %u", insn->src);
	if ((uint32_t)insn->imm >= c->image->nimports)
		return REFUSE("call of helper %d: the image imports %u",
			      insn->imm, c->image->nimports);
	if (!c->ext->imports[insn->imm])
		return REFUSE("call of helper %d, which has no name",
			      insn->imm);
	return 0;
}

static int check_kind(const struct check *c, uint32_t i, unsigned int kind)
{
	const struct nx_insn *insn = &c->image->code[i];

	switch (kind) {
	case DIVMOD:
		if (insn->off != 0 && insn->off != 1)
			return REFUSE("offset %d of a division: want 0 or 1",
				      insn->off);
		return 0;
	case MOV:
		if (insn->off != 0 && insn->off != 8 && insn->off != 16 &&
		    (insn->off != 32 || BPF_CLASS(insn->opcode) == BPF_ALU))
			return REFUSE("no mov sign-extends from %d bits",
				      insn->off);
		return 0;
	case SWAP:
		if (insn->imm != 16 && insn->imm != 32 && insn->imm != 64)
			return REFUSE("no byte swap of %d bits", insn->imm);
		return 0;
	case LDDW:
		return check_lddw(c, i);
	case MEMORY:
		return check_frame(c, i);
	case ATOMIC:
		return check_atomic(c, i);
	case JUMP:
		return mark_target(c, i, insn->off, NIMBLE_INSN_TARGET);
	case JUMP32:
		return mark_target(c, i, insn->imm, NIMBLE_INSN_TARGET);
	case CALL:
		return check_call(c, i);
	default:
		return 0;
	}
}

/* A load or store that has r10 neither as its base nor as its value. */
static inline bool is_far_access(uint64_t raw, unsigned int kind)
{
	return kind == MEMORY && (raw >> 8 & 15) != NX_REG_FRAME &&
	       (raw >> 12 & 15) != NX_REG_FRAME;
}

static int check_insns(const struct check *c)
{
	const struct nx_insn *code = c->image->code;
	uint32_t i, count = c->image->insns;
	uint8_t *flags = c->facts->flags;
	int error;

	for (i = 0; i < count; i++) {
		const struct rule *rule = &rules[code[i].opcode];
		uint64_t raw;

		memcpy(&raw, &code[i], sizeof(raw));
		/* Less than 0, with bit 4 set, is a register that is allowed;
		 * of no instruction none is. */
		if (unlikely((raw & rule->zero) ||
			     !(((raw >> 8 & 15) - rule->dst) &
			       ((raw >> 12 & 15) - rule->src) & 16)))
			return bad_field(c, i, rule);
		/* The two commonest kinds here, for speed. */
		if (rule->kind == PLAIN || is_far_access(raw, rule->kind))
			continue;
		if (rule->kind == JUMP &&
		    (uint64_t)((int64_t)i + 1 + code[i].off) < count) {
			flags[i + 1 + code[i].off] |= NIMBLE_INSN_TARGET;
			continue;
		}
		error = check_kind(c, i, rule->kind);
		if (unlikely(error))
			return error;
		i += rule->kind == LDDW;
	}
	return 0;
}

/* A jump into the second half of an lddw: find it, to name it. */
static int jumps_into_lddw(const struct check *c, uint32_t into)
{
	const struct nx_insn *code = c->image->code;
	uint32_t i;

	for (i = 0; i < c->image->insns; i++) {
		unsigned int kind = rules[code[i].opcode].kind;
		int64_t offset = kind == JUMP ? code[i].off : code[i].imm;

		if (!(c->facts->flags[i] & NIMBLE_INSN_SECOND) &&
		    (kind == JUMP || kind == JUMP32 ||
		     (kind == CALL && code[i].src == NX_CALL_LOCAL)) &&
		    i + 1 + offset == into)
			return REFUSE("jump into the second half of lddw");
	}
	i = into;
	return REFUSE("a hook starts in the second half of lddw");
}

/* The flags of eight instructions from i on; there are NIMBLE_FLAGS_MORE
 * behind the last one, which are 0. */
static uint64_t eight_flags(const struct nimble_facts *facts, uint32_t i)
{
	uint64_t flags;

	memcpy(&flags, facts->flags + i, sizeof(flags));
	return flags;
}
#define IN_EACH(flag) (0x0101010101010101ull * (flag))

static int check_targets(const struct check *c)
{
	const uint8_t start = NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION;
	uint32_t i, at, count = c->image->insns;

	for (i = 0; i < count; i += 8) {
		if (!(eight_flags(c->facts, i) & IN_EACH(NIMBLE_INSN_SECOND)))
			continue;
		for (at = i; at < i + 8; at++)
			if (c->facts->flags[at] & NIMBLE_INSN_SECOND &&
			    c->facts->flags[at] & start)
				return jumps_into_lddw(c, at);
	}
	return 0;
}

static int check_end(const struct check *c)
{
	uint32_t i;

	i = c->image->insns - 1;
	if (c->facts->flags[i] & NIMBLE_INSN_SECOND ||
	    nimble_falls_through(&c->image->code[i]))
		return REFUSE("the code can run off its end");
	return 0;
}

/* Does a jump in [from, to) lead out of [from, end)? */
static bool jumps_out(const struct nimble_image *image, uint32_t from,
		      uint32_t to, uint32_t end)
{
	uint32_t i, target;

	for (i = from; i < to; i++) {
		const struct nx_insn *insn = &image->code[i];
		unsigned int kind = rules[insn->opcode].kind;

		if (kind != JUMP && kind != JUMP32)
			continue;
		target = i + 1 +
			 (uint32_t)(kind == JUMP ? insn->off : insn->imm);
		if (target < from || target >= end)
			return true;
	}
	return false;
}

/*
 * A call, of a function or of a hook, charges by the most that the callee can run without a
 * jump backwards, which charges by itself: up to the next function, or farther
 * where it runs on into that. Where any function jumps into another, which no
 * compiler does, each is charged up to the end of the code.
 */
static void measure_functions(struct nimble_facts *facts,
			      const struct nimble_image *image)
{
	uint32_t i, next = image->insns, end = next;
	bool out = false;

	for (i = image->insns; i-- > 0;) {
		if (i % 8 == 7 && !(eight_flags(facts, i - 7) &
				    IN_EACH(NIMBLE_INSN_FUNCTION))) {
			i -= 7;
			continue;
		}
		if (!(facts->flags[i] & NIMBLE_INSN_FUNCTION))
			continue;
		if (!(facts->flags[next - 1] & NIMBLE_INSN_SECOND) &&
		    !nimble_falls_through(&image->code[next - 1]))
			end = next;
		facts->charge[i] =
			(uint16_t)nimble_span_charge(facts->cost, i, end);
		out = out || jumps_out(image, i, next, end);
		next = i;
	}
	for (i = 0; out && i < image->insns; i++)
		facts->charge[i] = (uint16_t)nimble_span_charge(facts->cost, i,
								image->insns);
}

/* facts->flags and charge are zeroed, and NIMBLE_FLAGS_MORE behind flags. 0, or -EINVAL
 * with diag filled. */
int nimble_check(const struct nimble_ext *ext, struct nimble_facts *facts,
		 struct nimble_diag *diag)
{
	const struct check c = {ext, &ext->image, facts, diag};
	uint32_t i;
	int error;

	for (i = 0; i < ext->image.nhooks; i++)
		facts->flags[ext->image.hooks[i].insn] |= NIMBLE_INSN_FUNCTION;
	error = check_insns(&c);
	if (!error)
		error = check_targets(&c);
	if (!error)
		error = check_end(&c);
	if (error)
		return error;
	nimble_sum_costs(ext->image.code, ext->image.insns, facts->cost);
	measure_functions(facts, &ext->image);
	return 0;
}
