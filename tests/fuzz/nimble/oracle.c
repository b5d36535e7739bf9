/* SPDX-License-Identifier: MIT */
/* A model of the engine: RFC 9669 by one switch, and the engine's rules. */
#include <string.h>

#include "tests/fuzz/nimble/oracle_priv.h"

struct caller {
	uint64_t saved[4];
	uint32_t back;
};

struct state {
	struct oracle *o;
	struct caller stack[NX_MAX_DEPTH];
	uint32_t depth, i;
	bool starts[ORACLE_INSNS]; /* functions; [0] is set once they are known */
	bool mixed; /* some function jumps into another */
};

/* As oracle_at(), for loads and stores, which reach the application's memory as well. */
static uint8_t *anywhere(struct oracle *o, uint64_t address, uint64_t bytes,
			 bool write)
{
	uint8_t *inside = oracle_at(o, address, bytes, write);

	if (inside || address < o->user || bytes > o->user_bytes ||
	    address - o->user > o->user_bytes - bytes)
		return inside;
	return o->user_memory + (address - o->user);
}

static uint64_t divide(uint64_t a, uint64_t b, bool is_signed, bool modulo)
{
	if (b == 0)
		return modulo ? a : 0;
	if (!is_signed)
		return modulo ? a % b : a / b;
	if ((int64_t)b == -1) /* -a, without the trap at the least integer */
		return modulo ? 0 : 0 - a;
	return (uint64_t)(modulo ? (int64_t)a % (int64_t)b
				 : (int64_t)a / (int64_t)b);
}

static uint64_t swap(uint64_t x, unsigned int bits)
{
	uint64_t y = 0;
	unsigned int i;

	for (i = 0; i < bits; i += 8)
		y |= (x >> i & 0xff) << (bits - 8 - i);
	return y;
}

static uint64_t low(uint64_t x, unsigned int bits)
{
	return bits == 64 ? x : x & ((1ull << bits) - 1);
}

static uint64_t sign(uint64_t x, unsigned int bits)
{
	uint64_t top = 1ull << (bits - 1);

	return (low(x, bits) ^ top) - top;
}

static void alu(struct oracle *o, const struct nx_insn *insn)
{
	bool wide = (insn->opcode & 7) == BPF_ALU64;
	unsigned int bits = wide ? 64 : 32;
	uint64_t *dst = &o->reg[insn->dst];
	uint64_t a = low(*dst, bits), b, r;

	if (insn->opcode & BPF_X)
		b = o->reg[insn->src];
	else
		b = (uint64_t)(int64_t)insn->imm;
	switch (insn->opcode & 0xf0) {
	case BPF_ADD:
		r = a + b;
		break;
	case BPF_SUB:
		r = a - b;
		break;
	case BPF_MUL:
		r = a * b;
		break;
	case BPF_DIV:
	case BPF_MOD:
		if (insn->off)
			r = divide(sign(a, bits), sign(b, bits), true,
				   (insn->opcode & 0xf0) == BPF_MOD);
		else
			r = divide(a, low(b, bits), false,
				   (insn->opcode & 0xf0) == BPF_MOD);
		break;
	case BPF_OR:
		r = a | b;
		break;
	case BPF_AND:
		r = a & b;
		break;
	case BPF_XOR:
		r = a ^ b;
		break;
	case BPF_LSH:
		r = a << (b % bits);
		break;
	case BPF_RSH:
		r = a >> (b % bits);
		break;
	case BPF_ARSH:
		r = sign(a, bits);
		r = r >> (b % bits) |
		    ((int64_t)r < 0 && b % bits ? ~0ull << (64 - b % bits) : 0);
		break;
	case BPF_NEG:
		r = 0 - a;
		break;
	case BPF_MOV:
		r = insn->off ? sign(b, (unsigned int)insn->off) : b;
		break;
	default: /* BPF_END; its result is as wide as it says */
		bits = (unsigned int)insn->imm;
		r = low(*dst, bits);
		if (wide || (insn->opcode & BPF_X))
			r = swap(r, bits);
		break;
	}
	*dst = low(r, bits);
}

static bool holds(const struct oracle *o, const struct nx_insn *insn)
{
	unsigned int bits = (insn->opcode & 7) == BPF_JMP ? 64 : 32;
	uint64_t a = low(o->reg[insn->dst], bits), b;
	int64_t sa, sb;

	b = insn->opcode & BPF_X ? o->reg[insn->src]
				 : (uint64_t)(int64_t)insn->imm;
	b = low(b, bits);
	sa = (int64_t)sign(a, bits);
	sb = (int64_t)sign(b, bits);
	switch (insn->opcode & 0xf0) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return a & b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	case BPF_JSLE:
		return sa <= sb;
	default:
		return true;
	}
}

static unsigned int size_of(uint8_t opcode)
{
	switch (opcode & 0x18) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static void give_back(struct oracle *o, uint64_t plain)
{
	if (o->charged && plain >= SKIP)
		o->budget += (int64_t)plain;
}

static bool load(struct oracle *o, const struct nx_insn *insn, uint32_t i)
{
	unsigned int bytes = size_of(insn->opcode);
	uint64_t address = o->reg[insn->src] + (uint64_t)(int64_t)insn->off;
	const uint8_t *from = anywhere(o, address, bytes, false);

	if (!oracle_at(o, address, bytes, false) &&
	    !oracle_charge(o, i, USER_COST))
		return false;
	if (!from)
		return oracle_fail(o, i, NIMBLE_FAULT_READ, address);
	o->reg[insn->dst] = oracle_get(from, bytes);
	if ((insn->opcode & 0xe0) == BPF_MEMSX)
		o->reg[insn->dst] = sign(o->reg[insn->dst], bytes * 8);
	return true;
}

static bool atomic(struct oracle *o, const struct nx_insn *insn, uint32_t i)
{
	unsigned int bytes = size_of(insn->opcode);
	uint64_t address = o->reg[insn->dst] + (uint64_t)(int64_t)insn->off;
	uint8_t *to = oracle_at(o, address, bytes, true);
	uint64_t old, new, src = low(o->reg[insn->src], bytes * 8);

	if (!to)
		return oracle_fail(o, i, NIMBLE_FAULT_WRITE, address);
	if (address % bytes)
		return oracle_fail(o, i, NIMBLE_FAULT_ALIGN, address);
	old = oracle_get(to, bytes);
	if (insn->imm == BPF_CMPXCHG) {
		if (old == low(o->reg[0], bytes * 8))
			oracle_set(to, src, bytes);
		o->reg[0] = old;
		return true;
	}
	switch (insn->imm & 0xf0) {
	case BPF_ADD:
		new = old + src;
		break;
	case BPF_OR:
		new = old | src;
		break;
	case BPF_AND:
		new = old &src;
		break;
	case BPF_XOR:
		new = old ^ src;
		break;
	default:
		new = src;
	}
	oracle_set(to, new, bytes);
	if (insn->imm & BPF_FETCH)
		o->reg[insn->src] = old;
	return true;
}

static bool store(struct oracle *o, const struct nx_insn *insn, uint32_t i)
{
	unsigned int bytes = size_of(insn->opcode);
	uint64_t address = o->reg[insn->dst] + (uint64_t)(int64_t)insn->off;
	uint64_t value = (insn->opcode & 7) == BPF_ST
				 ? (uint64_t)(int64_t)insn->imm
				 : o->reg[insn->src];
	uint8_t *to;

	if ((insn->opcode & 7) == BPF_STX &&
	    (insn->opcode & 0xe0) == BPF_ATOMIC)
		return atomic(o, insn, i);
	to = anywhere(o, address, bytes, true);
	if (!oracle_at(o, address, bytes, true) &&
	    !oracle_charge(o, i, USER_COST))
		return false;
	if (!to)
		return oracle_fail(o, i, NIMBLE_FAULT_WRITE, address);
	oracle_set(to, value, bytes);
	return true;
}

/* The cost of instruction i; 0 for the second half of an lddw. */
static uint64_t cost(const struct oracle *o, uint32_t i)
{
	const struct nx_insn *insn = &o->code[i];
	unsigned int class = insn->opcode & 7, op = insn->opcode & 0xf0;

	if (i && insn[-1].opcode == NX_OP_LDDW)
		return 0;
	switch (class) {
	case BPF_LD:
		return 2;
	case BPF_ALU:
	case BPF_ALU64:
		return op == BPF_MOV   ? 2
		       : op == BPF_MUL ? 13
		       : op == BPF_DIV ? 38
		       : op == BPF_MOD ? 48
				       : 4;
	case BPF_STX:
		return (insn->opcode & 0xe0) == BPF_ATOMIC ? 88 : 4;
	case BPF_JMP:
		if (op != BPF_CALL)
			return 4;
		return insn->opcode & BPF_X	     ? 140
		       : insn->src == NX_CALL_HELPER ? 36
						     : 65;
	default:
		return 4;
	}
}

/* The cost of the instructions from one up to another. */
static uint64_t span(const struct oracle *o, uint32_t from, uint32_t to)
{
	uint64_t sum = 0;

	while (from < to)
		sum += cost(o, from++);
	return sum;
}

/* Where a jump at i leads, or a call of a function where calls; -1: it is none. */
static int64_t target_of(const struct oracle *o, uint32_t i, bool calls)
{
	const struct nx_insn *insn = &o->code[i];
	unsigned int class = insn->opcode & 7, op = insn->opcode & 0xf0;

	if ((class != BPF_JMP && class != BPF_JMP32) || op == BPF_EXIT ||
	    (op == BPF_CALL) != calls)
		return -1;
	if (calls && (insn->opcode & BPF_X || insn->src != NX_CALL_LOCAL))
		return -1;
	if (calls || insn->opcode == (BPF_JMP32 | BPF_JA))
		return (int64_t)i + 1 + insn->imm;
	return (int64_t)i + 1 + insn->off;
}

/* Whether no path runs on from i to the instruction after it. */
static bool stops(const struct oracle *o, uint32_t i)
{
	uint8_t opcode = o->code[i].opcode;

	if (i && o->code[i - 1].opcode == NX_OP_LDDW)
		return false;
	return opcode == (BPF_JMP | BPF_EXIT) || opcode == (BPF_JMP | BPF_JA) ||
	       opcode == (BPF_JMP32 | BPF_JA);
}

/* Where a function ends, and those that it runs on into. */
static uint32_t function_end(const struct state *s, uint32_t i)
{
	do
		i++;
	while (i < s->o->count && !(s->starts[i] && stops(s->o, i - 1)));
	return i;
}

/* Find where functions start, and whether one jumps into another. */
static void find_functions(struct state *s)
{
	const struct oracle *o = s->o;
	uint32_t i, start = 0, end;

	s->starts[0] = true;
	for (i = 0; i < o->count; i++)
		if (target_of(o, i, true) >= 0)
			s->starts[target_of(o, i, true)] = true;
	end = function_end(s, 0);
	for (i = 0; i < o->count; i++) {
		int64_t target = target_of(o, i, false);

		if (s->starts[i]) {
			start = i;
			end = function_end(s, i);
		}
		s->mixed |= target >= 0 && (target < start || target >= end);
	}
}

/* The cost of what a function can run without a jump back. */
static uint64_t function_span(struct state *s, uint32_t i)
{
	if (!s->starts[0])
		find_functions(s);
	return span(s->o, i, s->mixed ? s->o->count : function_end(s, i));
}

/* The cost of the part of its function that an exit leaves out. */
static uint64_t rest(struct state *s, uint32_t i)
{
	uint32_t start = i;

	while (!s->starts[start])
		start--;
	return span(s->o, i + 1,
		    s->mixed ? s->o->count : function_end(s, start));
}

static bool call(struct state *s, const struct nx_insn *insn)
{
	struct oracle *o = s->o;
	uint32_t target = s->i + 1 + (uint32_t)insn->imm;

	if (insn->opcode == NX_OP_CALLX) {
		if (o->reg[insn->dst] >= ORACLE_HELPERS)
			return oracle_fail(o, s->i, NIMBLE_FAULT_CALLX,
					   o->reg[insn->dst]);
		if (!oracle_helper(o, s->i, o->reg[insn->dst]))
			return false;
		s->i++;
		return true;
	}
	if (insn->src == NX_CALL_HELPER) {
		if (!oracle_helper(o, s->i, (uint32_t)insn->imm))
			return false;
		s->i++;
		return true;
	}
	if (!oracle_charge(o, s->i, function_span(s, target)))
		return false;
	if (s->depth == NX_MAX_DEPTH - 1)
		return oracle_fail(o, s->i, NIMBLE_FAULT_DEPTH, NX_MAX_DEPTH);
	memcpy(s->stack[s->depth].saved, o->reg + 6, 32);
	s->stack[s->depth++].back = s->i + 1;
	o->reg[10] += o->layout.frame_bytes;
	s->i = target;
	return true;
}

static bool transfer(struct state *s, const struct nx_insn *insn)
{
	uint32_t next = s->i + 1;

	if ((insn->opcode & 0xf0) == BPF_CALL)
		return call(s, insn);
	if (holds(s->o, insn))
		next += (uint32_t)(insn->opcode == (BPF_JMP32 | BPF_JA)
					   ? insn->imm
					   : insn->off);
	if (next <= s->i &&
	    !oracle_charge(s->o, s->i, span(s->o, next, s->i + 1)))
		return false;
	if (next > s->i)
		give_back(s->o, span(s->o, s->i + 1, next));
	s->i = next;
	return true;
}

static uint64_t wide(const struct oracle *o, const struct nx_insn *insn)
{
	switch (insn->src) {
	case NX_IMM_MAP:
		return MAP_HANDLE + (uint32_t)insn->imm;
	case NX_IMM_VALUE:
		return o->layout.map[insn->imm] +
		       (uint64_t)(int64_t)insn[1].imm;
	case NX_IMM_DATA:
		return o->layout.data + (uint64_t)(int64_t)insn->imm;
	case NX_IMM_RODATA:
		return o->layout.rodata + (uint64_t)(int64_t)insn->imm;
	default:
		return (uint32_t)insn->imm | (uint64_t)(uint32_t)insn[1].imm
						     << 32;
	}
}

/* One instruction; false at the end, with or without a fault. */
static bool step(struct state *s)
{
	struct oracle *o = s->o;
	const struct nx_insn *insn = &o->code[s->i];

	switch (insn->opcode & 7) {
	case BPF_LD:
		o->reg[insn->dst] = wide(o, insn);
		s->i += 2;
		return true;
	case BPF_ALU:
	case BPF_ALU64:
		alu(o, insn);
		s->i++;
		return true;
	case BPF_LDX:
		return load(o, insn, s->i++);
	case BPF_ST:
	case BPF_STX:
		return store(o, insn, s->i++);
	default:
		if (insn->opcode != (BPF_JMP | BPF_EXIT))
			return transfer(s, insn);
		give_back(o, rest(s, s->i));
		if (!s->depth)
			return false;
		memcpy(o->reg + 6, s->stack[--s->depth].saved, 32);
		o->reg[10] -= o->layout.frame_bytes;
		s->i = s->stack[s->depth].back;
		return true;
	}
}

bool oracle_run(struct oracle *o, uint64_t most)
{
	struct state s = {.o = o};

	memset(o->reg, 0, sizeof(o->reg));
	o->reg[1] = o->layout.ctx;
	o->reg[2] = o->ctx_bytes;
	o->reg[10] = o->layout.frame;
	o->fault = NIMBLE_FAULT_NONE;
	o->steps = 0;
	o->budget *= UNIT;
	if (!oracle_charge(o, 0, function_span(&s, 0)))
		return true;
	while (o->steps < most && step(&s))
		o->steps++;
	return o->steps < most;
}
