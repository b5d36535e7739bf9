// SPDX-License-Identifier: MIT
/* A TCG plugin that counts what a guest executes between two markers.
 *
 *   -plugin count.so,out=FILE[,exact=off]
 *
 * Instructions are counted for each CPU, those of user and of kernel mode apart
 * (kernel: bit 63 of the address), and the entries into kernel mode. Beside
 * them the events of decode.h, and IPIs (stores to the local APIC's ICR).
 *
 * A wait loop is found by its PAUSE: where the same one is executed again in the
 * same mode within WAIT_LOOP instructions, those were waiting. They are counted
 * apart and are in neither of the other counts.
 *
 * exact=on: each instruction adds one to a single counter, and what it has
 * gained is credited to a CPU when the next block of instructions begins. That
 * needs an emulator that runs one CPU at a time (thread=single), and is exact
 * also where a block is left in its middle. exact=off adds a block's length when
 * it begins, for thread=multi.
 *
 * Nothing is counted before the first region 0 (MARK_ARM) begins: until then the
 * guest runs at nearly its usual speed. What was translated before is thrown
 * away then.
 *
 * FILE, columns separated by tabs, first a line of names: a line for each
 * region that has ended (`own`: the CPU where it began; `all`: every CPU), and
 * for traced regions a line "entry" for each kernel entry: region, CPU,
 * instructions of user mode before it, instructions spent in it. The last line
 * is "end": without it, the emulator was killed and the file is cut off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/mark.h"
#include "tests/bench/plugin/api.h"
#include "tests/bench/plugin/decode.h"

#define MAX_CPUS 64
#define MAX_REGIONS 16
#define WAIT_LOOP 1024
#define ICR 0x300 /* low half; writing it sends */

enum {
	USER,
	KERNEL,
	WAIT,
	ENTRIES,
	EVENTS,
	IPI = EVENTS + INSN_COUNTED,
	COUNTS
};

static const char *const names[COUNTS] = {
	[USER] = "user",
	[KERNEL] = "kernel",
	[WAIT] = "wait",
	[ENTRIES] = "entries",
	[EVENTS + INSN_CR3] = "cr3",
	[EVENTS + INSN_INVLPG] = "invlpg",
	[EVENTS + INSN_WRMSR] = "wrmsr",
	[EVENTS + INSN_LOCKED] = "locked",
	[EVENTS + INSN_XSAVE] = "xsave",
	[IPI] = "ipi",
};

struct cpu {
	uint64_t count[COUNTS];
	unsigned int mode; /* USER or KERNEL: of the block that it runs */
	uint64_t changes; /* of mode */
	/* The last PAUSE: where it was, and what had been counted then. */
	uint64_t pause_pc, pause_busy, pause_changes, pause_stages;
	uint64_t kernel_since; /* KERNEL + WAIT at the last kernel entry */
} __attribute__((aligned(64)));

struct region {
	bool open;
	uint32_t id;
	unsigned int cpu;
	uint64_t own[COUNTS], all[COUNTS], stage[MARK_STAGE_COUNT];
};

int qemu_plugin_version = 1;

static uint64_t plugin_id;
static FILE *out;
static bool exact = true;
static bool armed;
static struct cpu cpus[MAX_CPUS];
static struct region regions[MAX_REGIONS];

/* exact: instructions so far, of them those credited, to this CPU next. */
static uint64_t executed, credited;
static unsigned int running;

/* The stage of the delegated call under way; not for thread=multi. */
static unsigned int stage;
static uint64_t stages_begun, stage_count[MARK_STAGE_COUNT];

static void credit(unsigned int vcpu, uint64_t n)
{
	struct cpu *c = &cpus[vcpu];

	c->count[c->mode] += n;
	stage_count[stage] += n;
}

static void settle(void)
{
	if (!exact)
		return;
	credit(running, executed - credited);
	credited = executed;
}

/* ---- Regions ----------------------------------------------------------- */

static void sum(uint64_t all[COUNTS])
{
	memset(all, 0, COUNTS * sizeof(*all));
	for (int i = 0; i < MAX_CPUS; i++)
		for (int k = 0; k < COUNTS; k++)
			all[k] += cpus[i].count[k];
}

static struct region *find_region(bool open, uint32_t id)
{
	for (int i = 0; i < MAX_REGIONS; i++)
		if (regions[i].open == open && (!open || regions[i].id == id))
			return &regions[i];
	return NULL;
}

static void begin(unsigned int vcpu, uint32_t id)
{
	struct region *r = find_region(true, id);

	if (!r)
		r = find_region(false, 0);
	if (!r)
		return;
	r->open = true;
	r->id = id;
	r->cpu = vcpu;
	stage = MARK_STAGE_ENTRY;
	stages_begun++;
	memcpy(r->own, cpus[vcpu].count, sizeof(r->own));
	memcpy(r->stage, stage_count, sizeof(r->stage));
	sum(r->all);
}

static void print_counts(const uint64_t *now, const uint64_t *then, int n)
{
	for (int k = 0; k < n; k++)
		if (n != COUNTS || names[k])
			fprintf(out, "\t%llu",
				(unsigned long long)(now[k] - then[k]));
}

/* May be on another CPU than the beginning. The marker that begins a region is
 * counted in it by either way of counting, on the CPU where it was: off it goes. */
static void end(uint32_t id)
{
	struct region *r = find_region(true, id);
	uint64_t all[COUNTS];

	if (!r)
		return;
	r->open = false;
	sum(all);
	r->own[USER]++;
	r->all[USER]++;
	r->stage[MARK_STAGE_ENTRY]++;
	fprintf(out, "region\t%u\t%u", id, r->cpu);
	print_counts(cpus[r->cpu].count, r->own, COUNTS);
	print_counts(all, r->all, COUNTS);
	print_counts(stage_count, r->stage, MARK_STAGE_COUNT);
	fputc('\n', out);
}

/* ---- While the guest runs ---------------------------------------------- */

static void trace_entry(unsigned int vcpu)
{
	const struct cpu *c = &cpus[vcpu];

	for (int i = 0; i < MAX_REGIONS; i++) {
		const struct region *r = &regions[i];

		if (!r->open || r->cpu != vcpu || r->id < MARK_TRACED / 2)
			continue;
		fprintf(out, "entry\t%u\t%u\t%llu\t%llu\n", r->id, vcpu,
			(unsigned long long)(c->count[USER] - r->own[USER]),
			(unsigned long long)(c->count[KERNEL] + c->count[WAIT] -
					     c->kernel_since));
	}
}

static void change_mode(unsigned int vcpu, unsigned int mode)
{
	struct cpu *c = &cpus[vcpu];

	c->mode = mode;
	c->changes++;
	if (mode == KERNEL) {
		c->count[ENTRIES]++;
		c->kernel_since = c->count[KERNEL] + c->count[WAIT];
	} else {
		trace_entry(vcpu);
	}
}

/* data: the block's length, above one bit for its mode. */
static void on_block(unsigned int vcpu, void *data)
{
	unsigned int mode = (uintptr_t)data & 1 ? KERNEL : USER;

	settle();
	running = vcpu;
	if (cpus[vcpu].mode != mode)
		change_mode(vcpu, mode);
	if (!exact)
		credit(vcpu, (uintptr_t)data >> 1);
}

static void on_event(unsigned int vcpu, void *data)
{
	cpus[vcpu].count[EVENTS + (uintptr_t)data]++;
}

static void on_store(unsigned int vcpu, uint32_t info, uint64_t va, void *data)
{
	const struct qemu_plugin_hwaddr *addr =
		qemu_plugin_get_hwaddr(info, va);

	(void)data;
	if (addr && qemu_plugin_hwaddr_is_io(addr) &&
	    (qemu_plugin_hwaddr_phys_addr(addr) & 0xfff) == ICR &&
	    strncmp(qemu_plugin_hwaddr_device_name(addr), "apic", 4) == 0)
		cpus[vcpu].count[IPI]++;
}

/* data: its address. */
static void on_pause(unsigned int vcpu, void *data)
{
	struct cpu *c = &cpus[vcpu];
	uint64_t pc = (uintptr_t)data, busy, since;

	settle();
	busy = c->count[USER] + c->count[KERNEL];
	since = busy - c->pause_busy;
	if (pc == c->pause_pc && c->changes == c->pause_changes &&
	    stages_begun == c->pause_stages && since <= WAIT_LOOP) {
		c->count[c->mode] -= since;
		c->count[WAIT] += since;
		stage_count[stage] -= since;
		busy -= since;
	}
	c->pause_pc = pc;
	c->pause_busy = busy;
	c->pause_changes = c->changes;
	c->pause_stages = stages_begun;
}

static void on_mark_here(unsigned int vcpu, uint32_t mark)
{
	if (mark == MARK_ARM)
		return;
	if (mark >= MARK_STAGES && mark < MARK_STAGES + MARK_STAGE_COUNT) {
		stage = mark - MARK_STAGES;
		stages_begun++;
	} else if (mark & 1) {
		end(mark / 2);
	} else {
		begin(vcpu, mark / 2);
	}
}

/* data: what its block still has from it on, above the 16 bits of the mark. */
static void on_mark(unsigned int vcpu, void *data)
{
	uint64_t ahead = exact ? 0 : (uintptr_t)data >> 16;
	struct cpu *c = &cpus[vcpu];

	settle();
	c->count[c->mode] -= ahead;
	on_mark_here(vcpu, (uintptr_t)data & 0xffff);
	c->count[c->mode] += ahead;
}

/* ---- Translation ------------------------------------------------------- */

static void watch_insn(struct qemu_plugin_insn *insn, uint64_t ahead)
{
	uint64_t pc = qemu_plugin_insn_vaddr(insn);
	struct insn what;

	decode(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn), &what);
	if (what.kind == INSN_MARK)
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
			(void *)(uintptr_t)(ahead << 16 | what.mark));
	else if (what.kind == INSN_PAUSE)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_pause,
						       QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)pc);
	else if (what.kind != INSN_PLAIN)
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, on_event, QEMU_PLUGIN_CB_NO_REGS,
			(void *)(uintptr_t)what.kind);
	if (what.may_ring && pc >> 63)
		qemu_plugin_register_vcpu_mem_cb(insn, on_store,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_W, NULL);
	if (exact)
		qemu_plugin_register_vcpu_insn_exec_inline(
			insn, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	uint64_t pc = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(
		tb, on_block, QEMU_PLUGIN_CB_NO_REGS,
		(void *)(uintptr_t)(n << 1 | pc >> 63));
	for (size_t i = 0; i < n; i++)
		watch_insn(qemu_plugin_tb_get_insn(tb, i), n - i);
}

/* ---- Begin and end ----------------------------------------------------- */

static void on_exit_of_qemu(uint64_t id, void *data)
{
	(void)id;
	(void)data;
	fputs("end\n", out);
	fclose(out);
}

static void start_counting(uint64_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
}

static void on_arm(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	if (!armed)
		qemu_plugin_reset(plugin_id, start_counting);
	armed = true;
}

static void look_for_arm(uint64_t id, struct qemu_plugin_tb *tb)
{
	struct insn what;

	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		decode(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn),
		       &what);
		if (what.kind == INSN_MARK && what.mark == MARK_ARM)
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, on_arm, QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

static void print_names(const char *prefix)
{
	for (int k = 0; k < COUNTS; k++)
		if (names[k])
			fprintf(out, "\t%s_%s", prefix, names[k]);
}

static bool take_option(const char *arg)
{
	if (strncmp(arg, "out=", 4) == 0) {
		out = fopen(arg + 4, "w");
		if (!out)
			perror(arg + 4);
		return out != NULL;
	}
	exact = strcmp(arg, "exact=off") != 0;
	return !exact || strcmp(arg, "exact=on") == 0;
}

int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc,
			char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!take_option(argv[i]))
			return -1;
	if (!out || !info->system_emulation ||
	    strcmp(info->target_name, "x86_64") != 0 ||
	    info->max_vcpus > MAX_CPUS) {
		fputs("count: wants out=FILE, and an x86_64 machine\n", stderr);
		return -1;
	}
	fputs("what\tid\tcpu", out);
	print_names("own");
	print_names("all");
	for (int s = 0; s < MARK_STAGE_COUNT; s++)
		fprintf(out, "\tstage%d", s);
	fputc('\n', out);
	plugin_id = id;
	qemu_plugin_register_vcpu_tb_trans_cb(id, look_for_arm);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
