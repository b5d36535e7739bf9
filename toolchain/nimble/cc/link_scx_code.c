/* SPDX-License-Identifier: MIT */
/* The linker: code that it makes itself for sched_ext's schedulers. */
/*
 * scx_callback(function, a, b, c) calls the function of a number: the place, from 1, in
 * a list of those whose addresses are taken.
 *
 * Where sched_ext gives an operation a structure or a mask as the second argument, the
 * kernel here gives the number in it. The hook's entry is then some code that puts the
 * number into memory of its own frame and calls the operation with its address.
 */
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/cc/link_scx.h"

#define CALLBACK_INSNS 6 /* for each function */
#define CALLBACK_END 2
#define ENTRY_INSNS 12

static const char *const by_address[] = {"sched_init_task", "sched_exit_task",
					 "sched_set_cpumask"};

static bool needs_entry(const struct link_section *section)
{
	size_t i;

	for (i = 0;
	     section->hook && i < sizeof(by_address) / sizeof(by_address[0]);
	     i++)
		if (!strcmp(section->hook, by_address[i]))
			return true;
	return false;
}

/* The number of a function, which it gets where it has none. */
static uint32_t number_of(struct link *link, const struct link_section *section,
			  uint32_t offset)
{
	struct link_callback *list = link->callbacks;
	uint32_t i;

	for (i = 0; i < link->callback_count; i++)
		if (list[i].section == section && list[i].offset == offset)
			return i + 1;
	list = realloc(list, (i + 1) * sizeof(*list));
	if (!list)
		abort();
	list[i] = (struct link_callback){section, offset};
	link->callbacks = list;
	return ++link->callback_count;
}

static void number_addresses(struct link *link, struct link_object *object,
			     struct link_section *section)
{
	const struct nx_insn *insn;
	size_t i;

	for (i = 0; i < link_rel_count(object, section); i++) {
		GElf_Rel rel = link_rel(object, section, i);
		struct link_target t = link_resolve(link, object, &rel);

		if (!t.section || t.section->kind != LINK_CODE ||
		    rel.r_offset + 16 > section->data->d_size)
			continue;
		insn = (const void *)((uint8_t *)section->data->d_buf +
				      rel.r_offset);
		if (insn->opcode == NX_OP_LDDW)
			number_of(link, t.section,
				  link_offset(object, &t, insn->imm));
	}
}

void scx_place_rest(struct link *link)
{
	uint32_t entries = 0;
	size_t o, i;

	scx_place_tables(link);
	for (o = 0; o < link->objects; o++)
		for (i = 1; i < link->object[o].sections; i++) {
			struct link_section *s = &link->object[o].section[i];

			if (!s->live || s->kind != LINK_CODE)
				continue;
			number_addresses(link, &link->object[o], s);
			entries += needs_entry(s);
		}
	link->made_at = link_align(link->code_bytes, 8);
	link->code_bytes =
		link->made_at + 8 * (entries * ENTRY_INSNS + CALLBACK_END +
				     link->callback_count * CALLBACK_INSNS);
}

#define MADE(opcode, dst, src, off, imm) \
	((struct nx_insn){opcode, dst, src, off, imm})
#define MOVE(dst, src) MADE(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define EXIT MADE(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define STORE(off, src) \
	MADE(BPF_STX | BPF_MEM | BPF_DW, NX_REG_FRAME, src, off, 0)

/* A call from instruction `at` of the function at `to`. */
static struct nx_insn call(uint32_t at, uint32_t to)
{
	return MADE(BPF_JMP | BPF_CALL, 0, NX_CALL_LOCAL, 0,
		    (int32_t)to - (int32_t)at - 1);
}

static void name_function(struct link *link, const char *name, uint32_t insn)
{
	struct nx_func func = {nx_string(&link->build, name), insn};

	nx_append(&link->build, NX_SEC_FUNCS, &func, sizeof(func));
}

static void *made(struct link *link, uint32_t insn)
{
	return link_image_bytes(link, NX_SEC_CODE, 8 * insn);
}

void scx_make_code(struct link *link)
{
	uint32_t at = link->made_at / 8, i, to;

	name_function(link, "scx_callback", at);
	for (i = 0; i < link->callback_count; i++, at += CALLBACK_INSNS) {
		to = (link->callbacks[i].section->base +
		      link->callbacks[i].offset) /
		     8;
		memcpy(made(link, at),
		       (struct nx_insn[CALLBACK_INSNS]){
			       MADE(BPF_JMP | BPF_JNE | BPF_K, 1, 0,
				    CALLBACK_INSNS - 1, (int32_t)i + 1),
			       MOVE(1, 2), MOVE(2, 3), MOVE(3, 4),
			       call(at + 4, to), EXIT},
		       8 * CALLBACK_INSNS);
	}
	memcpy(made(link, at),
	       (struct nx_insn[CALLBACK_END]){
		       MADE(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0), EXIT},
	       8 * CALLBACK_END);
	link->entry_at = at + CALLBACK_END;
}

/* The context that the operation gets, {task, address of {number, 0}}, in the frame. */
uint32_t scx_entry(struct link *link, const struct link_section *section,
		   uint32_t insn)
{
	uint32_t at = link->entry_at;

	if (!link->scx || !needs_entry(section))
		return insn;
	memcpy(made(link, at),
	       (struct nx_insn[ENTRY_INSNS]){
		       MADE(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, 0, 0),
		       MADE(BPF_LDX | BPF_MEM | BPF_DW, 3, 1, 8, 0),
		       STORE(-16, 3),
		       MADE(BPF_ST | BPF_MEM | BPF_DW, NX_REG_FRAME, 0, -8, 0),
		       STORE(-32, 2), MOVE(2, NX_REG_FRAME),
		       MADE(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -16),
		       STORE(-24, 2), MOVE(1, NX_REG_FRAME),
		       MADE(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -32),
		       call(at + 10, insn), EXIT},
	       8 * ENTRY_INSNS);
	link->entry_at += ENTRY_INSNS;
	name_function(link, section->hook, at);
	return at;
}

int32_t scx_code_named(const struct link *link, const char *name)
{
	return link->scx && !strcmp(name, "scx_callback")
		       ? (int32_t)(link->made_at / 8)
		       : -1;
}

bool scx_relocate(struct link *link, const struct link_target *t,
		  uint32_t offset, struct nx_insn *insn)
{
	if (t->section->kind != LINK_CODE)
		return scx_relocate_map(link, t, offset, insn);
	insn->src = NX_IMM64;
	insn->imm = (int32_t)number_of(link, t->section, offset);
	return true;
}
