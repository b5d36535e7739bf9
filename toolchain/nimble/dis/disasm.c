/* SPDX-License-Identifier: MIT */
/* One eBPF instruction as text. */
#include <inttypes.h>
#include <stdio.h>

#include "toolchain/nimble/dis/disasm.h"

#define INSN(opcode, form, op, sign) [opcode] = sign,
static const char *const signs[256] = {
#include "nimble/engine/ops.def"
};

/* The sign of an atomic operation's arithmetic. */
static const char *sign_of(int32_t atomic)
{
	return signs[BPF_ALU64 | BPF_X | BPF_OP(atomic)];
}

static void alu(char *to, size_t bytes, const struct nx_insn *insn, char r)
{
	const char *sign = signs[insn->opcode];
	const char *is_signed = "";

	switch (BPF_OP(insn->opcode)) {
	case BPF_NEG:
		snprintf(to, bytes, "%c%u = %s%c%u", r, insn->dst, sign, r,
			 insn->dst);
		return;
	case BPF_END:
		snprintf(to, bytes, "r%u = %s%d r%u", insn->dst, sign,
			 insn->imm, insn->dst);
		return;
	case BPF_MOV:
		if (!insn->off)
			break;
		snprintf(to, bytes, "%c%u = (s%d)%c%u", r, insn->dst, insn->off,
			 r, insn->src);
		return;
	case BPF_DIV:
	case BPF_MOD:
		is_signed = insn->off ? "s" : "";
	}
	if (insn->opcode & BPF_X)
		snprintf(to, bytes, "%c%u %s%s %c%u", r, insn->dst, is_signed,
			 sign, r, insn->src);
	else
		snprintf(to, bytes, "%c%u %s%s %d", r, insn->dst, is_signed,
			 sign, insn->imm);
}

static void call(char *to, size_t bytes, const struct nx_insn *insn,
		 uint32_t at, const struct nimble_ext *ext)
{
	uint32_t target = at + 1 + (uint32_t)insn->imm;
	const char *name;

	if (insn->opcode == NX_OP_CALLX) {
		snprintf(to, bytes, "callx r%u", insn->dst);
	} else if (insn->src == NX_CALL_LOCAL) {
		name = ext ? nimble_function_at(ext, target) : NULL;
		snprintf(to, bytes, "call %u%s%s", target, name ? " " : "",
			 name ? name : "");
	} else {
		snprintf(to, bytes, "call helper %s",
			 ext ? nimble_import_name(ext, (uint32_t)insn->imm)
			     : "?");
	}
}

static void jump(char *to, size_t bytes, const struct nx_insn *insn,
		 uint32_t at, const struct nimble_ext *ext)
{
	bool far = insn->opcode == (BPF_JMP32 | BPF_JA);
	uint32_t target = at + 1 + (uint32_t)(far ? insn->imm : insn->off);
	char r = BPF_CLASS(insn->opcode) == BPF_JMP32 ? 'w' : 'r';

	switch (BPF_OP(insn->opcode)) {
	case BPF_CALL:
		call(to, bytes, insn, at, ext);
		break;
	case BPF_EXIT:
		snprintf(to, bytes, "%s", signs[insn->opcode]);
		break;
	case BPF_JA:
		snprintf(to, bytes, "goto %u", target);
		break;
	default:
		if (insn->opcode & BPF_X)
			snprintf(to, bytes, "if %c%u %s %c%u goto %u", r,
				 insn->dst, signs[insn->opcode], r, insn->src,
				 target);
		else
			snprintf(to, bytes, "if %c%u %s %d goto %u", r,
				 insn->dst, signs[insn->opcode], insn->imm,
				 target);
	}
}

static void lddw(char *to, size_t bytes, const struct nx_insn *insn)
{
	static const char *const kinds[] = {"", "map ", "values of map ",
					    "data + ", "rodata + "};
	uint64_t value = (uint32_t)insn->imm | (uint64_t)(uint32_t)insn[1].imm
						       << 32;

	if (insn->src == NX_IMM64 || insn->src > NX_IMM_RODATA)
		snprintf(to, bytes, "r%u = 0x%" PRIx64 " ll", insn->dst, value);
	else if (insn->src == NX_IMM_VALUE)
		snprintf(to, bytes, "r%u = values of map %d + %d", insn->dst,
			 insn->imm, insn[1].imm);
	else
		snprintf(to, bytes, "r%u = %s%d", insn->dst, kinds[insn->src],
			 insn->imm);
}

static void atomic(char *to, size_t bytes, const struct nx_insn *insn)
{
	const char *size = signs[insn->opcode];

	if (insn->imm == BPF_CMPXCHG)
		snprintf(to, bytes, "r0 = cmpxchg(%s r%u%+d, r0, r%u)", size,
			 insn->dst, insn->off, insn->src);
	else if (insn->imm == BPF_XCHG)
		snprintf(to, bytes, "r%u = xchg(%s r%u%+d, r%u)", insn->src,
			 size, insn->dst, insn->off, insn->src);
	else
		snprintf(to, bytes, "%slock *(%s *)(r%u%+d) %s r%u",
			 insn->imm & BPF_FETCH ? "fetch " : "", size, insn->dst,
			 insn->off, sign_of(insn->imm), insn->src);
}

void disasm(char *to, size_t bytes, const struct nx_insn *insn, uint32_t at,
	    const struct nimble_ext *ext)
{
	const char *size = signs[insn->opcode];

	switch (BPF_CLASS(insn->opcode)) {
	case BPF_LD:
		lddw(to, bytes, insn);
		break;
	case BPF_LDX:
		snprintf(to, bytes, "r%u = *(%s *)(r%u%+d)", insn->dst, size,
			 insn->src, insn->off);
		break;
	case BPF_ST:
		snprintf(to, bytes, "*(%s *)(r%u%+d) = %d", size, insn->dst,
			 insn->off, insn->imm);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->opcode) == BPF_ATOMIC)
			atomic(to, bytes, insn);
		else
			snprintf(to, bytes, "*(%s *)(r%u%+d) = r%u", size,
				 insn->dst, insn->off, insn->src);
		break;
	case BPF_ALU:
		alu(to, bytes, insn, 'w');
		break;
	case BPF_ALU64:
		alu(to, bytes, insn, 'r');
		break;
	default:
		jump(to, bytes, insn, at, ext);
	}
}
