/* SPDX-License-Identifier: MIT */
/* Programs that load, from any bytes. */
/*
 * Eight bytes make an instruction: the first chooses its form, the others the
 * registers, offset and immediate, which are bent until the static checks
 * allow them. The program begins with pointers to the context, the stack and the
 * application's memory in r6 to r9, so that accesses often hit, and often just miss.
 */
#include <string.h>

#include "tests/fuzz/nimble/generate.h"
#include "tests/fuzz/nimble/oracle.h"

static const uint8_t alu_ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV,
				  BPF_OR,  BPF_AND, BPF_LSH, BPF_RSH,
				  BPF_MOD, BPF_XOR, BPF_MOV, BPF_ARSH};
static const uint8_t jump_ops[] = {BPF_JEQ, BPF_JGT,  BPF_JGE,	BPF_JSET,
				   BPF_JNE, BPF_JSGT, BPF_JSGE, BPF_JLT,
				   BPF_JLE, BPF_JSLT, BPF_JSLE};
static const int32_t atomics[] = {BPF_ADD,
				  BPF_OR,
				  BPF_AND,
				  BPF_XOR,
				  BPF_ADD | BPF_FETCH,
				  BPF_OR | BPF_FETCH,
				  BPF_AND | BPF_FETCH,
				  BPF_XOR | BPF_FETCH,
				  BPF_XCHG,
				  BPF_CMPXCHG};
static const uint8_t sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};

#define SAMPLE_MOST 12
#define MADE_MOST 40 /* of eight bytes */

struct raw {
	uint8_t form, sub, regs, spare;
	int16_t off;
	int16_t imm;
};

static void make_alu(struct nx_insn *insn, const struct raw *raw)
{
	insn->opcode = alu_ops[raw->sub % 12] | (raw->form & 1 ? BPF_X : 0) |
		       (raw->form & 2 ? BPF_ALU64 : BPF_ALU);
	if (insn->opcode & BPF_X)
		insn->imm = 0;
	else
		insn->src = 0;
	insn->off = 0;
	switch (BPF_OP(insn->opcode)) {
	case BPF_DIV:
	case BPF_MOD:
		insn->off = raw->spare & 1;
		break;
	case BPF_MOV:
		if (!(insn->opcode & BPF_X))
			break;
		insn->off = (int16_t[]){0, 8, 16, 32}[raw->spare & 3];
		if (insn->off == 32 && BPF_CLASS(insn->opcode) == BPF_ALU)
			insn->off = 0;
	}
}

static void make_unary(struct nx_insn *insn, const struct raw *raw)
{
	static const uint8_t opcodes[] = {BPF_ALU | BPF_NEG,
					  BPF_ALU64 | BPF_NEG,
					  BPF_ALU | BPF_END | BPF_K,
					  BPF_ALU | BPF_END | BPF_X,
					  BPF_ALU64 | BPF_END};

	insn->opcode = opcodes[raw->sub % 5];
	insn->src = 0;
	insn->off = 0;
	insn->imm = BPF_OP(insn->opcode) == BPF_NEG ? 0 : 16 << raw->spare % 3;
}

/* Keeps constant offsets from r10 inside the frame. */
static void fix_frame(struct nx_insn *insn, unsigned int base)
{
	if (base == NX_REG_FRAME)
		insn->off = (int16_t)(-8 - 8 * (insn->off & 31));
}

static void make_memory(struct nx_insn *insn, const struct raw *raw)
{
	uint8_t size = sizes[raw->sub & 3];
	unsigned int kind = raw->sub >> 2 & 7;

	insn->imm = 0;
	insn->off = (int16_t)((uint16_t)raw->off % 41);
	if (raw->off < -30000)
		insn->off = (int16_t)-insn->off;
	if (kind < 3) {
		insn->opcode = BPF_LDX | BPF_MEM | size;
		if (kind == 2 && size != BPF_DW)
			insn->opcode = BPF_LDX | BPF_MEMSX | size;
		insn->src = raw->regs >> 4 ? 6 + raw->spare % 5 : insn->src;
		fix_frame(insn, insn->src);
		return;
	}
	insn->dst = raw->regs >> 4 ? 6 + raw->spare % 5 : insn->dst;
	if (kind < 5) {
		insn->opcode = BPF_STX | BPF_MEM | size;
	} else if (kind == 5) {
		insn->opcode = BPF_ST | BPF_MEM | size;
		insn->src = 0;
		insn->imm = raw->imm;
	} else {
		insn->opcode =
			BPF_STX | BPF_ATOMIC | (size & 8 ? BPF_DW : BPF_W);
		insn->imm = atomics[(uint16_t)raw->imm % 10];
		if (raw->imm & 0x1f00) /* mostly aligned */
			insn->off &= ~7;
		if (insn->src == NX_REG_FRAME)
			insn->src = 1;
	}
	fix_frame(insn, insn->dst);
}

/* A target near by; never between the halves of an lddw: see settle(). */
static void make_jump(struct nx_insn *insn, const struct raw *raw)
{
	insn->opcode = jump_ops[raw->sub % 11] | (raw->form & 1 ? BPF_X : 0) |
		       (raw->form & 2 ? BPF_JMP : BPF_JMP32);
	insn->off = (int16_t)(raw->off % 24);
	if (raw->spare > 200)
		insn->opcode = BPF_JMP | BPF_JA;
	if (raw->spare > 230)
		insn->opcode = BPF_JMP32 | BPF_JA;
	if (BPF_OP(insn->opcode) == BPF_JA)
		insn->dst = insn->src = 0;
	if (insn->opcode & BPF_X || insn->opcode == (BPF_JMP | BPF_JA))
		insn->imm = 0;
	else
		insn->src = 0;
	if (insn->opcode == (BPF_JMP32 | BPF_JA)) {
		insn->imm = insn->off;
		insn->off = 0;
	}
}

/* A helper is mostly called from where the static checks do not know its arguments, which
 * they would mostly refuse: behind what may be jumped to. */
static uint32_t make_call(struct nx_insn *insn, const struct raw *raw)
{
	uint32_t n = 0;

	if (raw->spare >= 128 && raw->spare < 240 && raw->off & 7)
		insn[n++] = (struct nx_insn){BPF_JMP | BPF_JA, 0, 0, 0, 0};
	insn += n;
	memset(insn, 0, sizeof(*insn));
	insn->opcode = BPF_JMP | BPF_CALL;
	if (raw->spare < 128) {
		insn->src = NX_CALL_LOCAL;
		insn->imm = raw->off % 48;
	} else if (raw->spare < 240) {
		insn->imm = raw->sub %
			    (raw->spare < 230 ? ORACLE_LOOKUP : ORACLE_HELPERS);
	} else {
		insn->opcode = NX_OP_CALLX;
		insn->dst = raw->regs & 7;
	}
	return n + 1;
}

static uint64_t window;
#define WINDOW_AT 3 /* where a program takes it */

void generate_window(uint64_t address, uint64_t bytes)
{
	window = address + bytes / 2;
}

static const struct nx_insn *sample;
static uint32_t sample_count;

void generate_from(const struct nx_insn *code, uint32_t count)
{
	sample = code;
	sample_count = count;
}

/* Some instructions of compiled programs, as they come one after another: for
 * them there are superoperators. */
static uint32_t copy_sample(struct nx_insn *insn, const struct raw *raw)
{
	uint32_t from = ((uint32_t)(uint16_t)raw->off * 7 + raw->sub) %
			(sample_count - SAMPLE_MOST);
	uint32_t i, n = 2 + raw->spare % (SAMPLE_MOST - 1);

	for (i = 0; i < n; i++) {
		insn[i] = sample[from + i];
		if (insn[i].opcode == NX_OP_LDDW || !insn[i].opcode ||
		    BPF_OP(insn[i].opcode) == BPF_CALL)
			break;
		if (i + 1 < n && insn[i].opcode == (BPF_JMP | BPF_EXIT))
			n = i + 1;
	}
	return i;
}

/* An access to the application's memory, which leaves for the slow path, and behind
 * it what can be joined to it: a constant, narrow or wide, the function's end. */
static uint32_t make_leaving(struct nx_insn *insn, const struct raw *raw)
{
	const struct nx_insn mov = {BPF_ALU64 | BPF_MOV | BPF_K,
				    (uint8_t)(raw->spare % 10), 0, 0, raw->imm};
	const struct nx_insn wide[] = {{NX_OP_LDDW, (uint8_t)(raw->spare % 10),
					0, 0, raw->imm},
				       {0, 0, 0, 0, raw->off}};
	uint8_t base = (raw->regs & 15) % 10, other = (raw->regs >> 4) % 10;
	uint8_t size = sizes[raw->sub & 3];
	uint32_t n = 0;

	insn[n++] =
		(struct nx_insn){BPF_ALU64 | BPF_MOV | BPF_X, base, 8, 0, 0};
	if (raw->sub & 4)
		insn[n++] = (struct nx_insn){BPF_LDX | BPF_MEM | size, other,
					     base, (int16_t)(raw->off % 40), 0};
	else
		insn[n++] =
			(struct nx_insn){BPF_STX | BPF_MEM | size, base, other,
					 (int16_t)(raw->off % 40), 0};
	if (raw->sub & 8)
		insn[n++] = mov;
	if (raw->sub & 16) {
		insn[n++] = wide[0];
		insn[n++] = wide[1];
	}
	if (raw->sub & 32)
		insn[n++] = (struct nx_insn){.opcode = BPF_JMP | BPF_EXIT};
	return n;
}

#define MOVE(dst, from) \
	((struct nx_insn){BPF_ALU64 | BPF_MOV | BPF_X, dst, from, 0, 0})
#define SET(dst, value) \
	((struct nx_insn){BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value})
#define ADD(dst, value) \
	((struct nx_insn){BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value})
#define STORE(dst, off, value) \
	((struct nx_insn){BPF_ST | BPF_MEM | BPF_W, dst, 0, off, value})
#define HELPER(index) ((struct nx_insn){BPF_JMP | BPF_CALL, 0, 0, 0, index})
#define EXIT ((struct nx_insn){BPF_JMP | BPF_EXIT, 0, 0, 0, 0})

static uint32_t load_wide(struct nx_insn *insn, unsigned int dst,
			  unsigned int kind, int32_t low, int32_t high)
{
	insn[0] = (struct nx_insn){NX_OP_LDDW, dst & 15, kind & 15, 0, low};
	insn[1] = (struct nx_insn){0, 0, 0, 0, high};
	return 2;
}

/* One of a few keys on the stack, an operation of the map on it, and perhaps a look
 * at the value. */
static uint32_t operate(struct nx_insn *insn, unsigned int key,
			unsigned int operation, bool look)
{
	uint32_t n = 0;

	insn[n++] = (struct nx_insn){BPF_ST | BPF_MEM | BPF_W, 7, 0, 0,
				     (int32_t)key};
	insn[n++] = (struct nx_insn){NX_OP_LDDW, 1, NX_IMM_MAP, 0, 0};
	insn[n++] = (struct nx_insn){0, 0, 0, 0, 0};
	insn[n++] = MOVE(2, 7);
	insn[n++] = MOVE(3, 7);
	insn[n++] = HELPER((int32_t)(ORACLE_LOOKUP + operation));
	if (look)
		insn[n++] = (struct nx_insn){BPF_LDX | BPF_MEM | BPF_DW, 4, 0,
					     0, 0};
	return n;
}

#define OPERATIONS 4

/* Some of them, one after another, most on one key. */
static uint32_t make_hash(struct nx_insn *insn, const struct raw *raw)
{
	uint32_t i, n = 0, some = (uint16_t)raw->off, more = (uint16_t)raw->imm;

	for (i = 0; i < OPERATIONS; i++) {
		n += operate(insn + n, some % 3 ? raw->spare % 6 : some % 6,
			     more % 3, !(more % 16));
		some /= 6;
		more /= 3;
	}
	return n;
}

/* From the static checks, what the arguments are: what may be jumped to. */
static uint32_t hide(struct nx_insn *insn)
{
	insn[0] = (struct nx_insn){BPF_JMP | BPF_JA, 0, 0, 0, 0};
	return 1;
}

/* An operation of any map, which may be the wrong one for it: with a key or a value on
 * the stack, and of the ring with bytes from there or from the ring. */
static uint32_t make_operation(struct nx_insn *insn, const struct raw *raw)
{
	unsigned int map = raw->regs % ORACLE_MAPS;
	uint32_t n = 0;

	insn[n++] = STORE(7, 0, raw->spare % 6);
	n += load_wide(insn + n, 1, NX_IMM_MAP, (int32_t)map, 0);
	insn[n++] = MOVE(2, 7);
	insn[n++] = SET(3, raw->imm & 7);
	if (map == ORACLE_RING) {
		insn[n - 1] = SET(3, (uint16_t)raw->imm % 4200);
		insn[n - 2] = MOVE(2, 10);
		insn[n++] = ADD(2, -512);
		n += hide(insn + n);
		insn[n++] = HELPER(ORACLE_OUTPUT);
		return n;
	}
	n += hide(insn + n);
	if (raw->sub % 8 == ORACLE_UPDATE - ORACLE_LOOKUP)
		insn[n++] = MOVE(3, 7);
	insn[n++] = HELPER(ORACLE_LOOKUP + raw->sub % 8);
	if (raw->imm & 8) {
		insn[n++] = MOVE(5, 0);
		insn[n++] =
			(struct nx_insn){BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0};
		insn[n++] = (struct nx_insn){BPF_LDX | BPF_MEM | BPF_DW, 4, 5,
					     0, 0};
		insn[n++] = (struct nx_insn){BPF_STX | BPF_MEM | BPF_DW, 5, 4,
					     0, 0};
	}
	return n;
}

/* Find the other extension, by its name or another, and call it. */
static uint32_t make_service_call(struct nx_insn *insn, const struct raw *raw)
{
	uint32_t n = 0, name;

	memcpy(&name, ORACLE_SERVICE_NAME, 4);
	insn[n++] = STORE(7, 0, (int32_t)name + !(raw->spare & 15));
	insn[n++] = MOVE(1, 7);
	insn[n++] = SET(2, raw->spare & 16 ? raw->spare & 3 : 3);
	insn[n++] = HELPER(ORACLE_FIND);
	insn[n++] = MOVE(1, 0);
	insn[n++] = SET(2, raw->imm);
	insn[n++] = SET(3, raw->off);
	/* It ends badly for 1 and 2. */
	insn[n++] = SET(4, raw->sub & 24 ? 3 + raw->sub % 5 : raw->sub & 7);
	insn[n++] = HELPER(ORACLE_CALL);
	return n;
}

static uint32_t make_map(struct nx_insn *insn, const struct raw *raw)
{
	switch (raw->form >> 6) {
	case 0:
		return make_hash(insn, raw);
	case 1:
		return make_service_call(insn, raw);
	default:
		return make_operation(insn, raw);
	}
}

/* A known address: of data, read-only data, values or the arena, near an end of it or
 * inside; and an access by it, or by a copy with something added. */
static uint32_t make_known(struct nx_insn *insn, const struct raw *raw)
{
	static const struct {
		uint8_t kind, map;
		int16_t bytes;
	} places[] = {{NX_IMM_DATA, 0, 64},
		      {NX_IMM_RODATA, 0, 32},
		      {NX_IMM_VALUE, ORACLE_ARRAY, 32},
		      {NX_IMM_VALUE, ORACLE_ARENA, ORACLE_PAGE}};
	unsigned int place = raw->spare & 3, base = raw->regs % 6;
	uint8_t size = sizes[raw->sub & 3];
	int32_t at = raw->imm % (places[place].bytes + 8);
	uint32_t n = 0;

	if (places[place].kind == NX_IMM_VALUE)
		n += load_wide(insn, base, NX_IMM_VALUE, places[place].map, at);
	else
		n += load_wide(insn, base, places[place].kind, at, 0);
	if (raw->sub & 4) {
		insn[n++] = MOVE((base + 1) % 6, base);
		base = (base + 1) % 6;
		insn[n++] = ADD((uint8_t)base, raw->off % 20);
	}
	insn[n] = (struct nx_insn){BPF_LDX | BPF_MEM | size, raw->regs >> 5,
				   (uint8_t)base & 15, (int16_t)(raw->off % 12),
				   0};
	if (raw->sub & 8)
		insn[n] = (struct nx_insn){BPF_STX | BPF_MEM | size,
					   (uint8_t)base & 15, raw->regs >> 5,
					   (int16_t)(raw->off % 12), 0};
	if (raw->sub & 16)
		insn[n] = (struct nx_insn){BPF_ST | BPF_MEM | size,
					   (uint8_t)base & 15, 0,
					   (int16_t)(raw->off % 12), raw->imm};
	return n + 1;
}

/* Constants that are translated by what they are: 0, of 32 bits, wide; divisors and
 * differences that no machine instruction has; moves of every width. */
static uint32_t make_constant(struct nx_insn *insn, const struct raw *raw)
{
	static const int32_t values[] = {0,	    1,	       -1,  2,
					 INT32_MAX, INT32_MIN, 255, 65536};
	static const uint8_t ops[] = {BPF_DIV, BPF_MOD,	 BPF_SUB, BPF_MUL,
				      BPF_MOV, BPF_ARSH, BPF_LSH, BPF_ADD};
	unsigned int op = raw->sub & 7, dst = raw->regs % 6;
	int32_t value = values[raw->spare & 7];

	if (raw->sub & 32)
		return load_wide(insn, dst, NX_IMM64, value,
				 values[raw->spare >> 3 & 7]);
	insn->opcode = (raw->sub & 8 ? BPF_ALU64 : BPF_ALU) | BPF_K | ops[op];
	insn->dst = dst & 15;
	insn->src = 0;
	insn->off = op < 2 ? raw->sub >> 4 & 1 : 0;
	insn->imm = value;
	return 1;
}

/* A jump over some instructions, about as many as are worth giving back. */
static uint32_t make_skip(struct nx_insn *insn, const struct raw *raw)
{
	uint32_t i, n = 4 + raw->spare % 8;

	insn[0] = (struct nx_insn){BPF_JMP | BPF_JGT | BPF_K, raw->regs % 6, 0,
				   (int16_t)n, raw->imm};
	if (raw->sub & 1)
		insn[0] =
			(struct nx_insn){BPF_JMP | BPF_JA, 0, 0, (int16_t)n, 0};
	for (i = 1; i <= n; i++)
		insn[i] = ADD(i % 6, raw->imm);
	if (raw->sub & 2)
		insn[1 + raw->spare % n] = EXIT;
	return n + 1;
}

/* The last instructions of a function: each way that one can end. */
static uint32_t make_end(struct nx_insn *insn, const struct raw *raw)
{
	switch (raw->sub % 8) {
	case 0:
		insn[0] = (struct nx_insn){BPF_JMP | BPF_JA, 0, 0, raw->off, 0};
		return 1;
	case 1:
		insn[0] =
			(struct nx_insn){BPF_JMP32 | BPF_JA, 0, 0, 0, raw->off};
		return 1;
	case 2: /* on into the next one */
		return load_wide(insn, raw->regs % 6, NX_IMM64, raw->imm, 1);
	case 3:
		insn[0] = (struct nx_insn){BPF_JMP | BPF_JNE | BPF_X,
					   raw->regs % 6, 1, raw->off, 0};
		return 1;
	case 4:
		insn[0] = (struct nx_insn){BPF_JMP | BPF_CALL, 0, NX_CALL_LOCAL,
					   0, raw->off};
		insn[1] = EXIT;
		return 2;
	case 5:
		insn[0] = MOVE(0, 2);
		insn[1] = EXIT;
		return 2;
	default:
		insn[0] = EXIT;
		return 1;
	}
}

static uint32_t make_special(struct nx_insn *insn, const struct raw *raw)
{
	switch (raw->form >> 6) {
	case 0:
		return make_leaving(insn, raw);
	case 1:
		return make_known(insn, raw);
	case 2:
		return make_constant(insn, raw);
	default:
		return make_skip(insn, raw);
	}
}

/* Bytes copied from or to the application, some of which may not be its own. */
static uint32_t make_copy(struct nx_insn *insn, const struct raw *raw)
{
	bool write = raw->sub & 1;
	uint32_t n = 0;

	insn[n++] = MOVE(1, write ? 8 : 7);
	insn[n++] = MOVE(write ? 2 : 3, write ? 7 : 8);
	insn[n++] = (struct nx_insn){BPF_ALU64 | BPF_MOV | BPF_K, write ? 3 : 2,
				     0, 0, raw->spare % 40};
	insn[n++] = HELPER(write ? ORACLE_USER_WRITE : ORACLE_USER_READ);
	return n;
}

/* Returns how many instructions were made, second halves of lddw included. */
static uint32_t make(struct nx_insn *insn, const struct raw *raw)
{
	insn->dst = (raw->regs & 15) % 10;
	if (insn->dst > 5 && raw->imm & 7) /* leave the pointers mostly */
		insn->dst -= 4;
	insn->src = (raw->regs >> 4) % 11;
	insn->off = raw->off;
	insn->imm = raw->spare & 0x80 ? (int32_t)((uint32_t)raw->imm * 65537u)
				      : raw->imm;
	switch (raw->form >> 2 & 15) {
	case 0:
		make_unary(insn, raw);
		return 1;
	case 1:
	case 2:
	case 3:
	case 4:
		make_memory(insn, raw);
		return 1;
	case 5:
	case 6:
		make_jump(insn, raw);
		return 1;
	case 7:
		return make_call(insn, raw);
	case 8:
		insn->opcode = NX_OP_LDDW;
		insn->src = 0;
		insn->off = 0;
		memset(insn + 1, 0, sizeof(*insn));
		insn[1].imm = raw->off;
		return 2;
	case 10:
	case 11:
	case 12:
		if (sample_count > SAMPLE_MOST)
			return copy_sample(insn, raw);
		make_alu(insn, raw);
		return 1;
	case 9:
		if (raw->spare > 40) {
			make_alu(insn, raw);
			return 1;
		}
		*insn = (struct nx_insn){.opcode = BPF_JMP | BPF_EXIT};
		return 1;
	case 13:
		return make_special(insn, raw);
	case 14:
		return make_map(insn, raw);
	case 15:
		return make_copy(insn, raw);
	default:
		make_alu(insn, raw);
		return 1;
	}
}

/* Where functions start, one after another; the last entry is the program's end. */
struct functions {
	uint32_t start[PROGRAM_MOST];
	uint32_t count;
};

/* The function that an instruction is in. */
static uint32_t function_of(const struct functions *f, uint32_t i)
{
	uint32_t n = 0;

	while (n + 1 < f->count && f->start[n + 1] <= i)
		n++;
	return n;
}

static int64_t bend(int64_t to, int64_t from, int64_t end)
{
	return to < from ? from : to >= end ? end - 1 : to;
}

/* Bends jumps into their functions, of which there may be one, calls to where one starts
 * if there are several, and both away from second halves. */
static void settle(struct nx_insn *program, const uint8_t *second,
		   const struct functions *f)
{
	uint32_t i, count = f->start[f->count];

	for (i = 0; i < count; i++) {
		struct nx_insn *insn = &program[i];
		unsigned int class = BPF_CLASS(insn->opcode);
		bool local = insn->opcode == (BPF_JMP | BPF_CALL) &&
			     insn->src == NX_CALL_LOCAL;
		bool far = local || insn->opcode == (BPF_JMP32 | BPF_JA);
		int64_t to = (int64_t)i + 1 + (far ? insn->imm : insn->off);
		uint32_t n = function_of(f, i);

		if (second[i] || (class != BPF_JMP && class != BPF_JMP32) ||
		    BPF_OP(insn->opcode) == BPF_EXIT ||
		    (BPF_OP(insn->opcode) == BPF_CALL && !local))
			continue;
		if (local && f->count > 1)
			to = f->start[(uint32_t)insn->imm % f->count];
		else if (local)
			to = bend(to, 0, count);
		else
			to = bend(to, f->start[n], f->start[n + 1]);
		if (second[to])
			to--;
		if (far)
			insn->imm = (int32_t)(to - i - 1);
		else
			insn->off = (int16_t)(to - i - 1);
	}
}

uint32_t generate(const uint8_t *bytes, size_t size, struct nx_insn *program)
{
	static const struct nx_insn start[] = {
		{BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0}, /* context */
		{BPF_ALU64 | BPF_MOV | BPF_X, 7, 10, 0, 0}, /* stack */
		{BPF_ALU64 | BPF_ADD | BPF_K, 7, 0, 0, -64},
		{NX_OP_LDDW, 8, 0, 0, 0}, /* the application's memory */
		{0, 0, 0, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, 9, 10, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, 2, 7, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, 3, 7, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -256},
		{BPF_ALU64 | BPF_MOV | BPF_X, 4, 8, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_K, 5, 0, 0, 24},
	};
	uint8_t second[PROGRAM_MOST] = {0};
	uint32_t count = sizeof(start) / sizeof(start[0]);
	struct functions f = {.count = 1};
	bool several = size && bytes[0] & 1; /* else jumps lead anywhere */

	memcpy(program, start, sizeof(start));
	program[WINDOW_AT].imm = (int32_t)(uint32_t)window;
	program[WINDOW_AT + 1].imm = (int32_t)(uint32_t)(window >> 32);
	second[WINDOW_AT + 1] = true;
	while (size >= sizeof(struct raw) &&
	       count < PROGRAM_MOST - 2 - MADE_MOST) {
		struct raw raw;
		uint32_t i, made;

		memcpy(&raw, bytes, sizeof(raw));
		bytes += sizeof(raw);
		size -= sizeof(raw);
		made = make(&program[count], &raw);
		if (several && raw.regs % 5 == 0)
			made += make_end(&program[count + made], &raw);
		for (i = 0; i < made; i++)
			if (program[count + i].opcode == NX_OP_LDDW)
				second[count + i + 1] = true;
		count += made;
		if (several && raw.regs % 5 == 0)
			f.start[f.count++] = count;
	}
	program[count++] = EXIT;
	f.start[f.count] = count;
	settle(program, second, &f);
	return count;
}
