// SPDX-License-Identifier: MIT
/* See decode.h. */
#include "tests/bench/plugin/decode.h"

#include <stdbool.h>
#include <string.h>

#include "kernel/abi/mark.h"

/* The prefixes, and the place of the opcode. */
struct prefixes {
	bool lock, rep, wide;
	size_t at;
};

static bool is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf0 || byte == 0xf2 ||
	       byte == 0xf3 || byte == 0x2e || byte == 0x36 || byte == 0x3e ||
	       byte == 0x26 || byte == 0x64 || byte == 0x65;
}

static struct prefixes skip_prefixes(const uint8_t *bytes, size_t length)
{
	struct prefixes p = {};

	for (; p.at < length && is_prefix(bytes[p.at]); p.at++) {
		p.lock |= bytes[p.at] == 0xf0;
		p.rep |= bytes[p.at] == 0xf3;
	}
	if (p.at < length && (bytes[p.at] & 0xf0) == 0x40)
		p.wide = bytes[p.at++] & 8;
	return p;
}

/* Bytes behind the end read as 0, which is no opcode that we know. */
static uint8_t at(const uint8_t *bytes, size_t length, size_t i)
{
	return i < length ? bytes[i] : 0;
}

static unsigned int reg(uint8_t modrm)
{
	return modrm >> 3 & 7;
}

static bool is_memory(uint8_t modrm)
{
	return modrm >> 6 != 3;
}

/* Opcodes behind the byte 0F. */
static enum insn_kind two_bytes(uint8_t opcode, uint8_t next)
{
	switch (opcode) {
	case 0x01: /* /7 with memory: INVLPG */
		return is_memory(next) && reg(next) == 7 ? INSN_INVLPG
							 : INSN_PLAIN;
	case 0x22: /* MOV to a control register */
		return reg(next) == 3 ? INSN_CR3 : INSN_PLAIN;
	case 0x30:
		return INSN_WRMSR;
	case 0x38: /* INVPCID is 66 0F 38 82; no other 0F 38 82 is defined */
		return next == 0x82 ? INSN_INVLPG : INSN_PLAIN;
	case 0xae: /* /0 FXSAVE /1 FXRSTOR /4 XSAVE /5 XRSTOR /6 XSAVEOPT */
		return is_memory(next) && (0x73 >> reg(next) & 1) ? INSN_XSAVE
								  : INSN_PLAIN;
	case 0xc7: /* /3 XRSTORS /4 XSAVEC /5 XSAVES */
		return is_memory(next) && reg(next) >= 3 && reg(next) <= 5
			       ? INSN_XSAVE
			       : INSN_PLAIN;
	default:
		return INSN_PLAIN;
	}
}

static bool is_mark(const uint8_t *bytes, size_t length, uint32_t *mark)
{
	uint32_t displacement;

	if (length != 7 || memcmp(bytes, "\x0f\x1f\x80", 3) != 0)
		return false;
	memcpy(&displacement, bytes + 3, sizeof(displacement));
	*mark = displacement & 0xffff;
	return (displacement & 0xffff0000) == MARK_BASE;
}

void decode(const uint8_t *bytes, size_t length, struct insn *insn)
{
	struct prefixes p = skip_prefixes(bytes, length);
	uint8_t opcode = at(bytes, length, p.at);
	uint8_t modrm = at(bytes, length, p.at + 1);

	*insn = (struct insn){INSN_PLAIN, 0, 0};
	if (is_mark(bytes, length, &insn->mark))
		insn->kind = INSN_MARK;
	else if (opcode == 0x90 && p.rep)
		insn->kind = INSN_PAUSE;
	else if (opcode == 0x0f)
		insn->kind = two_bytes(modrm, at(bytes, length, p.at + 2));
	else if ((opcode == 0x86 || opcode == 0x87) && is_memory(modrm))
		insn->kind = INSN_LOCKED;
	/* Bit test, compare and exchange and the rest: any opcode can have it. */
	if (p.lock)
		insn->kind = INSN_LOCKED;
	insn->may_ring = !p.wide && is_memory(modrm) &&
			 (opcode == 0x89 || opcode == 0xc7 || opcode == 0x87);
}
