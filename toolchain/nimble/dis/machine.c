/* SPDX-License-Identifier: MIT */
/* Disassembling an extension's machine code, by libcapstone. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/dis/machine.h"

#define LINES 48 /* of an instruction: a stencil has at most 32 */

struct machine {
	const struct nimble_ext *ext;
	csh handle;
	char lines[LINES][MACHINE_TEXT];
};

struct machine *machine_open(const struct nimble_ext *ext)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (m && cs_open(CS_ARCH_X86, CS_MODE_64, &m->handle) != CS_ERR_OK) {
		free(m);
		return NULL;
	}
	if (!m)
		return NULL;
	m->ext = ext;
	cs_option(m->handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
	cs_option(m->handle, CS_OPT_DETAIL, CS_OPT_ON);
	return m;
}

void machine_close(struct machine *m)
{
	cs_close(&m->handle);
	free(m);
}

/* Where a jump or call out of an instruction's code leads: to another instruction's
 * code, to a thunk, or out of the program. */
static void place(const struct machine *m, uint64_t address, char *to,
		  size_t bytes)
{
	struct nimble_machine code, last;
	uint32_t i, count;

	nimble_code(m->ext, &count);
	for (i = 0; i < count; i++)
		if (!nimble_machine(m->ext, i, &code) && code.bytes &&
		    (uintptr_t)code.code == address) {
			snprintf(to, bytes, "%u", i);
			return;
		}
	nimble_machine(m->ext, 0, &code);
	nimble_machine(m->ext, count - 1, &last);
	if (address > (uintptr_t)last.code &&
	    address - (uintptr_t)last.code < 1 << 24)
		snprintf(to, bytes, "out");
	else
		snprintf(to, bytes, "engine");
}

/* The address that a jump or call names, or 0. */
static uint64_t target_of(const struct machine *m, const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	if (!cs_insn_group(m->handle, insn, CS_GRP_JUMP) &&
	    !cs_insn_group(m->handle, insn, CS_GRP_CALL))
		return 0;
	return x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM
		       ? (uint64_t)x86->operands[0].imm
		       : 0;
}

static void write_line(const struct machine *m, const cs_insn *insn,
		       const struct nimble_machine *code, char *to,
		       size_t bytes)
{
	uint64_t target = target_of(m, insn);
	uint64_t offset = target - (uintptr_t)code->code;
	char where[24];

	if (!target)
		snprintf(to, bytes, "%s %s", insn->mnemonic, insn->op_str);
	else if (offset > 0 && offset < code->bytes)
		snprintf(to, bytes, "%s +%" PRIu64, insn->mnemonic, offset);
	else {
		place(m, target, where, sizeof(where));
		snprintf(to, bytes, "%s -> %s", insn->mnemonic, where);
	}
}

size_t machine_lines(struct machine *m, uint32_t insn,
		     char (**lines)[MACHINE_TEXT])
{
	struct nimble_machine code;
	size_t i, count;
	cs_insn *insns;

	*lines = m->lines;
	if (nimble_machine(m->ext, insn, &code) || !code.bytes)
		return 0;
	count = cs_disasm(m->handle, code.code, code.bytes,
			  (uintptr_t)code.code, 0, &insns);
	for (i = 0; i < count && i < LINES; i++)
		write_line(m, &insns[i], &code, m->lines[i], MACHINE_TEXT);
	if (count)
		cs_free(insns, count);
	return i;
}
