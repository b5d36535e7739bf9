/* SPDX-License-Identifier: GPL-2.0 */
/* The extensions of this instance: loading, attaching, removing, finding. */
#include <asm/errno.h>

#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/sync/spinlock.h"

/* Guards the list and every struct extension. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list extensions = LIST_INIT(extensions);
static uint32_t last_id;

static bool may_see(const struct nimble_caller *who, const struct extension *e)
{
	return !who->job || who->job == e->owner.job;
}

struct extension *extension_get(const struct nimble_caller *who, uint32_t id)
{
	struct list *n;

	spin_lock(&lock);
	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (e->id == id && may_see(who, e))
			return e;
	}
	spin_unlock(&lock);
	return NULL;
}

void extension_put(struct extension *e)
{
	(void)e;
	spin_unlock(&lock);
}

int extension_for_each(const struct nimble_caller *who,
		       int (*f)(struct extension *e, void *arg), void *arg)
{
	struct list *n;
	int result = 0;

	spin_lock(&lock);
	list_for_each(n, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (may_see(who, e) && (result = f(e, arg)))
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

/* Is loading open to this caller at all? */
static int may_load(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	if (ctl->flags & ~(NIMBLE_TRUSTED | NIMBLE_THREADED))
		return -EINVAL;
	if (who->job && (ctl->flags & NIMBLE_TRUSTED)) {
		say(ctl, "applications cannot load trusted extensions");
		return -EPERM;
	}
	if (who->job && (boot->flags & LWK_BOOT_NO_APP_EXT)) {
		say(ctl, "this LWK was booted with --no-app-ext");
		return -EPERM;
	}
	return 0;
}

static void insert(struct extension *e)
{
	spin_lock(&lock);
	list_push_back(&extensions, &e->node);
	spin_unlock(&lock);
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

int extension_load(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in)
{
	bool trusted = ctl->flags & NIMBLE_TRUSTED;
	struct nimble_load_options options = {
		.engine = engine_for(ctl->flags),
		.trusted = trusted,
	};
	struct nimble_diag diag = {.insn = NIMBLE_NO_INSN};
	struct extension *e;
	int error = may_load(who, ctl);

	if (error)
		return error;
	e = kzalloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->id = options.id = new_id();
	options.owner = e;
	options.job = (uint32_t)who->job;
	e->trusted = trusted;
	e->owner = *who;
	error = nimble_load(in, ctl->in_bytes, &options, &e->engine, &diag);
	if (error) {
		say_diag(ctl, &diag);
		kfree(e);
		return error;
	}
	strlcpy(e->name, ctl->name[0] ? ctl->name : nimble_name(e->engine),
		sizeof(e->name));
	ctl->ext_id = e->id;
	insert(e);
	log_line("extension %u, %s: loaded%s%s", e->id, e->name,
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

/* Everything that could refuse, before anything is changed. */
static int check_attach(const struct extension *e, struct nimble_ctl *ctl,
			uint32_t first, uint32_t end)
{
	uint32_t i;

	if (nimble_failed(e->engine)) {
		say(ctl, "it has faulted; load it again");
		return -EIO;
	}
	for (i = first; i < end; i++) {
		enum nimble_hook hook = nimble_entry_hook(e->engine, i);
		const struct nimble_hook_info *info = nimble_hook_info(hook);

		if (!hook_is_fired(hook)) {
			say(ctl, "hook %s is not fired by this kernel",
			    info->name);
			return -ENOSYS;
		}
		if (!info->app_allowed && !e->trusted) {
			say(ctl, "hook %s is for trusted extensions",
			    info->name);
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
		error = hook_attach(e, i, ctl->order);
	if (!error)
		return 0;
	for (i--; i-- > first;)
		hook_detach(e, i);
	say(ctl, "no room on hook");
	return error;
}

int extension_attach(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	struct extension *e = extension_get(who, ctl->ext_id);
	uint32_t first, end;
	int error;

	if (!e)
		return -ENOENT;
	error = range_of(e, ctl, &first, &end);
	if (!error)
		error = check_attach(e, ctl, first, end);
	if (!error)
		error = attach_range(e, ctl, first, end);
	extension_put(e);
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
	struct extension *e = extension_get(who, ctl->ext_id);
	uint32_t first, end;
	int error;

	if (!e)
		return -ENOENT;
	error = range_of(e, ctl, &first, &end);
	if (!error)
		detach_range(e, first, end);
	extension_put(e);
	return error;
}

/* Caller holds the lock; the engine's part is freed after the last run. */
static void take_out(struct extension *e)
{
	detach_range(e, 0, nimble_entries(e->engine));
	list_remove(&e->node);
	log_line("extension %u, %s: removed", e->id, e->name);
	nimble_unload(e->engine);
	kfree(e);
}

int extension_remove(const struct nimble_caller *who, struct nimble_ctl *ctl)
{
	struct extension *e = extension_get(who, ctl->ext_id);

	if (!e)
		return -ENOENT;
	take_out(e);
	extension_put(NULL);
	return 0;
}

void extension_remove_owned(uint64_t proc)
{
	struct list *n, *tmp;

	spin_lock(&lock);
	list_for_each_safe(n, tmp, &extensions) {
		struct extension *e = list_entry(n, struct extension, node);

		if (e->owner.proc == proc)
			take_out(e);
	}
	spin_unlock(&lock);
}
