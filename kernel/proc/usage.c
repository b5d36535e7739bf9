/* SPDX-License-Identifier: GPL-2.0 */
/* Notes of what children have used. See usage.h. */
#include "kernel/core/panic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/process.h"
#include "kernel/proc/usage.h"

#define NOTES_MAX 4096 /* of a parent */

struct usage_note {
	struct list node; /* in the parent's notes, oldest first */
	uint32_t pid;
	struct usage usage;
};

static struct usage sum(const struct usage *a, const struct usage *b)
{
	return (struct usage){
		.run_ns = a->run_ns + b->run_ns,
		.peak_bytes = MAX(a->peak_bytes, b->peak_bytes),
	};
}

struct usage usage_self(void)
{
	const struct process *p = current_process();

	return (struct usage){
		.run_ns = process_run_ns(),
		.peak_bytes =
			MAX(__atomic_load_n(&p->peak_bytes, __ATOMIC_RELAXED),
			    p->aspace->resident_bytes),
	};
}

struct usage usage_children(void)
{
	struct process *p = current_process();
	struct usage u;

	spin_lock(&p->lock);
	u = p->children;
	spin_unlock(&p->lock);
	return u;
}

/* As Linux: children of who ignores SIGCHLD are not waited for. */
static bool wants_notes(const struct process *p)
{
	const struct signal_action *a = &p->signals.action[SIGCHLD - 1];

	return a->handler != (uint64_t)SIG_IGN && !(a->flags & SA_NOCLDWAIT);
}

static void forget(struct process *p, struct usage_note *note)
{
	list_remove(&note->node);
	p->usage_note_count--;
	kfree(note);
}

/* Caller holds the lock. */
static struct usage_note *find(struct process *p, uint32_t pid)
{
	struct list *n;

	list_for_each(n, &p->usage_notes) {
		struct usage_note *note =
			list_entry(n, struct usage_note, node);

		if (note->pid == pid)
			return note;
	}
	return NULL;
}

/* Enter it, in the place of one of the same pid, which was another's. */
static void enter(struct process *parent, struct usage_note *note)
{
	struct usage_note *old;

	spin_lock(&parent->lock);
	old = find(parent, note->pid);
	if (!old && parent->usage_note_count >= NOTES_MAX)
		old = list_first(&parent->usage_notes, struct usage_note, node);
	if (old)
		forget(parent, old);
	if (wants_notes(parent)) {
		list_push_back(&parent->usage_notes, &note->node);
		parent->usage_note_count++;
		note = NULL;
	}
	spin_unlock(&parent->lock);
	kfree(note);
}

void usage_leave(struct process *p)
{
	struct process *parent = p->parent ? process_find(p->parent) : NULL;
	const struct usage own = usage_self();
	struct usage_note *note;

	if (!parent)
		return;
	note = kmalloc(sizeof(*note));
	if (note) {
		note->pid = p->pid;
		note->usage = sum(&own, &p->children);
		enter(parent, note);
	}
	process_put(parent);
}

bool usage_take(uint32_t pid, bool keep, struct usage *out)
{
	struct process *p = current_process();
	struct usage_note *note;

	spin_lock(&p->lock);
	note = find(p, pid);
	if (note)
		*out = note->usage;
	if (note && !keep) {
		p->children = sum(&p->children, out);
		forget(p, note);
	}
	spin_unlock(&p->lock);
	return note;
}

void usage_free(struct process *p)
{
	struct list *n, *tmp;

	list_for_each_safe(n, tmp, &p->usage_notes)
		forget(p, list_entry(n, struct usage_note, node));
}
