/* SPDX-License-Identifier: MIT */
/* Which helpers a hook can reach, for those that are not for every level. */
/*
 * Only images that import such a helper pay for this: the instructions that
 * can be reached from each hook are walked once, through jumps and calls.
 * callx is checked when it runs.
 */
#include "nimble/core/priv.h"

#define SEEN 8 /* in facts->flags, beside NIMBLE_INSN_* */

struct walk {
	const struct nimble_ext *ext;
	struct nimble_facts *facts;
	uint32_t *stack;
	uint32_t depth;
};

static void visit(struct walk *w, uint32_t insn)
{
	if (insn < w->ext->image.insns && !(w->facts->flags[insn] & SEEN)) {
		w->facts->flags[insn] |= SEEN;
		w->stack[w->depth++] = insn;
	}
}

/* Where control can go from an instruction. */
static void visit_next(struct walk *w, uint32_t i)
{
	const struct nx_insn *insn = &w->ext->image.code[i];
	unsigned int class = BPF_CLASS(insn->opcode);

	if (class == BPF_JMP || class == BPF_JMP32) {
		if (BPF_OP(insn->opcode) == BPF_EXIT)
			return;
		if (BPF_OP(insn->opcode) != BPF_CALL)
			visit(w, i + 1 + (uint32_t)nimble_jump_offset(insn));
		else if (nimble_calls_local(insn))
			visit(w, i + 1 + (uint32_t)insn->imm);
		if (BPF_OP(insn->opcode) == BPF_JA)
			return;
	}
	visit(w, i + 1 + (insn->opcode == NX_OP_LDDW));
}

/* The helper that an instruction calls and that this level may not. */
static const struct nimble_helper *forbidden(const struct walk *w, uint32_t i,
					     enum nimble_level level)
{
	const struct nx_insn *insn = &w->ext->image.code[i];
	const struct nimble_helper *helper;

	if (!nimble_calls_helper(insn))
		return NULL;
	helper = w->ext->imports[insn->imm];
	return helper->levels >> level & 1 ? NULL : helper;
}

static int walk_hook(struct walk *w, const struct nimble_entry *entry,
		     struct nimble_diag *diag)
{
	uint32_t i;

	for (i = 0; i < w->ext->image.insns; i++)
		w->facts->flags[i] &= (uint8_t)~SEEN;
	visit(w, entry->insn);
	while (w->depth) {
		uint32_t at = w->stack[--w->depth];
		const struct nimble_helper *helper =
			forbidden(w, at, entry->info->level);

		if (helper)
			return nimble_refuse_at(
				&w->ext->image, diag, at,
				"helper %s cannot be called from hook %s",
				helper->name, entry->info->name);
		visit_next(w, at);
	}
	return 0;
}

static bool imports_restricted(const struct nimble_ext *ext)
{
	uint32_t i;

	for (i = 0; i < ext->image.nimports; i++)
		if (ext->imports[i] &&
		    ext->imports[i]->levels != (1 << NIMBLE_LEVELS) - 1)
			return true;
	return false;
}

/* After nimble_check() found the code well-formed. */
int nimble_check_levels(const struct nimble_ext *ext,
			struct nimble_facts *facts, struct nimble_diag *diag)
{
	size_t bytes = ext->image.insns * sizeof(uint32_t);
	struct walk w = {.ext = ext, .facts = facts};
	int error = 0;
	uint32_t i;

	if (!imports_restricted(ext))
		return 0;
	w.stack = nimble_port_alloc(bytes);
	if (!w.stack)
		return nimble_refuse(diag, ENOMEM, "no memory to check in");
	for (i = 0; i < ext->image.nhooks && !error; i++)
		error = walk_hook(&w, &ext->entries[i], diag);
	nimble_port_free(w.stack, bytes);
	return error;
}
