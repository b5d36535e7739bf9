/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of kernel/nimble/: the instance's extensions.
 *
 * An extension is made by LOAD, put on hooks by ATTACH, and goes by REMOVE, with
 * the process that loaded it, or (off its hooks, its record kept) by a fault.
 *
 * Locks, all of registry.c's: `lock` for the list and the references, held shortly;
 * `changes` for what is on which hook, held while readers drain. Hooks run without
 * either: see chain.h. An extension is freed by whoever has its last reference.
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

/* Who asks: an application, for its own job; the administrator, for all; or, by the
 * device, a user who may look at what is of the same uid. */
struct nimble_caller {
	uint64_t job; /* of an application; else 0 */
	uint64_t proc; /* handle of the process; else 0 */
	uint32_t pid;
	uint32_t uid;
	bool admin;
};

#define SCHED_OPERATIONS \
	(NIMBLE_HOOK_sched_dump - NIMBLE_HOOK_sched_select_cpu + 1)

struct extension {
	struct list node; /* in the list, by id */
	struct nimble_ext *engine;
	uint32_t id;
	uint32_t refs; /* guarded by the lock of the list, which has one */
	bool trusted;
	/* Guarded by the lock of changes. */
	bool reported; /* its fault was told to Linux */
	bool removed; /* it is in the list no more */
	bool orphan; /* its process has ended; set once */
	char name[NIMBLE_NAME_BYTES]; /* the loader's, or the image's own */
	struct nimble_caller owner;
	struct attachment {
		bool attached;
		int32_t order;
		uint64_t ignored; /* results that meant nothing; atomic */
	} entry[NX_MAX_HOOKS];

	/* Of a scheduling policy (policy.c); NULL: it is none, or has never been
	 * attached. */
	struct policy *policy;
	struct nimble_exit_record *exit; /* of the last time that it ended */
	uint32_t operation[SCHED_OPERATIONS]; /* the entry of each that it has */
	uint32_t operation_bytes[SCHED_OPERATIONS]; /* of its context */

	struct spinlock timer_lock; /* timers.c; interrupts off */
	struct extension_timer *timers; /* NULL: it has no hook timer */
};

/* registry.c. Each checks that the caller may; 0 or -errno, with one sentence in
 * ctl->message where it helps. `in` and `out` are kernel memory. Thread context. */
int extension_load(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in);
int extension_attach(const struct nimble_caller *who, struct nimble_ctl *ctl);
int extension_detach(const struct nimble_caller *who, struct nimble_ctl *ctl);
int extension_remove(const struct nimble_caller *who, struct nimble_ctl *ctl);

/* Find one that the caller may see, with a reference; NULL: none. */
struct extension *extension_get(const struct nimble_caller *who, uint32_t id);
void extension_put(struct extension *e);

/* Call f for each that the caller may see, under the lock, until f returns
 * nonzero. */
int extension_for_each(const struct nimble_caller *who,
		       int (*f)(struct extension *e, void *arg), void *arg);

/* A process has ended: its extensions are to be removed, by extensions_care(). */
void extension_orphan(uint64_t proc);

/* Take those off their hooks, or away, that have failed, or whose process has ended. From
 * thread context without locks. false: another CPU changes something; come again. */
bool extensions_care(void);

/* A line about what a caller has made happen; limited in number for users. */
void extension_log(const struct nimble_caller *owner, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Run hook call of one at the caller's request: 0, and *verdict; -ENOENT, -EFAULT (it was
 * unwound), -EIO. Task context. */
int extension_call(const struct nimble_caller *who, uint32_t id,
		   struct nimble_ctx_call *ctx, uint64_t *verdict);

/* hook.c: put an entry on its hook, as ATTACH says, or take it off. Caller holds the
 * lock of changes. After hook_detach() no CPU is inside it. */
int hook_attach(struct extension *e, uint32_t entry, struct nimble_ctl *ctl);
void hook_detach(struct extension *e, uint32_t entry);

/* hook.c: fire a hook that is on. `call` is for the helpers, or NULL. */
struct hook_fire {
	enum nimble_hook hook;
	void *ctx;
	uint32_t ctx_bytes;
	uint64_t pass;
	uint64_t most; /* results beyond it mean nothing, and are counted */
	bool all; /* ask every one, whatever they say */
	bool (*concerns)(const struct nimble_ext *ext, void *host);
	struct policy_call *call;
};
uint64_t hook_fire(const struct hook_fire *f);

/* nimble_run(), for what no hook fires: a policy's operation, a direct call. An extension
 * that is unwound is noted. */
int hook_run_alone(struct nimble_call *call);

/* Is the extension the administrator's, or of the current process's job? */
bool hook_concerns_current(const struct nimble_ext *ext, void *host);

/* events.c: fire hook timer of one extension. Thread context. */
void hook_run_timer(struct extension *e, uint64_t number);

/* An extension was unwound: note it, for hook_poll(). Any context. */
void extension_failed(struct nimble_ext *ext, void *host);
/* There is something for hook_poll() in this CPU. Any context. */
void hook_wants_poll(void);

/* policy.c. The caller holds the lock of changes. Attach all operations of a policy, `replace`: in
 * place of the one that its job has. 0, or -errno with a sentence. */
int extension_attach_policy(struct extension *e, struct nimble_ctl *ctl);
/* Take it off; its exit record is kept. */
void extension_detach_policy(struct extension *e);
/* The policy of it has been stopped; what follows. */
void extension_policy_stopped(struct extension *e);
bool extension_is_policy(const struct extension *e);
/* Does it schedule, or has it failed and is still to be taken off? */
bool extension_schedules(const struct extension *e);

/* share.c: is there something left of what applications' timers and messages may take of
 * this CPU? Count what one took; when the next share begins (TSC). And: have
 * hook_poll_messages() called then. Thread context. */
bool hook_share_left(void);
void hook_share_spent(uint64_t cycles);
uint64_t hook_share_next(void);
void hook_share_wait(void);

/* timers.c: those of one that has hook timer, as hooks that arm them may run in the middle
 * of anything. 0 or -ENOMEM. */
int extension_make_timers(struct extension *e);
/* Afterwards none fires, and they are freed. It is off hook timer. */
void extension_free_timers(struct extension *e);

/* code_pool.c: once, on the first CPU, before any other runs. */
void code_pool_init(void);

/* carriers.c: tell Linux that something happened to an extension. */
void extension_event(const struct extension *e, uint32_t kind);

/* ctl.c: one operation. */
int nimble_control(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in, void *out);

#endif
