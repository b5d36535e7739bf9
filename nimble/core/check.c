/* SPDX-License-Identifier: MIT */
/* The static checks: what each instruction may say, and where it may go. */
/*
 * One pass over the code with the table by opcode (engine/ops.def): fields that must be
 * zero, registers that may stand in dst and src, then what is special to the form.
 * The pass marks jump targets and second slots of lddw; where both marks meet
 * the jump is refused. There is no data flow: what can only be known at run
 * time is checked at run time.
 */
#include "nimble/core/priv.h"

struct check {
	const struct nimble_ext *ext;
	const struct nimble_image *image;
	struct nimble_facts *facts;
	struct nimble_diag *diag;
};

#define REFUSE(...) nimble_refuse_at(c->image, c->diag, i, __VA_ARGS__)
#define UNUSED(field, value) \
	REFUSE("unused field %s is %d; it must be 0", field, value)

/* The masks said no: find out which field it was. */
static int bad_field(const struct check *c, uint32_t i)
{
	const struct nx_insn *insn = &c->image->code[i];
	uint64_t zero = nimble_opcodes[insn->opcode].zero;
	struct nx_insn unused;

	if (!nimble_opcodes[insn->opcode].form)
		return REFUSE("unknown opcode %x", insn->opcode);
	if (insn->opcode == NX_OP_CALLX && insn->imm) /* clang 14's form */
		return REFUSE("callx: calls through function pointers are not "
			      "supported");
	memcpy(&unused, &zero, sizeof(unused));
	if (unused.dst && insn->dst)
		return UNUSED("dst", (int)insn->dst);
	if (unused.src && insn->src)
		return UNUSED("src", (int)insn->src);
	if (unused.off && insn->off)
		return UNUSED("offset", insn->off);
	if (unused.imm && insn->imm)
		return UNUSED("imm", insn->imm);
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

	if (nimble_atomic_op(insn->imm) == OP_slow)
		return REFUSE("unknown atomic operation %x", insn->imm);
	if (insn->imm != BPF_CMPXCHG && insn->imm & BPF_FETCH &&
	    insn->src == NX_REG_FRAME)
		return REFUSE("r10 is read-only");
	return check_frame(c, i);
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

static int check_form(const struct check *c, uint32_t i, unsigned int form)
{
	const struct nx_insn *insn = &c->image->code[i];

	switch (form) {
	case NIMBLE_FORM_DIVIDE:
	case NIMBLE_FORM_DIVIDE_IMM:
		if (insn->off != 0 && insn->off != 1)
			return REFUSE("offset %d of a division: want 0 or 1",
				      insn->off);
		return 0;
	case NIMBLE_FORM_MOVE:
		if (insn->off != 0 && insn->off != 8 && insn->off != 16 &&
		    (insn->off != 32 || BPF_CLASS(insn->opcode) == BPF_ALU))
			return REFUSE("no mov sign-extends from %d bits",
				      insn->off);
		return 0;
	case NIMBLE_FORM_SWAP:
		if (insn->imm != 16 && insn->imm != 32 && insn->imm != 64)
			return REFUSE("no byte swap of %d bits", insn->imm);
		return 0;
	case NIMBLE_FORM_WIDE:
		return check_lddw(c, i);
	case NIMBLE_FORM_LOAD:
	case NIMBLE_FORM_STORE:
	case NIMBLE_FORM_STORE_IMM:
		return check_frame(c, i);
	case NIMBLE_FORM_ATOMIC:
		return check_atomic(c, i);
	case NIMBLE_FORM_JUMP:
	case NIMBLE_FORM_MIRROR:
	case NIMBLE_FORM_JUMP_IMM:
	case NIMBLE_FORM_ALWAYS:
	case NIMBLE_FORM_ALWAYS32:
		return mark_target(c, i, nimble_jump_offset(insn),
				   NIMBLE_INSN_TARGET);
	case NIMBLE_FORM_CALL:
		return check_call(c, i);
	default:
		return 0;
	}
}

/* Of a load or store that has r10 neither as its base nor as its value, too. */
static inline bool needs_no_more(uint64_t raw, unsigned int form)
{
	return form < NIMBLE_FORM_LOAD || (form <= NIMBLE_FORM_STORE_IMM &&
					   (raw >> 8 & 15) != NX_REG_FRAME &&
					   (raw >> 12 & 15) != NX_REG_FRAME);
}

static inline bool is_jump(unsigned int form)
{
	return form >= NIMBLE_FORM_JUMP && form <= NIMBLE_FORM_ALWAYS32;
}

static int check_insns(const struct check *c)
{
	const struct nx_insn *code = c->image->code;
	uint32_t i, count = c->image->insns;
	uint8_t *flags = c->facts->flags;
	int error;

	for (i = 0; i < count; i++) {
		const struct nimble_insn_info *rule =
			&nimble_opcodes[code[i].opcode];
		uint64_t raw;

		memcpy(&raw, &code[i], sizeof(raw));
		/* Less than 0, with bit 4 set, is a register that is allowed;
		 * of no instruction none is. */
		if (unlikely((raw & rule->zero) ||
			     !(((raw >> 8 & 15) - rule->dst) &
			       ((raw >> 12 & 15) - rule->src) & 16)))
			return bad_field(c, i);
		/* The two commonest kinds here, for speed. */
		if (needs_no_more(raw, rule->form))
			continue;
		if (is_jump(rule->form) && rule->form != NIMBLE_FORM_ALWAYS32 &&
		    (uint64_t)((int64_t)i + 1 + code[i].off) < count) {
			flags[i + 1 + code[i].off] |= NIMBLE_INSN_TARGET;
			continue;
		}
		error = check_form(c, i, rule->form);
		if (unlikely(error))
			return error;
		i += rule->form == NIMBLE_FORM_WIDE;
	}
	return 0;
}

/* A jump into the second half of an lddw: find it, to name it. */
static int jumps_into_lddw(const struct check *c, uint32_t into)
{
	const struct nx_insn *code = c->image->code;
	uint32_t i;

	for (i = 0; i < c->image->insns; i++) {
		const struct nx_insn *insn = &code[i];
		bool call = nimble_calls_local(insn);

		if (!(c->facts->flags[i] & NIMBLE_INSN_SECOND) &&
		    (call || is_jump(nimble_opcodes[insn->opcode].form)) &&
		    i + 1 + (call ? insn->imm : nimble_jump_offset(insn)) ==
			    (int64_t)into)
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

		if (!is_jump(nimble_opcodes[insn->opcode].form))
			continue;
		target = i + 1 + (uint32_t)nimble_jump_offset(insn);
		if (target < from || target >= end)
			return true;
	}
	return false;
}

/*
 * A call, of a function or of a hook, charges for all that the callee can run without a
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
		facts->charge[i] = facts->cost[end] - facts->cost[i];
		out = out || jumps_out(image, i, next, end);
		next = i;
	}
	for (i = 0; out && i < image->insns; i++)
		facts->charge[i] = facts->cost[image->insns] - facts->cost[i];
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
