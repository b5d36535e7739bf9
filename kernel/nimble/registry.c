/* SPDX-License-Identifier: GPL-2.0 */
/* The extensions of this instance: loading, attaching, removing, finding. */
#include <asm/errno.h>

#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/nimble/grants.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/sync/spinlock.h"

/* Guards the list and the references; never held for long. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list extensions = LIST_INIT(extensions);
static uint32_t last_id;

/* Guards which extensions are on which hooks. It is held while readers drain, so only
 * code that changes that takes it, and code that cannot wait only tries. Taken before
 * `lock`. */
static struct spinlock changes = SPINLOCK_INIT;

static bool may_see(const struct nimble_caller *who, const struct extension *e)
{
	if (who->admin)
		return true;
	return who->job ? who->job == e->owner.job : who->uid == e->owner.uid;
}

/* The administrator's direct calls are for all programs. */
static bool may_call(const struct nimble_caller *who, const struct extension *e)
{
	return may_see(who, e) ||
	       (who->job && e->owner.admin && e->call_entry >= 0);
}

static struct extension *get(const struct nimble_caller *who, uint32_t id,
			     bool (*may)(const struct nimble_caller *who,
					 const struct extension *e))
{
	struct extension *found = NULL;
	struct list *n;

	spin_lock(&lock);
	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (e->id == id && may(who, e)) {
			e->refs++;
			found = e;
			break;
		}
	}
	spin_unlock(&lock);
	return found;
}

struct extension *extension_get(const struct nimble_caller *who, uint32_t id)
{
	return get(who, id, may_see);
}

struct extension *extension_get_to_call(const struct nimble_caller *who,
					uint32_t id)
{
	return get(who, id, may_call);
}

/* It has no references, and is on no hook. */
static void destroy(struct extension *e)
{
	grants_forget(e);
	extension_free_timers(e);
	nimble_unload(e->engine);
	kfree(e->exit);
	kfree(e);
}

void extension_put(struct extension *e)
{
	bool last;

	spin_lock(&lock);
	last = !--e->refs;
	spin_unlock(&lock);
	if (last)
		destroy(e);
}

int extension_for_each(const struct nimble_caller *who,
		       int (*f)(struct extension *e, void *arg), void *arg)
{
	struct list *n;
	int result = 0;

	spin_lock(&lock);
	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (may_call(who, e) && (result = f(e, arg)))
			break;
	}
	spin_unlock(&lock);
	return result;
}

static void say(struct nimble_ctl *ctl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void say(struct nimble_ctl *ctl, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_v(ctl->message, sizeof(ctl->message), fmt, args);
	va_end(args);
}

static void say_diag(struct nimble_ctl *ctl, const struct nimble_diag *d)
{
	if (d->insn == NIMBLE_NO_INSN)
		say(ctl, "%s", d->message);
	else if (d->line)
		say(ctl, "instruction %u (%s:%u): %s", d->insn, d->file,
		    d->line, d->message);
	else
		say(ctl, "instruction %u: %s", d->insn, d->message);
}

/* Whether this caller may load at all. */
static int may_load(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	if (!who->admin && !who->job)
		return -EPERM;
	if (!who->admin && (ctl->flags & NIMBLE_TRUSTED)) {
		say(ctl, "applications cannot load trusted extensions");
		return -EPERM;
	}
	if (!who->admin && (boot->flags & LWK_BOOT_NO_APP_EXT)) {
		say(ctl, "this LWK was booted with --no-app-ext");
		return -EPERM;
	}
	return 0;
}

/* ---- Quotas -------------------------------------------------------------- */

/* The places of one job, of one user, and of all but the administrator, who has the
 * rest. */
#define JOB_MOST 64
#define USER_MOST 256
#define OTHERS_MOST 896
#define ALL_MOST 1024
#define JOB_BYTES (64ULL << 20)
#define APP_BYTES (16ULL << 20) /* of one extension */

struct usage {
	uint32_t all, others, user, job;
	uint64_t job_bytes;
};

/* Caller holds the lock. */
static struct usage count_usage(const struct nimble_caller *who)
{
	struct usage u = {0};
	struct list *n;

	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		u.all++;
		if (e->owner.admin)
			continue;
		u.others++;
		u.user += e->owner.uid == who->uid;
		if (e->owner.job == who->job) {
			u.job++;
			u.job_bytes += nimble_memory(e->engine);
		}
	}
	return u;
}

static const char *over_quota(const struct nimble_caller *who,
			      const struct extension *e)
{
	const struct usage u = count_usage(who);

	if (u.all >= ALL_MOST)
		return "this LWK has no room for more extensions";
	if (who->admin)
		return NULL;
	if (u.others >= OTHERS_MOST)
		return "this LWK has no room for more extensions of users";
	if (u.user >= USER_MOST)
		return "its user has too many extensions";
	if (u.job >= JOB_MOST)
		return "its job has too many extensions";
	if (u.job_bytes + nimble_memory(e->engine) > JOB_BYTES)
		return "its job's extensions have too much memory";
	return NULL;
}

/* Put it into the list, with the list's reference. NULL, or the reason why
 * not. */
static const char *insert(struct extension *e)
{
	const char *why;

	spin_lock(&lock);
	why = over_quota(&e->owner, e);
	if (!why) {
		e->refs = 1;
		list_push_back(&extensions, &e->node);
	}
	spin_unlock(&lock);
	return why;
}

static uint32_t new_id(void)
{
	return __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
}

/* Without machine code at all the engine falls back, and says so each time. */
static enum nimble_engine engine_for(uint32_t flags)
{
	bool threaded = flags & NIMBLE_THREADED ||
			boot->flags & LWK_BOOT_NIMBLE_THREADED;

	if (flags & NIMBLE_TRUSTED)
		return threaded ? NIMBLE_ENGINE_THREADED_UNCHECKED
				: NIMBLE_ENGINE_UNCHECKED;
	return threaded ? NIMBLE_ENGINE_THREADED_CHECKED
			: NIMBLE_ENGINE_CHECKED;
}

static bool helper_granted(const char *helper, void *owner)
{
	const struct extension *e = owner;

	return e->owner.job && grant_helper(e->owner.job, helper);
}

int extension_load(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in)
{
	bool trusted = ctl->flags & NIMBLE_TRUSTED;
	struct nimble_load_options options = {
		.engine = engine_for(ctl->flags),
		.trusted = trusted,
		.granted = helper_granted,
	};
	struct nimble_diag diag = {.insn = NIMBLE_NO_INSN};
	struct extension *e;
	const char *why;
	int error = may_load(who, ctl);

	if (error)
		return error;
	e = kzalloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->id = options.id = new_id();
	options.owner = e;
	options.job = (uint32_t)who->job;
	options.quota_bytes = who->admin ? 0 : APP_BYTES;
	e->trusted = trusted;
	e->owner = *who;
	error = nimble_load(in, ctl->in_bytes, &options, &e->engine, &diag);
	if (error) {
		say_diag(ctl, &diag);
		kfree(e);
		return error;
	}
	e->call_entry = nimble_entry(e->engine, NIMBLE_HOOK_call);
	strlcpy(e->name, ctl->name[0] ? ctl->name : nimble_name(e->engine),
		sizeof(e->name));
	ctl->ext_id = e->id;
	if (extension_make_timers(e)) {
		destroy(e);
		return -ENOMEM;
	}
	why = insert(e);
	if (why) {
		say(ctl, "%s", why);
		destroy(e);
		return -EDQUOT;
	}
	extension_log(&e->owner, "extension %u, %s: loaded%s%s", e->id, e->name,
		      trusted ? ", trusted" : "",
		      nimble_is_threaded(e->engine) ? ", threaded" : "");
	return 0;
}

/* The entries that ctl->index names: [*first, *end). */
static int range_of(const struct extension *e, const struct nimble_ctl *ctl,
		    uint32_t *first, uint32_t *end)
{
	uint32_t count = nimble_entries(e->engine);

	*first = ctl->index == NIMBLE_ALL ? 0 : ctl->index;
	*end = ctl->index == NIMBLE_ALL ? count : ctl->index + 1;
	return *first < count && *end <= count ? 0 : -EINVAL;
}

/* A policy's operations go on and off together. */
static bool is_part_of_policy(const struct extension *e, uint32_t first,
			      uint32_t end)
{
	return end - first < nimble_entries(e->engine) &&
	       NIMBLE_HOOK_IS_SCHED(nimble_entry_hook(e->engine, first)) &&
	       nimble_entries(e->engine) > 1;
}

/* Everything that could refuse, before anything is changed. */
static int check_attach(const struct extension *e, struct nimble_ctl *ctl,
			uint32_t first, uint32_t end)
{
	uint32_t i;

	if (nimble_failed(e->engine)) {
		say(ctl, "it has faulted; load it again");
		return -EIO;
	}
	if (is_part_of_policy(e, first, end)) {
		say(ctl, "a policy's operations are attached together");
		return -EINVAL;
	}
	for (i = first; i < end; i++) {
		enum nimble_hook hook = nimble_entry_hook(e->engine, i);
		const struct nimble_hook_info *info = nimble_hook_info(hook);

		if (!info->app_allowed && !e->trusted) {
			say(ctl, "hook %s is for trusted extensions",
			    info->name);
			return -EPERM;
		}
		if (hook == NIMBLE_HOOK_irq && !e->owner.admin &&
		    !grant_some_device(e)) {
			say(ctl,
			    "no device is granted to it or its job, so it has no interrupts");
			return -EPERM;
		}
		if (e->entry[i].attached) {
			say(ctl, "it is on hook %s already", info->name);
			return -EALREADY;
		}
	}
	return 0;
}

static int attach_range(struct extension *e, struct nimble_ctl *ctl,
			uint32_t first, uint32_t end)
{
	uint32_t i;
	int error = 0;

	for (i = first; i < end && !error; i++)
		error = hook_attach(e, i, ctl);
	if (!error)
		return 0;
	for (i--; i-- > first;)
		if (e->entry[i].attached)
			hook_detach(e, i);
	if (!ctl->message[0])
		say(ctl, error == -ENOMEM ? "no memory" : "no room on hook");
	return error;
}

/* ---- Changes -------------------------------------------------------------- */

/* One that the caller may see, with a reference, and the lock of changes; NULL: none. */
static struct extension *begin_change(const struct nimble_caller *who,
				      uint32_t id)
{
	struct extension *e = extension_get(who, id);

	if (!e)
		return NULL;
	spin_lock(&changes);
	if (!e->removed)
		return e;
	spin_unlock(&changes);
	extension_put(e);
	return NULL;
}

static void end_change(struct extension *e)
{
	spin_unlock(&changes);
	extension_put(e);
}

int extension_attach(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	struct extension *e = begin_change(who, ctl->ext_id);
	uint32_t first, end;
	int error;

	if (!e)
		return -ENOENT;
	error = range_of(e, ctl, &first, &end);
	if (!error)
		error = check_attach(e, ctl, first, end);
	if (!error)
		error = attach_range(e, ctl, first, end);
	end_change(e);
	return error;
}

static void detach_range(struct extension *e, uint32_t first, uint32_t end)
{
	uint32_t i;

	for (i = first; i < end; i++)
		if (e->entry[i].attached)
			hook_detach(e, i);
}

int extension_detach(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	struct extension *e = begin_change(who, ctl->ext_id);
	uint32_t first, end;
	int error;

	if (!e)
		return -ENOENT;
	error = range_of(e, ctl, &first, &end);
	if (!error && is_part_of_policy(e, first, end)) {
		say(ctl, "a policy's operations are detached together");
		error = -EINVAL;
	}
	if (!error)
		detach_range(e, first, end);
	end_change(e);
	return error;
}

/* Off its hooks and out of the list, whose reference is the caller's now. Caller holds
 * the lock of changes. */
static void take_out(struct extension *e)
{
	e->removed = true;
	detach_range(e, 0, nimble_entries(e->engine));
	spin_lock(&lock);
	list_remove(&e->node);
	spin_unlock(&lock);
	extension_log(&e->owner, "extension %u, %s: removed", e->id, e->name);
}

int extension_remove(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	struct extension *e = begin_change(who, ctl->ext_id);

	if (!e)
		return -ENOENT;
	take_out(e);
	end_change(e);
	extension_put(e); /* the list's */
	return 0;
}

/* ---- What happens to them --------------------------------------------------- */

/* Whether it must be taken off its hooks, or removed. */
static bool wants_care(const struct extension *e)
{
	return e->orphan || (nimble_failed(e->engine) && !e->reported) ||
	       (e->policy && e->policy->off);
}

/* One that must, with a reference; or NULL. */
static struct extension *find_one(void)
{
	struct extension *found = NULL;
	struct list *n;

	spin_lock(&lock);
	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (wants_care(e)) {
			e->refs++;
			found = e;
			break;
		}
	}
	spin_unlock(&lock);
	return found;
}

/* Caller holds the lock of changes. */
static void care_for(struct extension *e)
{
	if (e->policy && e->policy->off)
		extension_detach_policy(e);
	if (nimble_failed(e->engine) && !e->reported) {
		e->reported = true;
		detach_range(e, 0, nimble_entries(e->engine));
		extension_event(e, NIMBLE_EVENT_FAULT);
	}
	if (e->orphan && !e->removed) {
		take_out(e);
		extension_put(e); /* the list's; the caller has one, too */
	}
}

bool extensions_care(void)
{
	struct extension *e;

	if (!spin_trylock(&changes))
		return false;
	while ((e = find_one())) {
		care_for(e);
		extension_put(e);
	}
	spin_unlock(&changes);
	return true;
}

void extension_orphan(uint64_t proc)
{
	struct list *n;

	spin_lock(&lock);
	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (!e->owner.admin && e->owner.proc == proc) {
			e->orphan = true;
			hook_wants_poll();
		}
	}
	spin_unlock(&lock);
}

/* ---- The log ------------------------------------------------------------------ */

/* Lines that users can cause are logged a few times a second; the administrator's
 * always. */
#define LINES_PER_SECOND 10

void extension_log(const struct nimble_caller *owner, const char *fmt, ...)
{
	static uint64_t second, lines, lost; /* races cost a line or two */
	uint64_t now = nimble_port_time_ns() / 1000000000;
	va_list args;

	if (!owner->admin) {
		if (now != second && lost)
			log_line("%lu lines about extensions were left out",
				 lost);
		if (now != second) {
			second = now;
			lines = lost = 0;
		}
		if (lines++ >= LINES_PER_SECOND) {
			lost++;
			return;
		}
	}
	va_start(args, fmt);
	log_line_v(fmt, args);
	va_end(args);
}
