/* SPDX-License-Identifier: MIT */
/* Running an entry, and what is known about an extension afterwards. */
/*
 * A frame belongs to one CPU and level, so nothing here needs an atomic
 * operation but the fault record, which is written once, by the first. Time is
 * taken of one run in TIME_EVERY and scaled: reading the clock twice would
 * cost as much as a short extension.
 */
#include "nimble/core/priv.h"

#define TIME_EVERY 64

static void copy_words(void *to, const void *from, uint32_t bytes)
{
	uint64_t *t = to;
	const uint64_t *f = from;

	if (unlikely(bytes % 8)) {
		memcpy(to, from, bytes);
		return;
	}
	for (; bytes >= 32; bytes -= 32, t += 4, f += 4) {
		t[0] = f[0];
		t[1] = f[1];
		t[2] = f[2];
		t[3] = f[3];
	}
	for (; bytes; bytes -= 8)
		*t++ = *f++;
}

/* Only what the hook lets an extension change goes back. */
static void copy_out(const struct nimble_call *call,
		     const struct nimble_entry *entry, const uint8_t *from)
{
	const struct nimble_hook_info *hook = entry->info;
	uint16_t i;

	if (call->copy_all) {
		memcpy(call->ctx, from, call->ctx_bytes);
		return;
	}
	if (entry->out.bytes) {
		copy_words((uint8_t *)call->ctx + entry->out.offset,
			   from + entry->out.offset, entry->out.bytes);
		return;
	}
	for (i = 0; i < hook->out_count; i++)
		copy_words((uint8_t *)call->ctx + hook->out[i].offset,
			   from + hook->out[i].offset, hook->out[i].bytes);
}

/* A budget of units; one that is too large for that is as large as can be. */
static int64_t in_costs(int64_t units)
{
	return units > INT64_MAX / NIMBLE_UNIT ? INT64_MAX
					       : units * NIMBLE_UNIT;
}

/* Those that were begun. */
static int64_t units_of(int64_t costs)
{
	return (costs + NIMBLE_UNIT - 1) >> NIMBLE_UNIT_BITS;
}

/* The engine's way in clears the registers that are not set here. */
static void prepare(struct nimble_run *run, const struct nimble_call *call,
		    const struct nimble_entry *entry)
{
	struct nimble_frame *frame = run->frame;

	run->reg[1] = call->ext->options.no_context ? 0 : (uintptr_t)frame->ctx;
	run->reg[2] = call->ctx_bytes;
	run->reg[10] = (uintptr_t)frame->stack + run->frame_bytes;
	run->ip = entry->cell;
	run->budget = in_costs(call->budget) - entry->charge;
	run->top = run->bottom;
	run->faulted = 0;
	run->depth = call->depth;
	frame->host = call->host;
	frame->failed = call->failed;
}

static void record(struct nimble_ext *ext, const struct nimble_run *run,
		   uint32_t entry)
{
	struct nimble_fault *fault = &ext->fault;
	const char *file;

	if (__atomic_exchange_n(&ext->fault_lock, 1, __ATOMIC_ACQUIRE))
		return;
	fault->kind = (uint32_t)run->faulted;
	fault->insn = run->fault_insn;
	fault->cpu = run->cpu;
	fault->level = run->level;
	fault->entry = entry;
	fault->address = run->fault_address;
	fault->time_ns = nimble_port_time_ns();
	memcpy(fault->reg, run->reg, sizeof(fault->reg));
	if (!nimble_image_line(&ext->image, fault->insn, &file, &fault->line))
		nimble_format(fault->file, sizeof(fault->file), "%s", file);
	__atomic_store_n(&ext->failed, 1, __ATOMIC_RELEASE);
}

static int unwind(struct nimble_ext *ext, uint32_t entry,
		  struct nimble_frame *frame)
{
	while (frame->held) {
		struct nimble_release *hold = &frame->hold[--frame->held];

		hold->release(hold->what);
	}
	if (frame->run.faulted == NIMBLE_FAULT_ENDED) {
		frame->busy = 0;
		return -EINTR;
	}
	frame->counters[entry].faults++;
	record(ext, &frame->run, entry);
	frame->busy = 0;
	return -EFAULT;
}

/* The first runs are timed one by one: a sample of few, and of the first, cold
 * one, would say nothing. */
static bool is_timed(const struct nimble_counters *counters)
{
	return counters->runs < TIME_EVERY || counters->runs % TIME_EVERY == 0;
}

/* The budget is too small for the code itself. The engine's way in is not taken. */
static void __attribute__((cold, noinline))
refuse_to_enter(struct nimble_run *run, const struct nimble_entry *entry)
{
	run->reg[0] = 0;
	memset(run->reg + 3, 0, 7 * sizeof(run->reg[0]));
	run->faulted = NIMBLE_FAULT_BUDGET;
	run->fault_address = 0;
	run->fault_insn = entry->insn;
}

static void timed_enter(struct nimble_ext *ext, struct nimble_run *run,
			struct nimble_counters *counters)
{
	uint64_t weight = counters->runs < TIME_EVERY ? 1 : TIME_EVERY;
	uint64_t start = nimble_port_clock();

	ext->tier->enter(run);
	counters->time += (nimble_port_clock() - start) * weight;
}

static bool may_run(const struct nimble_call *call)
{
	const struct nimble_ext *ext = call->ext;

	if (call->entry >= ext->image.nhooks ||
	    (unsigned int)call->level >= NIMBLE_LEVELS)
		return false;
	return call->copy_all
		       ? call->ctx_bytes <= ext->ctx_bytes
		       : call->ctx_bytes ==
				 ext->entries[call->entry].info->ctx_bytes;
}

int nimble_run(struct nimble_call *call)
{
	struct nimble_ext *ext = call->ext;
	unsigned int cpu = nimble_port_cpu();
	const struct nimble_entry *entry;
	struct nimble_counters *counters;
	struct nimble_frame *frame;
	struct nimble_run *run;
	int64_t spent;

	if (unlikely(!may_run(call)))
		return -EINVAL;
	if (unlikely(__atomic_load_n(&ext->failed, __ATOMIC_ACQUIRE)))
		return -EIO;
	entry = &ext->entries[call->entry];
	frame = &ext->frames[cpu * NIMBLE_LEVELS + call->level];
	counters = &frame->counters[call->entry];
	if (unlikely(frame->busy)) {
		counters->busy++;
		return -EBUSY;
	}
	frame->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	run = &frame->run;
	prepare(run, call, entry);
	copy_words(frame->ctx, call->ctx, call->ctx_bytes);
	if (unlikely(run->budget < 0))
		refuse_to_enter(run, entry);
	else if (unlikely(is_timed(counters)))
		timed_enter(ext, run, counters);
	else
		ext->tier->enter(run);
	counters->runs++;
	spent = units_of(in_costs(call->budget) - run->budget);
	call->budget_left = call->budget - spent;
	counters->charged += (uint64_t)spent;
	if (unlikely(run->faulted))
		return unwind(ext, call->entry, frame);
	call->result = run->reg[0];
	copy_out(call, entry, frame->ctx);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	frame->busy = 0;
	return 0;
}

bool nimble_brief_prepare(struct nimble_brief *brief, struct nimble_ext *ext,
			  uint32_t entry, int64_t budget)
{
	const struct nimble_hook_info *info = ext->entries[entry].info;

	*brief = (struct nimble_brief){
		.ext = ext,
		.at = &ext->entries[entry],
		.entry = entry,
		.words = info->ctx_bytes / 8,
		.budget = in_costs(budget),
	};
	return !info->out_count && info->ctx_bytes % 8 == 0 &&
	       info->level == NIMBLE_LEVEL_ATOMIC;
}

/* As prepare(); the budget is enough to enter. */
static inline void prepare_briefly(struct nimble_run *run,
				   const struct nimble_brief *brief, void *host)
{
	struct nimble_frame *frame = run->frame;

	run->reg[1] = (uintptr_t)frame->ctx;
	run->reg[2] = brief->words * 8;
	run->reg[10] = (uintptr_t)frame->stack + run->frame_bytes;
	run->ip = brief->at->cell;
	run->budget = brief->budget - brief->at->charge;
	run->top = run->bottom;
	run->faulted = 0;
	run->depth = 0;
	frame->host = host;
	frame->failed = brief->failed;
}

/* The way for what is rare: timed runs, and budgets that the code exceeds. */
static void __attribute__((noinline))
enter_slowly(struct nimble_ext *ext, struct nimble_run *run,
	     const struct nimble_entry *entry, struct nimble_counters *counters)
{
	if (run->budget < 0)
		refuse_to_enter(run, entry);
	else
		timed_enter(ext, run, counters);
}

int nimble_run_brief(const struct nimble_brief *brief, const uint64_t *ctx,
		     void *host, uint64_t *result)
{
	struct nimble_ext *ext = brief->ext;
	struct nimble_frame *frame =
		&ext->frames[nimble_port_cpu() * NIMBLE_LEVELS +
			     NIMBLE_LEVEL_ATOMIC];
	struct nimble_counters *counters = &frame->counters[brief->entry];
	struct nimble_run *run = &frame->run;
	uint32_t i;

	if (unlikely(__atomic_load_n(&ext->failed, __ATOMIC_ACQUIRE)))
		return -EIO;
	if (unlikely(frame->busy)) {
		counters->busy++;
		return -EBUSY;
	}
	frame->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	prepare_briefly(run, brief, host);
	for (i = 0; i < brief->words; i++)
		((uint64_t *)frame->ctx)[i] = ctx[i];
	if (unlikely(run->budget < 0 || is_timed(counters)))
		enter_slowly(ext, run, brief->at, counters);
	else
		ext->tier->enter(run);
	counters->runs++;
	counters->charged += (uint64_t)units_of(brief->budget - run->budget);
	if (unlikely(run->faulted))
		return unwind(ext, brief->entry, frame);
	*result = run->reg[0];
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	frame->busy = 0;
	return 0;
}

void nimble_fault(const struct nimble_ext *ext, struct nimble_fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	if (nimble_failed(ext))
		*fault = ext->fault;
}

bool nimble_failed(const struct nimble_ext *ext)
{
	return __atomic_load_n(&ext->failed, __ATOMIC_ACQUIRE);
}

void nimble_fail(struct nimble_ext *ext, enum nimble_fault_kind kind)
{
	if (__atomic_exchange_n(&ext->fault_lock, 1, __ATOMIC_ACQUIRE))
		return;
	ext->fault.kind = kind;
	ext->fault.insn = NIMBLE_NO_INSN;
	ext->fault.cpu = nimble_port_cpu();
	ext->fault.time_ns = nimble_port_time_ns();
	__atomic_store_n(&ext->failed, 1, __ATOMIC_RELEASE);
}

uint32_t nimble_run_insn(const struct nimble_run *run)
{
	return run->ext->tier->insn_at(run);
}

const char *nimble_fault_name(unsigned int kind)
{
	static const char *const names[NIMBLE_FAULTS] = {
		[NIMBLE_FAULT_NONE] = "none",
		[NIMBLE_FAULT_READ] = "read outside its memory",
		[NIMBLE_FAULT_WRITE] = "write outside its memory",
		[NIMBLE_FAULT_BUDGET] = "budget exceeded",
		[NIMBLE_FAULT_DEPTH] = "calls nested too deeply",
		[NIMBLE_FAULT_ARGUMENT] = "bad helper argument",
		[NIMBLE_FAULT_TRAP] = "processor exception",
		[NIMBLE_FAULT_ALIGN] = "unaligned atomic operation",
		[NIMBLE_FAULT_CALLX] = "callx to no helper of the image",
		[NIMBLE_FAULT_REVOKED] = "a helper was revoked",
		[NIMBLE_FAULT_STALL] = "left a task waiting too long",
		[NIMBLE_FAULT_ENDED] = "ended from outside",
	};

	return kind < NIMBLE_FAULTS ? names[kind] : "unknown";
}

static void add(struct nimble_counters *sum, const struct nimble_counters *one)
{
	sum->runs += one->runs;
	sum->time += one->time;
	sum->faults += one->faults;
	sum->busy += one->busy;
	sum->charged += one->charged;
}

static void sum_entry(const struct nimble_ext *ext, unsigned int cpu,
		      unsigned int entry, struct nimble_counters *sum)
{
	uint32_t i;

	for (i = 0; i < ext->cpus * NIMBLE_LEVELS; i++)
		if (cpu == NIMBLE_ALL_CPUS || cpu == i / NIMBLE_LEVELS)
			add(sum, &ext->frames[i].counters[entry]);
}

void nimble_entry_counters(const struct nimble_ext *ext, unsigned int entry,
			   struct nimble_counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	sum_entry(ext, NIMBLE_ALL_CPUS, entry, counters);
}

void nimble_counters(const struct nimble_ext *ext, unsigned int cpu,
		     struct nimble_counters *counters)
{
	uint32_t entry;

	memset(counters, 0, sizeof(*counters));
	for (entry = 0; entry < ext->image.nhooks; entry++)
		sum_entry(ext, cpu, entry, counters);
}

int nimble_source(const struct nimble_ext *ext, uint32_t insn, char *file,
		  size_t file_bytes, uint32_t *line)
{
	const char *name;
	int error = nimble_image_line(&ext->image, insn, &name, line);

	if (!error)
		nimble_format(file, file_bytes, "%s", name);
	return error;
}

const char *nimble_name(const struct nimble_ext *ext)
{
	return ext->image.strings + ext->image.header->name;
}

const char *nimble_licence(const struct nimble_ext *ext)
{
	return ext->image.strings + ext->image.header->licence;
}

uint32_t nimble_id(const struct nimble_ext *ext)
{
	return ext->options.id;
}

bool nimble_is_threaded(const struct nimble_ext *ext)
{
	return !ext->code.machine;
}

const char *nimble_tier_name(const struct nimble_ext *ext)
{
	return ext->tier->name;
}

uint64_t nimble_memory(const struct nimble_ext *ext)
{
	return ext->memory;
}

int nimble_entry(const struct nimble_ext *ext, enum nimble_hook hook)
{
	uint32_t i;

	for (i = 0; i < ext->image.nhooks; i++)
		if (ext->entries[i].hook == hook)
			return (int)i;
	return -ENOENT;
}

unsigned int nimble_entries(const struct nimble_ext *ext)
{
	return ext->image.nhooks;
}

enum nimble_hook nimble_entry_hook(const struct nimble_ext *ext,
				   unsigned int entry)
{
	return ext->entries[entry].hook;
}

const char *nimble_entry_function(const struct nimble_ext *ext,
				  unsigned int entry)
{
	return ext->entries[entry].function;
}
