/* SPDX-License-Identifier: MIT */
/* The simulated machine: calls of a policy's operations, in the LWK's order. */
/*
 * Each function does what that of the same purpose in kernel/proc/policy_*.c and policy.c
 * does, for one policy, without the locks and the races. What the kernel does a moment
 * later (detaching a policy that has failed) sim.c does before anything else.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/sim/sim_priv.h"

#define TICK_NS 4000000ull
#define LOOPS_MOST 32
#define TIMEOUT_DEFAULT_MS 100
#define TIMEOUT_MOST_MS 30000
#define DISPATCH_DEFAULT 32
#define MS 1000000ull

#define POLICY (&sim->policy)

bool sim_has_policy(void)
{
	return POLICY->ext && !POLICY->off;
}

static bool has(enum nimble_hook op)
{
	return POLICY->entry[op] >= 0;
}

/* ---- Tasks as the policy sees them ------------------------------------------ */

static struct nimble_sched_task *view_of(const struct sim_thread *t)
{
	return &POLICY->sched->task[t->index];
}

uint64_t sim_view(const struct sim_thread *t)
{
	return t ? (uintptr_t)view_of(t) : 0;
}

struct sim_thread *sim_member_at(uint64_t view)
{
	uint64_t offset = view - (uintptr_t)POLICY->sched->task;
	uint64_t index = offset / sizeof(struct nimble_sched_task);

	if (offset % sizeof(struct nimble_sched_task) ||
	    index >= POLICY->about.tasks)
		return NULL;
	return POLICY->member[index];
}

static struct nimble_sched_task *show(const struct sim_thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	view->slice = t->slice;
	view->cpu = t->cpu->index;
	return view;
}

static void show_all(const struct sim_thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	memset(view, 0, sizeof(*view));
	view->id = t->id;
	view->process = t->load->process ? t->load->process : t->id;
	view->weight = t->load->weight;
	view->mask = t->load->mask;
	view->cpu_count = (nx_u32)__builtin_popcountll(view->mask);
	view->address_of_mask = (uintptr_t)&view->mask;
	snprintf(view->name, sizeof(view->name), "%s", t->load->name);
	show(t);
}

/* ---- Operations --------------------------------------------------------------- */

static void say_fault(enum nimble_hook op, int error)
{
	const char *name = nimble_hook_info(op)->name;
	struct nimble_fault f;

	nimble_fault(POLICY->ext, &f);
	if (error != -EFAULT)
		sim_policy_fail("%s: it is busy", name);
	else if (f.line)
		sim_policy_fail("%s: %s, address %llx, %s:%u", name,
				nimble_fault_name(f.kind),
				(unsigned long long)f.address, f.file, f.line);
	else
		sim_policy_fail("%s: %s, address %llx, instruction %u", name,
				nimble_fault_name(f.kind),
				(unsigned long long)f.address, f.insn);
}

static bool operate(struct sim_call *call, enum nimble_hook op, uint64_t *args,
		    uint64_t *result)
{
	const struct sim_thread *current = call->cpu->current;
	struct nimble_call run = {
		.ext = POLICY->ext,
		.entry = (uint32_t)POLICY->entry[op],
		.level = NIMBLE_LEVEL_ATOMIC,
		.ctx = args,
		.ctx_bytes = nimble_hook_info(op)->ctx_bytes,
		.budget = NIMBLE_BUDGET_ATOMIC,
		.host = &call->host,
	};
	int error;

	call->op = op;
	call->host.sim = call;
	call->host.current = current ? current->id : 0;
	call->host.pid = current ? current->load->process : 0;
	nimble_user_set_cpu(call->cpu->index);
	error = nimble_run(&run);
	*result = run.result;
	if (!error)
		return true;
	say_fault(op, error);
	return false;
}

/* Call an operation about a thread, with one more argument. True: it was
 * called, or the policy has none. */
static bool ask(struct sim_call *call, enum nimble_hook op,
		struct sim_thread *t, uint64_t argument, uint64_t *result)
{
	uint64_t args[] = {(uintptr_t)show(t), argument}, ignored;
	bool ok;

	if (!has(op))
		return true;
	ok = operate(call, op, args, result ? result : &ignored);
	t->slice = view_of(t)->slice;
	return ok;
}

static void tell(enum nimble_hook op, struct sim_thread *t, uint64_t argument)
{
	struct sim_call call = {.cpu = sim->this_cpu};

	if (t->joined && sim_has_policy())
		ask(&call, op, t, argument, NULL);
}

static bool add_member(struct sim_thread *t)
{
	uint32_t i;

	for (i = 0; i < POLICY->about.tasks; i++)
		if (!POLICY->member[i]) {
			POLICY->member[i] = t;
			t->index = i;
			return true;
		}
	return false;
}

static bool join(struct sim_thread *t)
{
	struct sim_call call = {.cpu = sim->this_cpu};
	uint64_t result = 0;

	if (t->joined)
		return true;
	if (!add_member(t))
		return false;
	t->joined = true;
	t->is_runnable = t->is_running = false;
	t->slice = 0;
	show_all(t);
	if (!ask(&call, NIMBLE_HOOK_sched_init_task, t, 0, &result))
		return false;
	if (result) {
		sim_policy_fail("init_task of thread %u gave %lld", t->id,
				(long long)result);
		return false;
	}
	return ask(&call, NIMBLE_HOOK_sched_enable, t, 0, NULL);
}

/* ---- Putting them somewhere ------------------------------------------------------ */

static void preempt(struct sim_cpu *cpu)
{
	if (!cpu->current || !cpu->current->joined)
		return;
	cpu->current->slice = 0;
	cpu->resched = true;
}

void sim_kick(struct sim_cpu *cpu, uint64_t flags)
{
	if (!cpu->current)
		cpu->resched = true;
	else if (flags & NIMBLE_KICK_PREEMPT)
		preempt(cpu);
	else if (!(flags & NIMBLE_KICK_IDLE))
		cpu->resched = true;
}

void sim_use_slice(struct sim_thread *t, uint64_t slice)
{
	if (slice)
		t->slice = slice;
	else if (!t->slice)
		t->slice = 1;
}

static bool insert_local(const struct sim_call *call, struct sim_thread *t,
			 uint64_t cpu)
{
	if (!sim_may_run(t, cpu)) {
		sim_policy_fail("thread %u was put on CPU %llu, which it may "
				"not run on",
				t->id, (unsigned long long)cpu);
		return false;
	}
	sim_place(t, &sim->cpu[cpu],
		  call->flags & (NIMBLE_ENQ_HEAD | NIMBLE_ENQ_PREEMPT));
	if (call->flags & NIMBLE_ENQ_PREEMPT)
		preempt(&sim->cpu[cpu]);
	return true;
}

/* The thread waits already; the policy has kept it. NULL: done; else the
 * reason why not. */
static const char *insert_queue(const struct sim_call *call,
				struct sim_thread *t)
{
	struct sim_dsq *q = sim_dsq_find(call->dsq);
	int error;

	if (!q)
		return "there is no such queue";
	error = call->by_vtime
			? sim_dsq_add_by_vtime(q, t, call->vtime)
			: sim_dsq_add(q, t,
				      call->flags & (NIMBLE_ENQ_HEAD |
						     NIMBLE_ENQ_PREEMPT));
	if (error)
		return "a queue is either by virtual time or not";
	if (call->by_vtime)
		view_of(t)->vtime = call->vtime;
	view_of(t)->queue = q->id;
	return NULL;
}

static bool wait_in_policy(const struct sim_call *call, struct sim_thread *t)
{
	const char *wrong = NULL;

	sim_waiting_add(t);
	if (call->inserted)
		wrong = insert_queue(call, t);
	else
		view_of(t)->queue = 0;
	if (wrong) {
		sim_waiting_remove(t);
		sim_policy_fail("queue %llx: %s", (unsigned long long)call->dsq,
				wrong);
		return false;
	}
	if (!t->near->current)
		t->near->resched = true;
	else
		sim_update_slice(t->near);
	return true;
}

#define NOT_LOCAL UINT64_MAX
static uint64_t local_cpu(const struct sim_call *call)
{
	if (call->dsq == NIMBLE_DSQ_LOCAL)
		return call->cpu->index;
	if ((call->dsq & ~0xffffffffull) == NIMBLE_DSQ_LOCAL_ON)
		return (uint32_t)call->dsq;
	return NOT_LOCAL;
}

static bool insert(struct sim_call *call, struct sim_thread *t)
{
	call->cpu = t->cpu;
	if (call->inserted)
		sim_use_slice(t, call->slice);
	if (call->inserted && local_cpu(call) != NOT_LOCAL)
		return insert_local(call, t, local_cpu(call));
	return wait_in_policy(call, t);
}

struct sim_cpu *sim_default_cpu(const struct sim_thread *t, bool *idle)
{
	struct sim_cpu *last = t->cpu, *cpu;
	bool allowed = t->load->mask & sim_bit(last);

	*idle = true;
	if (allowed) {
		cpu = sim_claim_idle(sim_bit(last));
		if (cpu)
			return cpu;
		if (last == sim->this_cpu && !last->current && !last->count)
			return last;
	}
	cpu = sim_claim_idle(t->load->mask);
	if (cpu)
		return cpu;
	*idle = false;
	return allowed ? last : sim_least_loaded(t->load->mask);
}

static void say(struct sim_call *call, uint64_t dsq)
{
	call->inserted = true;
	call->dsq = dsq;
	call->slice = NIMBLE_SLICE_DEFAULT;
}

static bool select_cpu(struct sim_call *call, struct sim_thread *t,
		       uint64_t flags)
{
	uint64_t args[] = {(uintptr_t)show(t), t->cpu->index,
			   flags & NIMBLE_ENQ_WAKEUP ? NIMBLE_WAKE_TTWU
						     : NIMBLE_WAKE_FORK};
	uint64_t cpu;
	bool idle;

	if (!has(NIMBLE_HOOK_sched_select_cpu)) {
		t->cpu = sim_default_cpu(t, &idle);
		if (idle)
			say(call, NIMBLE_DSQ_LOCAL);
		return true;
	}
	if (!operate(call, NIMBLE_HOOK_sched_select_cpu, args, &cpu))
		return false;
	t->slice = view_of(t)->slice;
	t->cpu = sim_may_run(t, cpu) ? &sim->cpu[cpu]
				     : sim_choose_cpu(t->load->mask);
	return true;
}

static bool put(struct sim_thread *t, uint64_t flags)
{
	struct sim_call call = {.cpu = sim->this_cpu, .subject = t};

	if (!t->is_runnable) {
		if (!select_cpu(&call, t, flags))
			return false;
		t->is_runnable = true;
		tell(NIMBLE_HOOK_sched_runnable, t, flags);
	}
	if (!call.inserted && !has(NIMBLE_HOOK_sched_enqueue))
		say(&call, NIMBLE_DSQ_GLOBAL);
	else if (!call.inserted &&
		 !ask(&call, NIMBLE_HOOK_sched_enqueue, t, flags, NULL))
		return false;
	return insert(&call, t);
}

bool sim_policy_put(struct sim_thread *t, uint64_t flags)
{
	return sim_has_policy() && join(t) && put(t, flags);
}

bool sim_dispatch(const struct sim_call *where, uint64_t view, bool from_queue)
{
	struct sim_thread *t = sim_member_at(view);
	uint64_t cpu = local_cpu(where);
	const char *wrong;

	if (!t || sim_list_empty(&t->waiting) || !t->dsq == from_queue)
		return false;
	if (cpu != NOT_LOCAL) {
		sim_waiting_remove(t);
		sim_use_slice(t, where->slice);
		if (insert_local(where, t, cpu))
			return true;
		sim_put(t, 0);
		return false;
	}
	if (from_queue)
		sim_dsq_remove(t);
	sim_use_slice(t, where->slice);
	wrong = insert_queue(where, t);
	if (wrong)
		sim_policy_fail("queue %llx: %s",
				(unsigned long long)where->dsq, wrong);
	return !wrong;
}

/* ---- Running --------------------------------------------------------------------- */

void sim_policy_charge(struct sim_thread *t)
{
	uint64_t ran = sim->now_ns - t->charged_ns;

	if (!t->joined)
		return;
	t->charged_ns = sim->now_ns;
	if (t->slice != NIMBLE_SLICE_INFINITE)
		t->slice -= ran < t->slice ? ran : t->slice;
}

void sim_policy_stopping(struct sim_thread *t, bool runnable)
{
	if (!t->joined || !t->is_running)
		return;
	t->is_running = false;
	view_of(t)->ran_ns = t->outcome->ran_ns;
	tell(NIMBLE_HOOK_sched_stopping, t, runnable);
}

void sim_policy_quiescent(struct sim_thread *t)
{
	if (!t->joined || !t->is_runnable)
		return;
	t->is_runnable = false;
	tell(NIMBLE_HOOK_sched_quiescent, t, NIMBLE_DEQ_SLEEP);
}

void sim_policy_running(struct sim_thread *t)
{
	if (!t->joined)
		return;
	t->charged_ns = sim->now_ns;
	if (t->is_running)
		return;
	t->is_running = true;
	view_of(t)->queue = 0;
	tell(NIMBLE_HOOK_sched_running, t, 0);
}

void sim_policy_yield(struct sim_thread *t)
{
	sim_policy_charge(t);
	if (has(NIMBLE_HOOK_sched_yield))
		tell(NIMBLE_HOOK_sched_yield, t, 0);
	else
		t->slice = 0;
}

bool sim_policy_renew(struct sim_thread *t)
{
	bool renew;

	if (!sim_has_policy())
		return true;
	renew = t->joined && !(POLICY->about.flags & NIMBLE_POLICY_ENQ_LAST);
	if (renew && !t->slice)
		t->slice = NIMBLE_SLICE_DEFAULT;
	return renew;
}

uint64_t sim_policy_slice_end(const struct sim_cpu *cpu,
			      const struct sim_thread *t)
{
	uint64_t end = 0, tick = sim->now_ns + TICK_NS;

	if (t->slice == NIMBLE_SLICE_INFINITE)
		return 0;
	if (cpu->count || cpu->waiting_near)
		end = t->charged_ns + t->slice;
	if (has(NIMBLE_HOOK_sched_tick) && (!end || tick < end))
		end = tick;
	return end;
}

bool sim_policy_tick(struct sim_thread *t)
{
	sim_policy_charge(t);
	tell(NIMBLE_HOOK_sched_tick, t, 0);
	return !t->slice && (sim->this_cpu->count || POLICY->waiting_count);
}

void sim_policy_ended(struct sim_thread *t)
{
	sim_policy_quiescent(t);
	tell(NIMBLE_HOOK_sched_disable, t, 0);
	tell(NIMBLE_HOOK_sched_exit_task, t, 0);
	if (t->joined)
		POLICY->member[t->index] = NULL;
	t->joined = false;
}

/* ---- Filling a CPU's queue ---------------------------------------------------------- */

bool sim_consume(struct sim_dsq *q, struct sim_cpu *cpu)
{
	struct sim_list *n;

	for (n = q->threads.next; n != &q->threads; n = n->next) {
		struct sim_thread *t = sim_entry(n, struct sim_thread, in_dsq);

		if (!(t->load->mask & sim_bit(cpu)))
			continue;
		sim_waiting_remove(t);
		sim_place(t, cpu, false);
		return true;
	}
	return false;
}

/* Whether to go on. */
static bool dispatch(struct sim_cpu *cpu, struct sim_thread *prev)
{
	struct sim_call call = {.cpu = cpu};
	bool joined = prev && prev->joined;
	uint64_t args[] = {cpu->index, joined ? (uintptr_t)show(prev) : 0};
	uint64_t ignored;

	if (!operate(&call, NIMBLE_HOOK_sched_dispatch, args, &ignored))
		return false;
	if (joined)
		prev->slice = view_of(prev)->slice;
	return call.count && !cpu->count;
}

void sim_policy_balance(struct sim_cpu *cpu, struct sim_thread *prev)
{
	int loops = LOOPS_MOST;

	while (sim_has_policy() && !cpu->count && POLICY->waiting_count) {
		if (sim_consume(sim_dsq_find(NIMBLE_DSQ_GLOBAL), cpu))
			break;
		if (!has(NIMBLE_HOOK_sched_dispatch) || !dispatch(cpu, prev))
			break;
		if (!--loops) {
			cpu->resched = true;
			break;
		}
	}
}

void sim_policy_update_idle(struct sim_cpu *cpu, bool idle)
{
	struct sim_call call = {.cpu = cpu};
	uint64_t args[] = {cpu->index, idle}, ignored;

	if (sim_has_policy() && has(NIMBLE_HOOK_sched_update_idle))
		operate(&call, NIMBLE_HOOK_sched_update_idle, args, &ignored);
}

void sim_policy_timer(struct sim_cpu *cpu, uint64_t number)
{
	struct sim_call call = {.cpu = cpu};
	uint64_t args[] = {number, sim->now_ns}, ignored;

	if (sim_has_policy() && has(NIMBLE_HOOK_timer))
		operate(&call, NIMBLE_HOOK_timer, args, &ignored);
}

/* ---- The watchdog --------------------------------------------------------------------- */

/* The thread that has waited longest, or NULL. */
static const struct sim_thread *oldest(void)
{
	const struct sim_thread *found = NULL;
	uint32_t i;

	for (i = 0; i < sim->load->tasks; i++) {
		const struct sim_thread *t = &sim->thread[i];
		bool waits = !sim_list_empty(&t->waiting) ||
			     !sim_list_empty(&t->queue);

		if (t->joined && waits &&
		    (!found || t->queued_ns < found->queued_ns))
			found = t;
	}
	return found;
}

uint64_t sim_policy_stall_ns(void)
{
	const struct sim_thread *t = sim_has_policy() ? oldest() : NULL;

	return t ? t->queued_ns + POLICY->about.timeout_ms * MS : 0;
}

void sim_policy_stalled(void)
{
	char message[NIMBLE_EXIT_MESSAGE_BYTES];
	const struct sim_thread *t = oldest();

	snprintf(message, sizeof(message),
		 "thread %u was runnable and did not run for %u ms",
		 t ? t->id : 0, POLICY->about.timeout_ms);
	sim_policy_end(NIMBLE_EXIT_ERROR_STALL, 0, message);
}

/* ---- Beginning and end ------------------------------------------------------------------ */

static void find_operations(void)
{
	int hook;

	for (hook = 0; hook < NIMBLE_HOOKS; hook++)
		POLICY->entry[hook] =
			nimble_entry(POLICY->ext, (enum nimble_hook)hook);
}

/* 0; what init said; or that it failed. */
static int run_init(void)
{
	struct sim_call call = {.cpu = sim->this_cpu};
	uint64_t args[] = {sim->load->cpus}, result = 0;

	if (has(NIMBLE_HOOK_sched_init) &&
	    !operate(&call, NIMBLE_HOOK_sched_init, args, &result))
		return -EFAULT;
	return !result ? 0
	       : (int64_t)result < 0 && (int64_t)result > -4096
		       ? (int)(int64_t)result
		       : -EINVAL;
}

static void set_defaults(struct nimble_policy *about)
{
	if (!about->timeout_ms)
		about->timeout_ms = TIMEOUT_DEFAULT_MS;
	if (about->timeout_ms > TIMEOUT_MOST_MS)
		about->timeout_ms = TIMEOUT_MOST_MS;
	if (!about->dispatch_max)
		about->dispatch_max = DISPATCH_DEFAULT;
}

int sim_policy_start(struct nimble_ext *ext)
{
	int error;

	POLICY->sched = nimble_sched(ext);
	if (!POLICY->sched)
		return -EOPNOTSUPP;
	sim_list_init(&POLICY->waiting);
	POLICY->ext = ext;
	POLICY->about = *nimble_policy(ext);
	set_defaults(&POLICY->about);
	find_operations();
	if (sim_dsq_create(NIMBLE_DSQ_GLOBAL)) {
		POLICY->ext = NULL;
		return -ENOMEM;
	}
	error = run_init();
	if (error && !POLICY->off)
		sim_policy_end(NIMBLE_EXIT_ERROR, 0,
			       "its operation init refused");
	if (error)
		sim_policy_stop();
	return error;
}

void sim_policy_end(uint32_t kind, uint64_t code, const char *message)
{
	if (POLICY->off)
		return;
	POLICY->off = true;
	POLICY->kind = kind;
	POLICY->code = code;
	snprintf(POLICY->message, sizeof(POLICY->message), "%s", message);
}

void sim_policy_fail(const char *format, ...)
{
	char message[NIMBLE_EXIT_MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	sim_policy_end(NIMBLE_EXIT_ERROR, 0, message);
}

static const char *reason(uint32_t kind)
{
	switch (kind) {
	case NIMBLE_EXIT_UNREG:
		return "it was taken off";
	case NIMBLE_EXIT_UNREG_BPF:
		return "it has ended itself";
	case NIMBLE_EXIT_ERROR:
		return "runtime error";
	case NIMBLE_EXIT_ERROR_BPF:
		return "it has reported an error";
	default:
		return "a thread was left waiting";
	}
}

/* The policy is off, so tell() would not. */
static void tell_last(enum nimble_hook op, uint64_t a, uint64_t b)
{
	struct sim_call call = {.cpu = sim->this_cpu};
	uint64_t args[] = {a, b}, ignored;

	if (has(op))
		operate(&call, op, args, &ignored);
}

static void release_members(void)
{
	uint32_t i;

	for (i = 0; i < POLICY->about.tasks; i++) {
		struct sim_thread *t = POLICY->member[i];

		if (!t)
			continue;
		t->joined = t->is_runnable = t->is_running = false;
		POLICY->member[i] = NULL;
		tell_last(NIMBLE_HOOK_sched_disable,
			  (uintptr_t)&POLICY->sched->task[i], 0);
		tell_last(NIMBLE_HOOK_sched_exit_task,
			  (uintptr_t)&POLICY->sched->task[i], 0);
	}
}

static void fill_record(struct nimble_exit_record *record)
{
	record->kind = POLICY->kind;
	record->code = POLICY->code;
	snprintf(record->reason, sizeof(record->reason), "%s",
		 reason(POLICY->kind));
	snprintf(record->message, sizeof(record->message), "%s",
		 POLICY->message);
	snprintf(record->dump, sizeof(record->dump), "%s", POLICY->dump);
}

static void tell_exit(void)
{
	struct nimble_exit_record *record = &POLICY->sched->record;

	if (POLICY->kind >= NIMBLE_EXIT_ERROR)
		tell_last(NIMBLE_HOOK_sched_dump, 0, 0);
	fill_record(record);
	tell_last(NIMBLE_HOOK_sched_exit, (uintptr_t)record, 0);
	fill_record(&sim->result->exit);
	sim->result->exit_ns = sim->now_ns;
}

void sim_policy_stop(void)
{
	uint32_t i;

	while (!sim_list_empty(&POLICY->waiting)) {
		struct sim_thread *t = sim_entry(POLICY->waiting.next,
						 struct sim_thread, waiting);

		sim_waiting_remove(t);
		sim_put(t, 0);
	}
	release_members();
	tell_exit();
	sim_dsq_destroy_all();
	POLICY->ext = NULL;
	for (i = 0; i < sim->load->cpus; i++)
		sim_update_slice(&sim->cpu[i]);
}
