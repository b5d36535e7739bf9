/* SPDX-License-Identifier: GPL-2.0 */
/* Grants. See grants.h.
 *
 * They are a short table that is searched at each use. So revoking works at once, even
 * for a run that is under way on another CPU, because registers are accessed under the
 * lock. Jobs that have ended are found, and their places used again, when a grant is
 * added; a job's number is never used again. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/ikc/device.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/grants.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"

#define GRANTS 64

struct grant {
	uint32_t extension; /* the extension that has it; 0: the job has */
	uint64_t job;
	uint32_t device; /* the device that it is about; helpers: DEVICE_NONE */
	struct nimble_grant what; /* kind 0: the place is free */
};

/* Guards the table; interrupts off. Taken before that of the devices. */
static struct spinlock lock = SPINLOCK_INIT;
static struct grant grants[GRANTS];

static uint64_t lock_grants(void)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&lock);
	return flags;
}

static void unlock_grants(uint64_t flags)
{
	spin_unlock(&lock);
	arch_irq_restore(flags);
}

/* ---- Using them ----------------------------------------------------------- */

static bool is_for(const struct grant *g, const struct extension *e)
{
	return g->extension ? g->extension == e->id
			    : g->job && g->job == e->owner.job;
}

bool grant_device(const struct extension *e, uint32_t device)
{
	bool found = e->trusted;
	uint64_t flags;
	int i;

	if (found)
		return true;
	flags = lock_grants();
	for (i = 0; i < GRANTS && !found; i++)
		found = grants[i].what.kind == NIMBLE_GRANT_DEVICE &&
			grants[i].device == device && is_for(&grants[i], e);
	unlock_grants(flags);
	return found;
}

bool grant_some_device(const struct extension *e)
{
	uint32_t i;

	for (i = 0; i < LWK_MAX_DEVICES; i++)
		if (grant_device(e, i))
			return true;
	return false;
}

bool grant_helper(uint64_t job, const char *name)
{
	uint64_t flags = lock_grants();
	bool found = false;
	int i;

	for (i = 0; i < GRANTS && !found; i++)
		found = grants[i].what.kind == NIMBLE_GRANT_HELPER &&
			grants[i].job == job &&
			!strcmp(grants[i].what.name, name);
	unlock_grants(flags);
	return found;
}

/* Whether it covers these registers, which are all of one device. Caller holds the
 * lock. */
static bool covers(const struct grant *g, paddr_t at, uint64_t bytes)
{
	uint64_t offset = at - g->what.base;

	if (g->what.kind == NIMBLE_GRANT_DEVICE)
		return device_at(at, bytes) == g->device;
	return g->what.kind == NIMBLE_GRANT_MMIO && bytes <= g->what.bytes &&
	       offset <= g->what.bytes - bytes;
}

/* Caller holds the lock. */
static bool may_access(const struct extension *e, paddr_t at, uint64_t bytes)
{
	int i;

	for (i = 0; i < GRANTS; i++)
		if (grants[i].what.kind && is_for(&grants[i], e) &&
		    covers(&grants[i], at, bytes))
			return true;
	return false;
}

int grant_read(const struct extension *e, paddr_t at, uint64_t bytes,
	       uint64_t *value)
{
	uint64_t flags;
	int error = -EPERM;

	if (e->trusted)
		return device_read(at, bytes, value);
	flags = lock_grants();
	if (may_access(e, at, bytes))
		error = device_read(at, bytes, value);
	unlock_grants(flags);
	return error;
}

int grant_write(const struct extension *e, paddr_t at, uint64_t bytes,
		uint64_t value)
{
	uint64_t flags;
	int error = -EPERM;

	if (e->trusted)
		return device_write(at, bytes, value);
	flags = lock_grants();
	if (may_access(e, at, bytes))
		error = device_write(at, bytes, value);
	unlock_grants(flags);
	return error;
}

/* ---- What ends them ---------------------------------------------------------- */

void extension_device_gone(uint32_t device)
{
	uint64_t flags = lock_grants();
	int i;

	for (i = 0; i < GRANTS; i++)
		if (grants[i].what.kind && grants[i].device == device)
			grants[i].what.kind = 0;
	unlock_grants(flags);
}

void grants_forget(const struct extension *e)
{
	uint64_t flags = lock_grants();
	int i;

	for (i = 0; i < GRANTS; i++)
		if (grants[i].extension == e->id)
			grants[i].what.kind = 0;
	unlock_grants(flags);
	device_end_master(DEVICE_NONE, e->id);
}

static bool job_has_ended(uint64_t id)
{
	struct job *job = job_find(id);

	if (job)
		job_put(job);
	return !job;
}

/* Jobs are looked up without the lock, because theirs is taken in thread context. A
 * grant of a job that has ended cannot become another's meanwhile. */
static void forget_ended_jobs(void)
{
	int i;

	for (i = 0; i < GRANTS; i++) {
		uint64_t flags = lock_grants();
		uint64_t job = grants[i].what.kind ? grants[i].job : 0;

		unlock_grants(flags);
		if (!job || !job_has_ended(job))
			continue;
		flags = lock_grants();
		if (grants[i].job == job)
			grants[i].what.kind = 0;
		unlock_grants(flags);
	}
}

/* ---- Granting ----------------------------------------------------------------- */

static void say(struct nimble_ctl *ctl, const char *text)
{
	strlcpy(ctl->message, text, sizeof(ctl->message));
}

/* Find the device that it is about; 0, or -errno. */
static int find_device(struct grant *g, struct nimble_ctl *ctl)
{
	const struct nimble_grant *w = &g->what;

	g->device = w->kind == NIMBLE_GRANT_MMIO
			    ? device_at(w->base, w->bytes)
			    : device_at_address(w->address);
	if (w->kind == NIMBLE_GRANT_HELPER)
		g->device = DEVICE_NONE;
	else if (g->device == DEVICE_NONE)
		say(ctl,
		    w->kind == NIMBLE_GRANT_MMIO
			    ? "no device of this LWK has these registers; see `lwk device list`"
			    : "this LWK has no such device; see `lwk device list`");
	return w->kind == NIMBLE_GRANT_HELPER || g->device != DEVICE_NONE
		       ? 0
		       : -ENODEV;
}

static int check(const struct nimble_grant *w, struct nimble_ctl *ctl)
{
	bool mmio = w->kind == NIMBLE_GRANT_MMIO;
	bool helper = w->kind == NIMBLE_GRANT_HELPER;

	if (w->kind < NIMBLE_GRANT_MMIO || w->kind > NIMBLE_GRANT_HELPER ||
	    w->pad || mmio != !!w->bytes || (!mmio && w->base) ||
	    helper != !!w->name[0] ||
	    (w->kind != NIMBLE_GRANT_DEVICE && w->address) ||
	    strnlen(w->name, sizeof(w->name)) == sizeof(w->name))
		return -EINVAL;
	if (helper && !w->pid) {
		say(ctl,
		    "a helper is granted to a job, before it loads the extension");
		return -EINVAL;
	}
	return 0;
}

static int find_subject(const struct nimble_caller *who, struct grant *g,
			struct nimble_ctl *ctl)
{
	struct process *p;
	struct extension *e;

	if (g->what.pid) {
		p = process_find_pid(g->what.pid);
		if (!p) {
			say(ctl, "there is no such process; see `lwk ps`");
			return -ENOENT;
		}
		g->job = p->job->id;
		process_put(p);
		return 0;
	}
	e = extension_get(who, ctl->ext_id);
	if (!e)
		return -ENOENT;
	g->extension = e->id;
	extension_put(e);
	return 0;
}

/* Caller holds the lock. */
static struct grant *find(const struct grant *g)
{
	int i;

	for (i = 0; i < GRANTS; i++)
		if (grants[i].extension == g->extension &&
		    grants[i].job == g->job &&
		    grants[i].what.kind == g->what.kind &&
		    grants[i].what.base == g->what.base &&
		    grants[i].what.bytes == g->what.bytes &&
		    grants[i].what.address == g->what.address &&
		    !strcmp(grants[i].what.name, g->what.name))
			return &grants[i];
	return NULL;
}

/* Caller holds the lock. */
static struct grant *free_place(void)
{
	int i;

	for (i = 0; i < GRANTS; i++)
		if (!grants[i].what.kind)
			return &grants[i];
	return NULL;
}

/* Whether the device and the extension are still there. They may have gone before this
 * grant was in the table, and their grants with them. */
static bool still_there(const struct nimble_caller *who, const struct grant *g)
{
	struct lwk_device about;
	struct extension *e;

	if (g->device != DEVICE_NONE && device_about(g->device, &about))
		return false;
	if (!g->extension)
		return true;
	e = extension_get(who, g->extension);
	if (e)
		extension_put(e);
	return e;
}

static bool remove(const struct grant *g)
{
	uint64_t flags = lock_grants();
	struct grant *place = find(g);

	if (place)
		place->what.kind = 0;
	unlock_grants(flags);
	return place;
}

static int add(const struct nimble_caller *who, const struct grant *g,
	       struct nimble_ctl *ctl)
{
	struct grant *place;
	uint64_t flags;
	int error = 0;

	forget_ended_jobs();
	flags = lock_grants();
	place = free_place();
	if (find(g))
		error = -EEXIST;
	else if (!place)
		error = -ENOSPC;
	else
		*place = *g;
	unlock_grants(flags);
	if (error)
		say(ctl, error == -EEXIST ? "it is granted already"
					  : "there are too many grants");
	else if (!still_there(who, g) && remove(g))
		error = -ENOENT;
	return error;
}

/* ---- Revoking ------------------------------------------------------------------ */

/* The extension whose memory the device reaches, if it may no longer. */
static void take_device(const struct nimble_caller *who, uint32_t device)
{
	uint32_t user = device_user(device);
	struct extension *e = user ? extension_get(who, user) : NULL;

	if (!e)
		return;
	if (!grant_device(e, device))
		device_end_master(device, user);
	extension_put(e);
}

static bool imports(const struct extension *e, const char *helper)
{
	uint32_t i, count = nimble_imports(e->engine);

	for (i = 0; i < count; i++)
		if (!strcmp(nimble_import_name(e->engine, i), helper))
			return true;
	return false;
}

/* Extensions that use it run no more. */
static int stop_user(struct extension *e, void *helper)
{
	if (!e->owner.admin && imports(e, helper)) {
		nimble_fail(e->engine, NIMBLE_FAULT_REVOKED);
		hook_wants_poll();
	}
	return 0;
}

static int revoke(const struct nimble_caller *who, struct grant *g,
		  struct nimble_ctl *ctl)
{
	const struct nimble_caller job = {.job = g->job};

	if (!remove(g)) {
		say(ctl, "it was not granted");
		return -ENOENT;
	}
	if (g->what.kind == NIMBLE_GRANT_DEVICE)
		take_device(who, g->device);
	if (g->what.kind == NIMBLE_GRANT_HELPER)
		extension_for_each(&job, stop_user, g->what.name);
	return 0;
}

/* ---- Operations ---------------------------------------------------------------- */

int grants_change(const struct nimble_caller *who, struct nimble_ctl *ctl,
		  const void *in)
{
	struct grant g = {.device = DEVICE_NONE};
	int error;

	if (!who->admin)
		return -EPERM;
	if (ctl->in_bytes != sizeof(g.what))
		return -EINVAL;
	memcpy(&g.what, in, sizeof(g.what));
	error = check(&g.what, ctl);
	if (!error)
		error = find_subject(who, &g, ctl);
	if (!error)
		error = find_device(&g, ctl);
	if (error)
		return error;
	g.what.pid = g.job ? 1 : 0;
	error = ctl->op == NIMBLE_OP_GRANT ? add(who, &g, ctl)
					   : revoke(who, &g, ctl);
	if (!error)
		log_line("%s %s %lu: kind %u, %lx+%lx, device %u%s%s",
			 ctl->op == NIMBLE_OP_GRANT ? "granted to"
						    : "revoked from",
			 g.job ? "job" : "extension",
			 g.job ? g.job : g.extension, g.what.kind, g.what.base,
			 g.what.bytes, g.device, g.what.name[0] ? ", " : "",
			 g.what.name);
	return error;
}

int grants_list(const struct extension *e, struct nimble_ctl *ctl, void *out)
{
	uint64_t room = ctl->out_bytes / sizeof(struct nimble_grant), count = 0;
	struct nimble_grant *to = out;
	uint64_t flags = lock_grants();
	int i;

	for (i = 0; i < GRANTS; i++) {
		if (!grants[i].what.kind || !is_for(&grants[i], e))
			continue;
		if (count < room)
			to[count] = grants[i].what;
		count++;
	}
	unlock_grants(flags);
	ctl->out_used = count * sizeof(*to);
	return count > room ? -ENOSPC : 0;
}
