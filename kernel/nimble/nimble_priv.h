/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of kernel/nimble/: the instance's extensions.
 *
 * An extension is made by LOAD, put on hooks by ATTACH, and goes by REMOVE, with
 * the process that loaded it, or (off its hooks, its record kept) by a fault.
 *
 * The list of extensions and all that changes them is guarded by `lock` of
 * registry.c, a spin lock that is never held across a wait for Linux. Hooks run
 * without it: see chain.h.
 */
#ifndef LWK_NIMBLE_PRIV_H
#define LWK_NIMBLE_PRIV_H

#include "kernel/abi/nimble_ctl.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/proc/policy.h"
#include "kernel/sync/spinlock.h"
#include "nimble/nimble.h"
#include "nimble/port.h"

/* Who asks: an application, for its own job, or the administrator (job 0). */
struct nimble_caller {
	uint64_t job; /* 0 = the administrator: sees all */
	uint64_t proc; /* handle of the process, 0 = administrator */
	uint32_t pid;
};

#define SCHED_OPERATIONS \
	(NIMBLE_HOOK_sched_dump - NIMBLE_HOOK_sched_select_cpu + 1)

struct extension {
	struct list node; /* in the list, by id */
	struct nimble_ext *engine;
	uint32_t id;
	bool trusted;
	bool reported; /* its fault was told to Linux */
	char name[NIMBLE_NAME_BYTES]; /* the loader's, or the image's own */
	struct nimble_caller owner;
	struct attachment {
		bool attached;
		int32_t order;
	} entry[NX_MAX_HOOKS];

	/* Of a scheduling policy (policy.c); NULL: it is none, or has never been
	 * attached. */
	struct policy *policy;
	struct nimble_exit_record *exit; /* of the last time that it ended */
	uint32_t operation[SCHED_OPERATIONS]; /* the entry of each that it has */
	uint32_t operation_bytes[SCHED_OPERATIONS]; /* of its context */

	struct spinlock timer_lock; /* timers.c; interrupts off */
	struct extension_timer *timers; /* NULL: it has never armed one */
};

/* registry.c. Each checks that the caller may; 0 or -errno, with one sentence in
 * ctl->message where it helps. `in` and `out` are kernel memory. */
int extension_load(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in);
int extension_attach(const struct nimble_caller *who, struct nimble_ctl *ctl);
int extension_detach(const struct nimble_caller *who, struct nimble_ctl *ctl);
int extension_remove(const struct nimble_caller *who, struct nimble_ctl *ctl);

/* Find one that the caller may see; the lock is held from here until
 * extension_put(). NULL: none, and no lock. */
struct extension *extension_get(const struct nimble_caller *who, uint32_t id);
void extension_put(struct extension *e);

/* Call f for each that the caller may see, under the lock, until f returns
 * nonzero. */
int extension_for_each(const struct nimble_caller *who,
		       int (*f)(struct extension *e, void *arg), void *arg);

/* All extensions that process `proc` has loaded: remove them. */
void extension_remove_owned(uint64_t proc);

/* hook.c: put an entry on its hook, as ATTACH says, or take it off. Caller holds the
 * lock. After hook_detach() no CPU is inside it. */
int hook_attach(struct extension *e, uint32_t entry, struct nimble_ctl *ctl);
void hook_detach(struct extension *e, uint32_t entry);

/* Is this hook fired by the kernel as it stands? */
bool hook_is_fired(enum nimble_hook hook);

/* hook.c: fire hook timer of one extension. Thread context. */
void hook_run_timer(struct extension *e, uint64_t number);

/* An extension was unwound: note it, for hook_poll(). Any context. */
void extension_failed(struct nimble_ext *ext, void *host);
/* There is something for hook_poll() in this CPU. Any context. */
void hook_wants_poll(void);

/* policy.c. The caller holds the lock. Attach all operations of a policy, `replace`: in
 * place of the one that its job has. 0, or -errno with a sentence. */
int extension_attach_policy(struct extension *e, struct nimble_ctl *ctl);
/* Take it off; its exit record is kept. */
void extension_detach_policy(struct extension *e);
/* The policy of it has been stopped; what follows. */
void extension_policy_stopped(struct extension *e);
bool extension_is_policy(const struct extension *e);
/* Does it schedule, or has it failed and is still to be taken off? */
bool extension_schedules(const struct extension *e);

/* timers.c: afterwards none fires, and they are freed. It is off hook timer. */
void extension_free_timers(struct extension *e);

/* say.c: what an extension wants to say: its format and values, each a u64. The run is
 * unwound where they lie outside its memory. `to` is always ended by zero. */
void extension_format(struct nimble_run *run, char *to, size_t size,
		      uint64_t format, uint64_t bytes, uint64_t values,
		      uint64_t values_bytes);

/* carriers.c: tell Linux that something happened to an extension. */
void extension_event(const struct extension *e, uint32_t kind);

/* ctl.c: one operation. */
int nimble_control(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in, void *out);

#endif
