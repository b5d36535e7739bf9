/* SPDX-License-Identifier: MIT */
/* x86-64 instructions that a stencil may have (Intel SDM vol. 2, appendix A). */
/*
 * The list is of what is harmless: no return, no push, no system instruction, and rsp in
 * no operand but as the address of the run's pointer, which is loaded. An instruction
 * that is not on it ends the build.
 */
#include <string.h>

#include "toolchain/nimble/stencil/stencil.h"

enum {
	NO = 0,
	YES = 1,
	MODRM = 2,
	IMM8 = 4,
	IMM32 = 8, /* 16 bits with the prefix 66 */
	IMM64 = 16, /* with REX.W, else as IMM32 */
	JUMP8 = 32,
	JUMP32 = 64,
	GROUP = 128, /* the middle field of ModRM is no register */
	CALLS = 256,
	REGISTER = 512, /* in the opcode's low three bits */
};

struct parts {
	const uint8_t *at, *end;
	bool narrow, wide;
	uint8_t rex, opcode;
	bool two; /* an opcode of two bytes */
	bool refers; /* relative to the instruction */
};

static unsigned int one_byte(uint8_t op)
{
	if (op < 0x40)
		return (op & 7) < 4    ? YES | MODRM
		       : (op & 7) == 4 ? YES | IMM8
		       : (op & 7) == 5 ? YES | IMM32
				       : NO;
	if (op >= 0x70 && op < 0x80)
		return YES | JUMP8;
	if (op >= 0x84 && op < 0x8c)
		return YES | MODRM;
	if (op >= 0x90 && op < 0x98)
		return YES | REGISTER;
	if (op >= 0xb0 && op < 0xb8)
		return YES | IMM8 | REGISTER;
	if (op >= 0xb8 && op < 0xc0)
		return YES | IMM64 | REGISTER;
	if (op >= 0xd0 && op < 0xd4)
		return YES | MODRM | GROUP;
	switch (op) {
	case 0x63: /* movsxd */
	case 0x8d: /* lea */
		return YES | MODRM;
	case 0x69: /* imul */
		return YES | MODRM | IMM32;
	case 0x6b:
		return YES | MODRM | IMM8;
	case 0x80: /* add, or, ... with a constant */
	case 0x83:
	case 0xc0: /* shifts */
	case 0xc1:
	case 0xc6: /* mov */
		return YES | MODRM | IMM8 | GROUP;
	case 0x81:
	case 0xc7:
		return YES | MODRM | IMM32 | GROUP;
	case 0x98: /* cltq, cqto */
	case 0x99:
		return YES;
	case 0xa8: /* test */
		return YES | IMM8;
	case 0xa9:
		return YES | IMM32;
	case 0xe8:
		return YES | JUMP32 | CALLS;
	case 0xe9:
		return YES | JUMP32;
	case 0xeb:
		return YES | JUMP8;
	case 0xf6: /* test, not, neg, mul, div */
	case 0xf7:
	case 0xfe: /* inc, dec */
	case 0xff: /* and a jump through memory */
		return YES | MODRM | GROUP;
	default:
		return NO;
	}
}

static unsigned int two_bytes(uint8_t op)
{
	if ((op >= 0x40 && op < 0x50) || (op >= 0x90 && op < 0xa0))
		return YES | MODRM; /* cmov, set */
	if (op >= 0x80 && op < 0x90)
		return YES | JUMP32;
	if (op >= 0xc8 && op < 0xd0)
		return YES | REGISTER; /* bswap */
	switch (op) {
	case 0xaf: /* imul */
	case 0xb0: /* cmpxchg */
	case 0xb1:
	case 0xb6: /* movzx, movsx */
	case 0xb7:
	case 0xbe:
	case 0xbf:
	case 0xc0: /* xadd */
	case 0xc1:
		return YES | MODRM;
	default:
		return NO;
	}
}

static uint8_t next_byte(const char *name, struct parts *p)
{
	if (p->at == p->end)
		refuse(name, "the code ends in an instruction");
	return *p->at++;
}

static unsigned int opcode(const char *name, struct parts *p)
{
	uint8_t byte = next_byte(name, p);

	while (byte == 0x66 || byte == 0xf0) {
		p->narrow = p->narrow || byte == 0x66;
		byte = next_byte(name, p);
	}
	if ((byte & 0xf0) == 0x40) {
		p->rex = byte;
		p->wide = byte & 8;
		byte = next_byte(name, p);
	}
	p->two = byte == 0x0f;
	p->opcode = p->two ? next_byte(name, p) : byte;
	return p->two ? two_bytes(p->opcode) : one_byte(p->opcode);
}

/* Memory at an address: behind the ModRM byte. */
static void memory(const char *name, struct parts *p, unsigned int mod,
		   unsigned int rm)
{
	unsigned int base = rm, skip = mod == 1 ? 1 : mod == 2 ? 4 : 0;

	p->refers = !mod && rm == 5;
	if (rm == 4) {
		base = next_byte(name, p) & 7;
		if (base == 4 && !(p->rex & 1) &&
		    (p->two || p->opcode != 0x8b || mod))
			refuse(name, "rsp is used for more than the run");
	}
	if (!mod && base == 5)
		skip = 4;
	while (skip--)
		next_byte(name, p);
}

/* The middle field of a group's ModRM byte says what it does. */
static unsigned int group(const char *name, const struct parts *p,
			  unsigned int which, bool is_register, bool indirect)
{
	if (p->opcode == 0xf6 || p->opcode == 0xf7)
		return which > 1 ? 0 : p->opcode == 0xf6 ? IMM8 : IMM32;
	if (p->opcode == 0xff && which == 4 && !is_register && indirect)
		return 0;
	if ((p->opcode == 0xfe || p->opcode == 0xff) && which > 1)
		refuse(name, "an indirect jump or call");
	return 0;
}

static unsigned int modrm(const char *name, struct parts *p, unsigned int kind,
			  bool indirect)
{
	uint8_t byte = next_byte(name, p);
	unsigned int mod = byte >> 6, middle = byte >> 3 & 7, rm = byte & 7;

	if (!(kind & GROUP) && middle == 4 && !(p->rex & 4))
		refuse(name, "rsp is an operand");
	if (mod == 3 && rm == 4 && !(p->rex & 1))
		refuse(name, "rsp is an operand");
	if (kind & GROUP)
		kind |= group(name, p, middle, mod == 3, indirect);
	if (mod != 3)
		memory(name, p, mod, rm);
	return kind;
}

static void constant(const char *name, struct parts *p, unsigned int kind)
{
	unsigned int count = 0;

	if (kind & (IMM8 | JUMP8))
		count = 1;
	else if (kind & JUMP32)
		count = 4;
	else if (kind & IMM64 && p->wide)
		count = 8;
	else if (kind & (IMM32 | IMM64))
		count = p->narrow ? 2 : 4;
	while (count--)
		next_byte(name, p);
}

static unsigned int take(const char *name, struct parts *p, bool indirect,
			 bool call)
{
	unsigned int kind = opcode(name, p);

	if (!kind)
		refuse(name, "opcode %s%02x is not known to be harmless",
		       p->two ? "0f " : "", p->opcode);
	if (kind & CALLS && !call)
		refuse(name, "a call");
	if (kind & REGISTER && (p->opcode & 7) == 4 && !(p->rex & 1))
		refuse(name, "rsp is an operand");
	if (kind & MODRM)
		kind = modrm(name, p, kind, indirect);
	constant(name, p, kind);
	return kind;
}

/* Offsets become steps. */
static void find_targets(struct code *code, const int *start, size_t count)
{
	unsigned int i, s;

	for (i = 0; i < code->steps; i++) {
		int to = code->step[i].target;

		if (to == NO_TARGET)
			continue;
		for (s = 0; s < code->steps && start[s] != to; s++)
			;
		if (s == code->steps && to != (int)count)
			refuse(code->name, "a jump to nowhere");
		code->step[i].target = (int)s;
	}
}

void decode(struct code *code, const uint8_t *bytes, size_t count,
	    bool indirect, bool call)
{
	const uint8_t *at = bytes;
	int start[STEPS];

	for (code->steps = 0; at < bytes + count; code->steps++) {
		struct parts p = {.at = at, .end = bytes + count};
		struct step *step = &code->step[code->steps];
		unsigned int kind = take(code->name, &p, indirect, call);

		if (code->steps == STEPS - 1)
			refuse(code->name, "too many instructions");
		start[code->steps] = (int)(at - bytes);
		step->count = (unsigned int)(p.at - at);
		memcpy(step->bytes, at, step->count);
		step->target = NO_TARGET;
		step->refers = p.refers || kind & JUMP32;
		if (kind & JUMP8)
			step->target = (int)(p.at - bytes) + (int8_t)p.at[-1];
		at = p.at;
	}
	find_targets(code, start, count);
}
