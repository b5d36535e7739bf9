/* SPDX-License-Identifier: MIT */
/* The static check of what helpers are called with. */
/*
 * For each argument of each call to a helper, the code is walked backwards to
 * what made the value: a constant, a map's handle, an address in the frame or
 * in data, through moves and additions. The walk stays inside what runs before
 * the call without fail, so it ends where anything jumps to; what it finds
 * there is unknown, and left to the helper, which checks every argument each
 * time. What is known and cannot be right is refused.
 */
#include "nimble/core/priv.h"

/* Compilers set arguments right before a call. */
#define LOOK_BACK 48

enum kind {
	UNKNOWN,
	CONSTANT,
	MAP, /* number: its index */
	FRAME, /* offset from r10 */
	DATA, /* offset in data and bss */
	RODATA,
	VALUES, /* number: the map's index */
};

struct value {
	enum kind kind;
	uint32_t number;
	int64_t offset; /* or the constant */
};

struct check {
	const struct nimble_ext *ext;
	const uint8_t *flags;
	struct nimble_diag *diag;
	uint32_t insn; /* of the call */
	const struct nimble_helper *helper;
	const struct nimble_map *map; /* before k, V and W, or NULL */
};

#define REFUSE(...) \
	nimble_refuse_at(&c->ext->image, c->diag, c->insn, __VA_ARGS__)

static bool writes(const struct nx_insn *insn, unsigned int reg)
{
	switch (BPF_CLASS(insn->opcode)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LD:
	case BPF_LDX:
		return insn->dst == reg;
	case BPF_STX: /* where it fetches, into src or r0 */
		return BPF_MODE(insn->opcode) == BPF_ATOMIC &&
		       (insn->src == reg || !reg);
	case BPF_JMP:
		return BPF_OP(insn->opcode) == BPF_CALL && reg <= 5;
	default:
		return false;
	}
}

static struct value wide(const struct nx_insn *insn, int64_t add)
{
	static const enum kind kinds[] = {CONSTANT, MAP, VALUES, DATA, RODATA};
	struct value v = {kinds[insn->src], (uint32_t)insn->imm, add};
	uint64_t upper = (uint32_t)insn[1].imm;

	if (v.kind == VALUES)
		v.offset += insn[1].imm;
	else if (v.kind == CONSTANT)
		v.offset = (int64_t)((v.number | upper << 32) + (uint64_t)add);
	else if (v.kind != MAP)
		v.offset += insn->imm;
	else if (add) /* a handle that was changed is none */
		v.kind = CONSTANT;
	return v;
}

/* What insn leaves in reg, which it writes, plus add; true: the same as was in
 * *reg before it, plus *add. */
static bool copied(const struct nx_insn *insn, unsigned int *reg, int64_t *add,
		   struct value *v)
{
	*v = (struct value){.kind = UNKNOWN};
	switch (insn->opcode) {
	case BPF_ALU64 | BPF_MOV | BPF_X:
		*reg = insn->src;
		return !insn->off;
	case BPF_ALU64 | BPF_ADD | BPF_K:
		*add += insn->imm;
		return true;
	case BPF_ALU64 | BPF_MOV | BPF_K:
		*v = (struct value){CONSTANT, 0, insn->imm + *add};
		return false;
	case BPF_ALU | BPF_MOV | BPF_K:
		*v = (struct value){CONSTANT, 0, (uint32_t)insn->imm + *add};
		return false;
	case NX_OP_LDDW:
		*v = wide(insn, *add);
		return false;
	case BPF_JMP | BPF_CALL: /* a helper leaves 0 in r1 to r5 */
		if (*reg && insn->src == NX_CALL_HELPER)
			*v = (struct value){CONSTANT, 0, *add};
		return false;
	default:
		return false;
	}
}

/* What is in a register when the call is made. */
static struct value argument(const struct check *c, unsigned int reg)
{
	const uint8_t start = NIMBLE_INSN_TARGET | NIMBLE_INSN_FUNCTION;
	struct value v = {.kind = UNKNOWN};
	uint32_t i = c->insn, steps;
	int64_t add = 0;

	for (steps = 0; steps < LOOK_BACK; steps++) {
		const struct nx_insn *insn;

		if (reg == NX_REG_FRAME)
			return (struct value){FRAME, 0, add};
		if (!i || c->flags[i] & start)
			return v;
		i -= i > 1 && c->flags[i - 1] & NIMBLE_INSN_SECOND ? 2 : 1;
		insn = &c->ext->image.code[i];
		if (!nimble_falls_through(insn))
			return v;
		if (writes(insn, reg) && !copied(insn, &reg, &add, &v))
			return v;
	}
	return v;
}

/* A region, and whether [offset, offset + bytes) lies in it. */
static bool inside(int64_t offset, uint64_t bytes, int64_t from, int64_t to)
{
	return offset >= from && offset <= to &&
	       bytes <= (uint64_t)(to - offset);
}

static int check_address(const struct check *c, unsigned int n, struct value v,
			 uint64_t bytes, bool write)
{
	const struct nimble_image *image = &c->ext->image;
	const char *name = c->helper->name;
	bool fits = true;

	switch (v.kind) {
	case UNKNOWN:
		return 0;
	case CONSTANT: /* trusted code may know an address of the host's */
		if (!c->ext->tier->checked)
			return 0;
		return REFUSE("argument %u of %s is the constant 0x%X, not an "
			      "address",
			      n, name, (uint64_t)v.offset);
	case MAP:
		return REFUSE("argument %u of %s is a map, not an address", n,
			      name);
	case FRAME:
		fits = inside(v.offset, bytes,
			      -(int64_t)image->header->frame_bytes, 0);
		break;
	case DATA:
		fits = inside(v.offset, bytes, 0,
			      (int64_t)image->data_bytes +
				      image->header->bss_bytes);
		break;
	case RODATA:
		if (write)
			return REFUSE("argument %u of %s is read-only data", n,
				      name);
		fits = inside(v.offset, bytes, 0, image->rodata_bytes);
		break;
	case VALUES:
		fits = inside(v.offset, bytes, 0,
			      (int64_t)c->ext->maps[v.number].values_bytes);
	}
	return fits ? 0
		    : REFUSE("argument %u of %s: %u bytes there leave the %s",
			     n, name, (uint32_t)(bytes >> 32 ? -1u : bytes),
			     v.kind == FRAME	? "stack frame"
			     : v.kind == VALUES ? "map's values"
						: "data");
}

static int check_map(struct check *c, unsigned int n, struct value v,
		     char letter)
{
	const struct nimble_map *map;

	c->map = NULL;
	if (v.kind == UNKNOWN)
		return 0;
	if (v.kind == CONSTANT)
		return REFUSE("argument %u of %s is the constant 0x%X, not a "
			      "map",
			      n, c->helper->name, (uint64_t)v.offset);
	if (v.kind != MAP)
		return REFUSE("argument %u of %s is an address, not a map", n,
			      c->helper->name);
	map = &c->ext->maps[v.number];
	if (letter == 'r' && map->info.type != NIMBLE_MAP_RING)
		return REFUSE("argument %u of %s: map %s is no ring buffer", n,
			      c->helper->name, map->name);
	if (letter == 'q' && map->info.type != NIMBLE_MAP_QUEUE)
		return REFUSE("argument %u of %s: map %s is no queue", n,
			      c->helper->name, map->name);
	if (letter == 'm' && !map->ops->lookup)
		return REFUSE("argument %u of %s: map %s has no keys", n,
			      c->helper->name, map->name);
	c->map = map;
	return 0;
}

/* The length of buffer n, which is the next such argument; 0: not known. */
static uint64_t length_of(const struct check *c, unsigned int n)
{
	struct value v;

	while (++n <= 5)
		if (c->helper->signature[n] == 'n') {
			v = argument(c, n);
			return v.kind == CONSTANT ? (uint64_t)v.offset : 0;
		}
	return 0;
}

static int check_argument(struct check *c, unsigned int n)
{
	char letter = c->helper->signature[n];
	struct value v;

	if (letter == '_' || letter == 'i')
		return 0;
	v = argument(c, n);
	switch (letter) {
	case 'm':
	case 'r':
	case 'q':
		return check_map(c, n, v, letter);
	case 'k':
		return check_address(
			c, n, v, c->map ? c->map->info.key_bytes : 0, false);
	case 'V':
	case 'W':
		return check_address(c, n, v,
				     c->map ? c->map->info.value_bytes : 0,
				     letter == 'W');
	case 'b':
	case 'w':
		return check_address(c, n, v, length_of(c, n), letter == 'w');
	case 'n':
		if (v.kind == UNKNOWN || v.kind == CONSTANT)
			return 0;
		return REFUSE("argument %u of %s is %s, not a length", n,
			      c->helper->name,
			      v.kind == MAP ? "a map" : "an address");
	default:
		return 0;
	}
}

/* After nimble_check() found the code well-formed, which fills flags. */
int nimble_check_arguments(const struct nimble_ext *ext,
			   const struct nimble_facts *facts,
			   struct nimble_diag *diag)
{
	struct check c = {.ext = ext, .flags = facts->flags, .diag = diag};
	const struct nx_insn *code = ext->image.code;
	unsigned int n;
	int error = 0;

	if (!ext->image.nimports)
		return 0;
	for (c.insn = 0; c.insn < ext->image.insns && !error; c.insn++) {
		if (!nimble_calls_helper(&code[c.insn]))
			continue;
		c.helper = ext->imports[code[c.insn].imm];
		c.map = NULL;
		for (n = 1; n <= 5 && !error && c.helper->signature; n++)
			error = check_argument(&c, n);
	}
	return error;
}
