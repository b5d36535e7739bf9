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
#define MADE_MOST 28 /* of eight bytes: four operations of a map */

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

static void make_call(struct nx_insn *insn, const struct raw *raw)
{
	memset(insn, 0, sizeof(*insn));
	insn->opcode = BPF_JMP | BPF_CALL;
	if (raw->spare < 128) {
		insn->src = NX_CALL_LOCAL;
		insn->imm = raw->off % 48;
	} else if (raw->spare < 240) {
		/* Those of maps would mostly be refused: see make_map(). */
		insn->imm = raw->sub %
			    (raw->spare < 230 ? ORACLE_LOOKUP : ORACLE_HELPERS);
	} else {
		insn->opcode = NX_OP_CALLX;
		insn->dst = raw->regs & 7;
	}
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
#define HELPER(index) ((struct nx_insn){BPF_JMP | BPF_CALL, 0, 0, 0, index})

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
static uint32_t make_map(struct nx_insn *insn, const struct raw *raw)
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
		make_call(insn, raw);
		return 1;
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
		return make_leaving(insn, raw);
	case 14:
		return make_map(insn, raw);
	case 15:
		return make_copy(insn, raw);
	default:
		make_alu(insn, raw);
		return 1;
	}
}

/* Bends targets into the program and away from second halves. */
static void settle(struct nx_insn *program, const uint8_t *second,
		   uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct nx_insn *insn = &program[i];
		unsigned int class = BPF_CLASS(insn->opcode);
		bool local = insn->opcode == (BPF_JMP | BPF_CALL) &&
			     insn->src == NX_CALL_LOCAL;
		bool far = local || insn->opcode == (BPF_JMP32 | BPF_JA);
		int64_t to = (int64_t)i + 1 + (far ? insn->imm : insn->off);

		if (second[i] || (class != BPF_JMP && class != BPF_JMP32) ||
		    BPF_OP(insn->opcode) == BPF_EXIT ||
		    (BPF_OP(insn->opcode) == BPF_CALL && !local))
			continue;
		if (to < 0)
			to = 0;
		if (to >= count)
			to = count - 1;
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
		for (i = 0; i < made; i++)
			if (program[count + i].opcode == NX_OP_LDDW)
				second[count + i + 1] = true;
		count += made;
	}
	program[count++] = (struct nx_insn){.opcode = BPF_JMP | BPF_EXIT};
	settle(program, second, count);
	return count;
}
