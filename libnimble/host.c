// SPDX-License-Identifier: MIT
/* NIMBLE_BACKEND=host: loading, attaching and looking; see host_priv.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libnimble/host_priv.h"
#include "nimble/port.h"
#include "nimble/user/user.h"

#define USER_HALF (1UL << 47)
#define EXTENSION_BYTES (16UL << 20) /* as an application's on the LWK */

pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;

/* Guarded by the mutex. */
static struct host_extension *extensions;
static uint32_t last_id;
static uint64_t start_clock, start_ns; /* start_ns 0: not started */
static pthread_cond_t happened = PTHREAD_COND_INITIALIZER; /* to one of them */
static struct nimble_slots *slots; /* empty: runs are under the mutex */

static int refuse(struct nimble_ctl *ctl, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(struct nimble_ctl *ctl, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ctl->message, sizeof(ctl->message), format, args);
	va_end(args);
	return err;
}

void host_text(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
}

static int start_engine(void)
{
	int err;

	if (start_ns)
		return 0;
	nimble_user_share_memory();
	nimble_user_set_cpus(1);
	nimble_user_window(NULL, USER_HALF);
	err = nimble_init();
	if (err)
		return err;
	slots = nimble_slots_new();
	if (!slots)
		return -ENOMEM;
	start_clock = nimble_port_clock();
	start_ns = nimble_port_time_ns();
	return 0;
}

/* The frequency of the clock of the counters, measured over a millisecond or
 * more. */
static uint32_t clock_khz(void)
{
	static uint32_t khz;
	uint64_t ns;

	while (!khz) {
		ns = nimble_port_time_ns() - start_ns;
		if (ns >= 1000000)
			khz = (double)(nimble_port_clock() - start_clock) *
			      1000000 / ns;
	}
	return khz;
}

/* ---- Which there are --------------------------------------------------- */

struct host_extension *host_find(uint32_t id)
{
	struct host_extension *e = extensions;

	while (e && e->id != id)
		e = e->next;
	return e;
}

static void insert(struct host_extension *e)
{
	struct host_extension **at = &extensions;

	while (*at)
		at = &(*at)->next;
	*at = e;
}

static int refuse_image(struct nimble_ctl *ctl, const struct nimble_diag *why,
			int err)
{
	if (why->insn == NIMBLE_NO_INSN)
		return refuse(ctl, err, "%s", why->message);
	if (!why->line)
		return refuse(ctl, err, "instruction %u: %s", why->insn,
			      why->message);
	return refuse(ctl, err, "instruction %u (%s:%u): %s", why->insn,
		      why->file, why->line, why->message);
}

static int load(struct nimble_ctl *ctl)
{
	struct nimble_load_options options = {
		.engine = ctl->flags & NIMBLE_THREADED
				  ? NIMBLE_ENGINE_THREADED_CHECKED
				  : NIMBLE_ENGINE_CHECKED,
		.job = 1,
		.quota_bytes = EXTENSION_BYTES,
	};
	struct nimble_diag why = {.insn = NIMBLE_NO_INSN};
	struct host_extension *e;
	int err;

	if (ctl->flags & NIMBLE_TRUSTED)
		return refuse(ctl, -EPERM,
			      "there is no kernel here to trust it");
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->id = options.id = ++last_id;
	options.owner = e;
	err = nimble_load((const void *)(uintptr_t)ctl->in, ctl->in_bytes,
			  &options, &e->engine, &why);
	if (err) {
		free(e);
		return refuse_image(ctl, &why, err);
	}
	host_text(e->name, sizeof(e->name),
		  ctl->name[0] ? ctl->name : nimble_name(e->engine));
	insert(e);
	ctl->ext_id = e->id;
	return 0;
}

/* ---- Attaching --------------------------------------------------------- */

static bool is_policy(const struct host_extension *e)
{
	for (unsigned int i = 0; i < nimble_entries(e->engine); i++)
		if (NIMBLE_HOOK_IS_SCHED(nimble_entry_hook(e->engine, i)))
			return true;
	return false;
}

static int set_attached(struct host_extension *e, unsigned int entry, bool on)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	int err = 0;

	if (e->entry[entry].attached == on)
		return 0;
	if (hook == NIMBLE_HOOK_service && on)
		err = nimble_service_add(e->engine);
	else if (hook == NIMBLE_HOOK_service)
		nimble_service_remove(slots, e->engine);
	if (!err)
		e->entry[entry].attached = on;
	return err;
}

/* Detaching never fails. After an error of attaching, some hooks are
 * attached. */
static int set_range(struct host_extension *e, unsigned int first,
		     unsigned int end, bool on)
{
	int err = 0;

	for (unsigned int i = first; i < end && !err; i++)
		err = set_attached(e, i, on);
	if (!on)
		host_wake_callers(e);
	return err;
}

void host_care(void)
{
	for (struct host_extension *e = extensions; e; e = e->next) {
		if (e->reported || !nimble_failed(e->engine))
			continue;
		set_range(e, 0, nimble_entries(e->engine), false);
		e->reported = true;
		e->events |= 1u << NIMBLE_EVENT_FAULT;
		pthread_cond_broadcast(&happened);
	}
}

static int may_attach(struct host_extension *e, struct nimble_ctl *ctl,
		      unsigned int first, unsigned int end)
{
	if (nimble_failed(e->engine))
		return refuse(ctl, -EIO, "it has faulted; load it again");
	if (is_policy(e))
		return refuse(
			ctl, -EOPNOTSUPP,
			"nothing is scheduled here: NIMBLE_BACKEND=host; try nimble-run --sim");
	for (unsigned int i = first; i < end; i++) {
		const struct nimble_hook_info *hook =
			nimble_hook_info(nimble_entry_hook(e->engine, i));

		if (!hook->app_allowed)
			return refuse(ctl, -EPERM,
				      "hook %s is for trusted extensions",
				      hook->name);
		if (e->entry[i].attached)
			return refuse(ctl, -EALREADY,
				      "it is on hook %s already", hook->name);
	}
	return 0;
}

static int attach(struct host_extension *e, struct nimble_ctl *ctl)
{
	unsigned int count = nimble_entries(e->engine);
	bool all = ctl->index == NIMBLE_ALL;
	unsigned int first = all ? 0 : ctl->index;
	unsigned int end = all ? count : first + 1;
	bool on = ctl->op == NIMBLE_OP_ATTACH;
	int err;

	if (first >= count)
		return -EINVAL;
	err = on ? may_attach(e, ctl, first, end) : 0;
	if (err)
		return err;
	for (unsigned int i = first; i < end && on; i++)
		e->entry[i].order = ctl->order;
	err = set_range(e, first, end, on);
	if (err && on)
		set_range(e, first, end, false);
	return err;
}

static void take_out(struct host_extension *e)
{
	struct host_extension **at = &extensions;

	set_range(e, 0, nimble_entries(e->engine), false);
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	nimble_unload(e->engine);
	free(e);
}

/* ---- Looking ----------------------------------------------------------- */

static uint32_t state_of(const struct host_extension *e)
{
	if (nimble_failed(e->engine))
		return NIMBLE_EXT_FAULTED;
	for (unsigned int i = 0; i < nimble_entries(e->engine); i++)
		if (e->entry[i].attached)
			return NIMBLE_EXT_ATTACHED;
	return NIMBLE_EXT_LOADED;
}

static void describe(const struct host_extension *e, struct nimble_info *info)
{
	struct nimble_counters sum;

	nimble_counters(e->engine, NIMBLE_ALL_CPUS, &sum);
	*info = (struct nimble_info){
		.id = e->id,
		.flags = nimble_is_threaded(e->engine) ? NIMBLE_THREADED : 0,
		.state = state_of(e),
		.owner_pid = getpid(),
		.job = 1,
		.memory_bytes = nimble_memory(e->engine),
		.insn_count = nimble_insns(e->engine),
		.hook_count = nimble_entries(e->engine),
		.map_count = nimble_maps(e->engine),
		.clock_khz = clock_khz(),
		.runs = sum.runs,
		.time_cycles = sum.time,
		.faults = sum.faults,
		.skipped = sum.busy,
		.charged = sum.charged,
	};
	memcpy(info->name, e->name, sizeof(info->name));
}

static int list(struct nimble_ctl *ctl)
{
	struct nimble_info *info = (void *)(uintptr_t)ctl->out;

	ctl->out_used = 0;
	for (struct host_extension *e = extensions; e; e = e->next) {
		ctl->out_used += sizeof(*info);
		if (ctl->out_used <= ctl->out_bytes)
			describe(e, info++);
	}
	return ctl->out_used <= ctl->out_bytes ? 0 : -ENOSPC;
}

static void describe_hook(const struct host_extension *e, unsigned int entry,
			  struct nimble_hook_record *record)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, entry);
	struct nimble_counters sum;

	nimble_entry_counters(e->engine, entry, &sum);
	*record = (struct nimble_hook_record){
		.hook = hook,
		.attached = e->entry[entry].attached,
		.order = e->entry[entry].order,
		.entry_insn = nimble_entry_insn(e->engine, entry),
		.runs = sum.runs,
		.time_cycles = sum.time,
		.faults = sum.faults,
		.skipped = sum.busy,
		.ignored = e->entry[entry].ignored,
	};
	host_text(record->hook_name, sizeof(record->hook_name),
		  nimble_hook_info(hook)->name);
	host_text(record->function, sizeof(record->function),
		  nimble_entry_function(e->engine, entry));
}

static void describe_fault(const struct host_extension *e,
			   struct nimble_fault_record *record)
{
	struct nimble_fault fault;

	nimble_fault(e->engine, &fault);
	if (fault.kind == NIMBLE_FAULT_NONE)
		return;
	*record = (struct nimble_fault_record){
		.kind = fault.kind,
		.insn = fault.insn,
		.line = fault.line,
		.cpu = fault.cpu,
		.entry = fault.entry,
		.level = fault.level,
		.address = fault.address,
		.time_ns = fault.time_ns,
	};
	memcpy(record->reg, fault.reg, sizeof(record->reg));
	host_text(record->kind_name, sizeof(record->kind_name),
		  nimble_fault_name(fault.kind));
	memcpy(record->file, fault.file, sizeof(record->file));
}

static int show(const struct host_extension *e, struct nimble_ctl *ctl)
{
	struct nimble_detail *detail = (void *)(uintptr_t)ctl->out;
	struct nimble_hook_record *hook = (void *)(detail + 1);
	unsigned int count = nimble_entries(e->engine);

	ctl->out_used = sizeof(*detail) + count * sizeof(*hook);
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	memset(detail, 0, sizeof(*detail));
	describe(e, &detail->info);
	host_text(detail->licence, sizeof(detail->licence),
		  nimble_licence(e->engine));
	describe_fault(e, &detail->fault);
	for (unsigned int i = 0; i < count; i++)
		describe_hook(e, i, &hook[i]);
	return 0;
}

/* ---- Events ------------------------------------------------------------ */

static bool take_one(struct nimble_event_record *event)
{
	for (struct host_extension *e = extensions; e; e = e->next) {
		if (!e->events)
			continue;
		*event = (struct nimble_event_record){e->id, e->events, ""};
		memcpy(event->name, e->name, sizeof(event->name));
		e->events = 0;
		return true;
	}
	return false;
}

/* The mutex is not held while it waits. */
static int take_event(struct nimble_ctl *ctl)
{
	struct nimble_event_record *event = (void *)(uintptr_t)ctl->out;

	ctl->out_used = sizeof(*event);
	if (ctl->out_bytes < sizeof(*event))
		return -ENOSPC;
	while (!take_one(event)) {
		if (!(ctl->flags & NIMBLE_WAIT))
			return -EAGAIN;
		pthread_cond_wait(&happened, &host_lock);
	}
	return 0;
}

/* ---- Requests ---------------------------------------------------------- */

static int request(struct nimble_ctl *ctl)
{
	struct host_extension *e = host_find(ctl->ext_id);

	if (ctl->op == NIMBLE_OP_LOAD)
		return load(ctl);
	if (ctl->op == NIMBLE_OP_LIST)
		return list(ctl);
	if (ctl->op == NIMBLE_OP_EVENT)
		return take_event(ctl);
	if (!e)
		return -ENOENT;
	switch (ctl->op) {
	case NIMBLE_OP_ATTACH:
	case NIMBLE_OP_DETACH:
		return attach(e, ctl);
	case NIMBLE_OP_REMOVE:
		take_out(e);
		return 0;
	case NIMBLE_OP_SHOW:
		return show(e, ctl);
	case NIMBLE_OP_GRANTS:
		return 0; /* none */
	case NIMBLE_OP_GRANT:
	case NIMBLE_OP_REVOKE:
		return refuse(ctl, -EPERM,
			      "there is no administrator here: "
			      "NIMBLE_BACKEND=host");
	default:
		return host_map_request(e, ctl);
	}
}

int host_request(void *context, struct nimble_ctl *ctl)
{
	int err;

	(void)context;
	if (ctl->flags & ~nimble_op_flags(ctl->op))
		return -EINVAL;
	ctl->out_used = 0;
	pthread_mutex_lock(&host_lock);
	err = start_engine();
	if (!err)
		err = request(ctl);
	pthread_mutex_unlock(&host_lock);
	return err;
}
