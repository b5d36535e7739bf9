/* SPDX-License-Identifier: MIT */
/* nimble-run --strict: each access stays in the object that its pointer was made for. */
/*
 * The engine checks that an access is in the extension's memory, which is one. Here a
 * register that holds a pointer also has the range that it may reach: of the frame, data
 * object, map value or context that it was made from. Moves, additions and subtractions
 * keep it, and so do words of memory, as long as they have the value with which they were
 * stored. What is not known to be a pointer, but lies in an object where it is used, is
 * one to that. So it does not matter how far an access goes, nor what lies there.
 *
 * Frames are as large as their function's code shows; the variables of one frame, and the
 * members of one object, are not told apart.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/layout.h"
#include "nimble/user/step.h"
#include "toolchain/nimble/file.h"
#include "toolchain/nimble/run/run.h"

enum kind { NOTHING, CONTEXT, FRAME, OBJECT, SECTION, VALUE, MAP, KINDS };

/* What a pointer may reach; NOTHING: it is none, or not known. */
struct range {
	uint64_t start, end;
	enum kind kind;
	const char *name;
};

struct word {
	uint64_t value;
	struct range range;
};

static struct strict {
	struct nimble_ext *ext;
	const struct nx_insn *code;
	uint32_t total;
	int32_t *lowest; /* of the function that begins there; above 0: not known */
	struct nimble_layout layout;
	const struct nx_object *object;
	const struct nx_ref *ref;
	const struct nx_import *import;
	uint32_t objects, refs;
	struct word *word; /* of the arena, 8 bytes each */

	/* Of the run: the registers' before the next instruction. */
	struct range reg[NX_REGS];
	uint64_t value[NX_REGS];
	struct range saved[NX_MAX_DEPTH][4], frame[NX_MAX_DEPTH + 1];
	unsigned int depth;
	bool is_running, called;
	uint32_t insn;
} s;

/* ---- Objects ---------------------------------------------------------------- */

static bool contains(const struct range *r, uint64_t address)
{
	return r->kind && address >= r->start && address < r->end;
}

static struct range object_range(const struct nx_object *o)
{
	uint64_t base =
		o->section == NX_SEC_RODATA ? s.layout.rodata : s.layout.data;

	return (struct range){base + o->offset, base + o->offset + o->bytes,
			      OBJECT, nimble_string(s.ext, o->name)};
}

static struct range map_range(unsigned int i)
{
	const struct nimble_map *map = nimble_map(s.ext, i);
	uint64_t bytes, start = nimble_map_memory_at(s.ext, i, &bytes);

	return (struct range){start, start + bytes, bytes ? MAP : NOTHING,
			      nimble_map_name(map)};
}

/* All data, or all that is read-only: for what names no object. */
static struct range section_range(bool constant)
{
	const uint8_t *arena = s.layout.arena;
	uint64_t bytes, first = (uintptr_t)arena + s.layout.writable;

	if (constant)
		return (struct range){s.layout.rodata,
				      (uintptr_t)arena + s.layout.readable,
				      SECTION, "read-only data"};
	for (unsigned int i = 0; i < nimble_maps(s.ext); i++) {
		uint64_t at = nimble_map_memory_at(s.ext, i, &bytes);

		if (bytes && at < first)
			first = at;
	}
	return (struct range){s.layout.data, first, SECTION, "data"};
}

static bool in_arena(uint64_t address, uint64_t bytes)
{
	uint64_t offset = address - (uintptr_t)s.layout.arena;

	return offset <= s.layout.readable - bytes;
}

/* The object that an address lies in. */
static struct range find(uint64_t address)
{
	struct range r = {0};
	unsigned int i;

	if (!in_arena(address, 1))
		return r;
	for (i = 0; i <= s.depth; i++)
		if (contains(&s.frame[i], address))
			return s.frame[i];
	for (i = 0; i < s.objects; i++) {
		r = object_range(&s.object[i]);
		if (contains(&r, address))
			return r;
	}
	for (i = 0; i < nimble_maps(s.ext); i++) {
		r = map_range(i);
		if (contains(&r, address))
			return r;
	}
	return (struct range){0};
}

/* What a register may reach. */
static struct range reach(unsigned int reg)
{
	return s.reg[reg].kind ? s.reg[reg] : find(s.value[reg]);
}

static struct word *word_at(uint64_t address)
{
	if (address % 8 || !in_arena(address, 8))
		return NULL;
	return &s.word[(address - (uintptr_t)s.layout.arena) / 8];
}

/* ---- Complaints ------------------------------------------------------------------- */

struct access {
	const char *what; /* "read" or "write" */
	const char *helper; /* that does it, or NULL */
	uint64_t address, bytes;
};

static void print_bytes(uint64_t bytes, const char *rest)
{
	printf("%" PRIu64 " byte%s%s", bytes, bytes == 1 ? "" : "s", rest);
}

static void print_object(const struct range *r)
{
	static const char *const kinds[KINDS] = {
		[CONTEXT] = "the context",  [FRAME] = "the frame of",
		[OBJECT] = "object",	    [SECTION] = "the",
		[VALUE] = "a value of map", [MAP] = "map",
	};

	printf("%s%s%s, which has ", kinds[r->kind], *r->name ? " " : "",
	       r->name);
	print_bytes(r->end - r->start, "");
}

static _Noreturn void complain(const struct access *a, const struct range *r)
{
	char file[96] = "";
	uint32_t line = 0;

	printf("strict: %s of ", a->what);
	print_bytes(a->bytes, a->helper ? " by " : ", ");
	if (a->helper)
		printf("%s, ", a->helper);
	if (!r->kind)
		printf("address 0x%" PRIx64 ", in no object", a->address);
	else if (a->address < r->start)
		print_bytes(r->start - a->address, " before the start of ");
	else
		print_bytes(a->address < r->end ? 0 : a->address - r->end,
			    " behind the end of ");
	if (r->kind)
		print_object(r);
	printf(", instruction %u", s.insn);
	if (!nimble_source(s.ext, s.insn, file, sizeof(file), &line))
		printf(", %s:%u", file, line);
	putchar('\n');
	exit(end_output(1));
}

/* An access by way of a pointer that may reach r. What is outside of the extension's
 * memory altogether, and not known to be a pointer into it, is the engine's to judge. */
static void check(const struct access *a, const struct range *pointer)
{
	struct range r = *pointer;

	if (!r.kind)
		r = find(a->address);
	if (!r.kind && !in_arena(a->address, a->bytes))
		return;
	if (!r.kind || a->address < r.start || a->address > r.end ||
	    a->bytes > r.end - a->address)
		complain(a, &r);
}

static void check_access(unsigned int reg, int off, unsigned int bytes,
			 bool is_write)
{
	const struct access a = {
		.what = is_write ? "write" : "read",
		.address = s.value[reg] + (uint64_t)(int64_t)off,
		.bytes = bytes,
	};
	struct range r = reach(reg);

	check(&a, &r);
}

/* ---- Frames ----------------------------------------------------------------------- */

/* How far below r10 a copy of it goes: the addition that follows. */
static int32_t offset_of_copy(uint32_t insn, uint8_t copy)
{
	for (uint32_t i = insn + 1; i < s.total && i < insn + 16; i++) {
		const struct nx_insn *n = &s.code[i];

		if (n->dst != copy || BPF_CLASS(n->opcode) == BPF_ST ||
		    BPF_CLASS(n->opcode) == BPF_STX)
			continue;
		if (n->opcode == (BPF_ALU64 | BPF_ADD | BPF_K))
			return n->imm;
		break;
	}
	return -(int32_t)s.layout.frame_bytes; /* not known: all of it */
}

static int32_t lowest_of(uint32_t i)
{
	const struct nx_insn *n = &s.code[i];
	unsigned int class = BPF_CLASS(n->opcode);

	if (class == BPF_LDX && n->src == NX_REG_FRAME)
		return n->off;
	if ((class == BPF_ST || class == BPF_STX) && n->dst == NX_REG_FRAME)
		return n->off;
	if (n->opcode == (BPF_ALU64 | BPF_MOV | BPF_X) &&
	    n->src == NX_REG_FRAME)
		return offset_of_copy(i, n->dst);
	return 0;
}

static int32_t lowest_of_function(uint32_t insn)
{
	int32_t lowest = 0;
	uint32_t i;

	for (i = insn; i < s.total; i++) {
		int32_t low = lowest_of(i);

		if (i > insn && nimble_function_at(s.ext, i))
			break;
		if (low < lowest)
			lowest = low;
		i += s.code[i].opcode == NX_OP_LDDW;
	}
	return lowest;
}

/* The function that an instruction begins is entered; its r10 is `top`. */
static void enter_function(uint32_t insn, uint64_t top)
{
	const char *name = nimble_function_at(s.ext, insn);
	int32_t *lowest = &s.lowest[insn];

	if (*lowest > 0)
		*lowest = lowest_of_function(insn);
	s.frame[s.depth] = (struct range){top + (uint64_t)(int64_t)*lowest, top,
					  FRAME, name ? name : "a function"};
	s.reg[NX_REG_FRAME] = s.frame[s.depth];
}

static void begin_run(uint32_t insn, const uint64_t *reg)
{
	memset(s.reg, 0, sizeof(s.reg));
	memset(s.frame, 0, sizeof(s.frame));
	s.depth = 0;
	s.is_running = true;
	s.called = false;
	s.reg[1] = (struct range){reg[1], reg[1] + reg[2],
				  reg[1] ? CONTEXT : NOTHING, ""};
	enter_function(insn, reg[NX_REG_FRAME]);
}

/* ---- Instructions ----------------------------------------------------------------- */

static void do_alu(const struct nx_insn *n)
{
	bool is_wide = BPF_CLASS(n->opcode) == BPF_ALU64;
	bool has_reg = n->opcode & BPF_X;
	unsigned int op = BPF_OP(n->opcode);
	struct range to = reach(n->dst), from = {0}, none = {0};

	if (has_reg && op != BPF_END)
		from = reach(n->src);
	if (!is_wide || op == BPF_END)
		to = none;
	else if (op == BPF_MOV)
		to = has_reg && !n->off ? from : none;
	else if (op == BPF_ADD)
		to = !to.kind ? from : from.kind ? none : to;
	else if (op == BPF_SUB)
		to = from.kind ? none : to;
	else if ((op != BPF_AND && op != BPF_OR) || has_reg)
		to = none;
	s.reg[n->dst] = to;
}

static void do_load(const struct nx_insn *n, unsigned int bytes)
{
	uint64_t address = s.value[n->src] + (uint64_t)(int64_t)n->off, now;
	const struct word *w = word_at(address);

	check_access(n->src, n->off, bytes, false);
	s.reg[n->dst] = (struct range){0};
	if (!w || bytes != 8)
		return;
	memcpy(&now, (const void *)(uintptr_t)address, sizeof(now));
	if (now == w->value)
		s.reg[n->dst] = w->range;
}

static void do_store(const struct nx_insn *n, unsigned int bytes)
{
	struct word *w = word_at(s.value[n->dst] + (uint64_t)(int64_t)n->off);

	check_access(n->dst, n->off, bytes, true);
	if (!w || bytes != 8)
		return;
	*w = (struct word){0};
	if (BPF_CLASS(n->opcode) == BPF_STX)
		*w = (struct word){s.value[n->src], reach(n->src)};
}

static void do_atomic(const struct nx_insn *n, unsigned int bytes)
{
	check_access(n->dst, n->off, bytes, true);
	if (n->imm == BPF_CMPXCHG)
		s.reg[0] = (struct range){0};
	else if (n->imm & BPF_FETCH)
		s.reg[n->src] = (struct range){0};
}

static int by_insn(const void *key, const void *entry)
{
	const struct nx_ref *ref = entry;
	uint32_t insn = *(const uint32_t *)key;

	return insn < ref->insn ? -1 : insn > ref->insn;
}

static void do_lddw(const struct nx_insn *n)
{
	const struct nx_ref *ref =
		s.refs ? bsearch(&s.insn, s.ref, s.refs, sizeof(*ref), by_insn)
		       : NULL;
	struct range r = {0};

	if (n->src == NX_IMM_VALUE)
		r = map_range((unsigned int)n->imm);
	else if (n->src == NX_IMM_DATA || n->src == NX_IMM_RODATA)
		r = ref && ref->object < s.objects
			    ? object_range(&s.object[ref->object])
			    : section_range(n->src == NX_IMM_RODATA);
	s.reg[n->dst] = r;
}

/* ---- Helpers ------------------------------------------------------------------------ */

/* A helper's memory: reg holds its address. */
static void check_argument(const char *helper, unsigned int reg, uint64_t bytes,
			   bool is_write)
{
	const struct access a = {is_write ? "write" : "read", helper,
				 s.value[reg], bytes};
	struct range r = reach(reg);

	if (bytes)
		check(&a, &r);
}

static const struct nx_map *map_of(uint64_t handle)
{
	int i = nimble_map_by_handle(s.ext, handle);

	return i < 0 ? NULL
		     : nimble_map_info(nimble_map(s.ext, (unsigned int)i));
}

/* By its signature (helpers.def): one letter for the result, then the arguments'. */
static void check_arguments(uint32_t index)
{
	const char *name = nimble_import_name(s.ext, index);
	const char *letters = nimble_string(s.ext, s.import[index].signature);
	const struct nx_map *map = NULL;
	unsigned int reg;

	for (reg = 1; reg <= 5 && *letters && letters[reg]; reg++)
		switch (letters[reg]) {
		case 'm':
		case 'r':
		case 'q':
			map = map_of(s.value[reg]);
			break;
		case 'k':
			check_argument(name, reg, map ? map->key_bytes : 0,
				       false);
			break;
		case 'V':
		case 'W':
			check_argument(name, reg, map ? map->value_bytes : 0,
				       letters[reg] == 'W');
			break;
		case 'b':
		case 'w': /* the length follows, behind a second buffer */
			check_argument(
				name, reg,
				s.value[reg + 1 +
					(reg < 4 && letters[reg + 1] != 'n')],
				letters[reg] == 'w');
			break;
		}
}

/* The helper before has returned: an address of a value is one to that alone. */
static void take_result(void)
{
	struct range map;

	memset(s.reg, 0, 6 * sizeof(s.reg[0]));
	s.called = false;
	for (unsigned int i = 0; i < nimble_maps(s.ext); i++) {
		const struct nx_map *info =
			nimble_map_info(nimble_map(s.ext, i));

		map = map_range(i);
		if (!contains(&map, s.value[0]))
			continue;
		s.reg[0] = map;
		if (info->type == NIMBLE_MAP_RING ||
		    info->type == NIMBLE_MAP_ARENA)
			return;
		s.reg[0].start = s.value[0];
		s.reg[0].end = s.value[0] + info->value_bytes;
		s.reg[0].kind = VALUE;
	}
}

static void do_call(const struct nx_insn *n)
{
	if (n->src != NX_CALL_LOCAL || n->opcode != (BPF_JMP | BPF_CALL)) {
		if (n->opcode == (BPF_JMP | BPF_CALL))
			check_arguments((uint32_t)n->imm);
		s.called = true;
		return;
	}
	if (s.depth + 1 >= NX_MAX_DEPTH)
		return; /* the engine stops it */
	memcpy(s.saved[s.depth], s.reg + 6, sizeof(s.saved[0]));
	s.depth++;
	enter_function((uint32_t)((int64_t)s.insn + 1 + n->imm),
		       s.value[NX_REG_FRAME] + s.layout.frame_bytes);
}

static void do_exit(void)
{
	s.is_running = s.depth > 0;
	if (!s.depth)
		return;
	s.frame[s.depth--] = (struct range){0};
	memcpy(s.reg + 6, s.saved[s.depth], sizeof(s.saved[0]));
	s.reg[NX_REG_FRAME] = s.frame[s.depth];
}

static void do_insn(const struct nx_insn *n)
{
	switch (BPF_CLASS(n->opcode)) {
	case BPF_ALU:
	case BPF_ALU64:
		do_alu(n);
		break;
	case BPF_LDX:
		do_load(n, nimble_reached_bytes(n));
		break;
	case BPF_STX:
		if (BPF_MODE(n->opcode) == BPF_ATOMIC) {
			do_atomic(n, nimble_reached_bytes(n));
			break;
		}
		/* fall through */
	case BPF_ST:
		do_store(n, nimble_reached_bytes(n));
		break;
	case BPF_JMP:
		if (BPF_OP(n->opcode) == BPF_CALL)
			do_call(n);
		else if (BPF_OP(n->opcode) == BPF_EXIT)
			do_exit();
		break;
	case BPF_LD:
		do_lddw(n);
		break;
	}
}

static void on_step(void *data, uint32_t insn, const uint64_t *reg)
{
	(void)data;
	if (!s.is_running)
		begin_run(insn, reg);
	memcpy(s.value, reg, sizeof(s.value));
	s.insn = insn;
	if (s.called)
		take_result();
	do_insn(&s.code[insn]);
}

void run_strict(struct nimble_ext *ext)
{
	uint32_t bytes, data, constants, i;

	s.ext = ext;
	s.code = nimble_code(ext, &s.total);
	nimble_layout(ext, &s.layout);
	s.object = nimble_section(ext, NX_SEC_OBJECTS, &bytes);
	s.objects = bytes / (uint32_t)sizeof(*s.object);
	s.ref = nimble_section(ext, NX_SEC_REFS, &bytes);
	s.refs = bytes / (uint32_t)sizeof(*s.ref);
	s.import = nimble_section(ext, NX_SEC_IMPORTS, &bytes);
	nimble_section(ext, NX_SEC_DATA, &data);
	nimble_section(ext, NX_SEC_RODATA, &constants);
	if (!s.objects && (data || constants))
		usage_error(
			"%s",
			"--strict: the image does not name its objects; compile it with nimble-cc -g");
	s.word = calloc(s.layout.readable / 8 + 1, sizeof(*s.word));
	s.lowest = malloc(s.total * sizeof(*s.lowest));
	if (!s.word || !s.lowest)
		usage_error("%s", "out of memory");
	for (i = 0; i < s.total; i++)
		s.lowest[i] = 1;
	nimble_step_observer(on_step, NULL);
}
