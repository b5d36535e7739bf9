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

/* The caller: an application, for its own job; the administrator, for all; or, by the
 * device, a user who may look at extensions of the same uid. */
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
	bool removed; /* it is no longer in the list */
	bool orphan; /* its process has ended; set once */
	char name[NIMBLE_NAME_BYTES]; /* the loader's, or the image's own */
	struct nimble_caller owner;
	struct attachment {
		bool attached;
		int32_t order;
		uint64_t ignored; /* results that meant nothing; atomic */
	} entry[NX_MAX_HOOKS];
	int call_entry; /* that of hook call, or below 0 */

	/* Of a scheduling policy (policy.c); NULL: it is none, or has never been
	 * attached. */
	struct policy *policy;
	struct nimble_exit_record *exit; /* of the last time that it ended */
	uint32_t operation[SCHED_OPERATIONS]; /* the entry of each that it has */
	uint32_t operation_bytes[SCHED_OPERATIONS]; /* of its context */

	uint32_t events; /* untold ones, 1 << kind; notices.c, under its lock */

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
/* The same for a caller that only wants to call it: finds the administrator's with
 * hook call, too. */
struct extension *extension_get_to_call(const struct nimble_caller *who,
					uint32_t id);
void extension_put(struct extension *e);

/* Call f for each that the caller may see or call, under the lock, until f returns
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

/* The running program as the caller. */
struct nimble_caller nimble_current_caller(void);

/* call.c: called once. And: threads that wait in a direct call of it call its hook
 * again; thread context. */
void extension_calls_init(void);
void extension_wake_callers(const struct extension *e);

/* hook.c: count a result of an entry that meant nothing. Any context. */
void extension_count_ignored(struct extension *e, uint32_t entry);

/* hook.c: put an entry on its hook, as ATTACH says, or take it off. Caller holds the
 * lock of changes. After hook_detach() no CPU is inside it. */
int hook_attach(struct extension *e, uint32_t entry, struct nimble_ctl *ctl);
void hook_detach(struct extension *e, uint32_t entry);

/* hook.c: fire a hook that is on, by what hooks.def says of it: its result. By default it
 * concerns trusted extensions where only those may attach, otherwise those of the current
 * process's job, and the administrator's. */
struct hook_fire {
	enum nimble_hook hook;
	void *ctx; /* the hook's own */
	uint64_t most; /* in place of the table's, or 0 */
	bool all; /* ask every extension; the first result counts */
	/* Which extensions, in place of the default; `call` is its host. */
	bool (*concerns)(const struct nimble_ext *ext, void *host);
	struct policy_call *call; /* for helpers, or NULL */
};
uint64_t hook_fire(const struct hook_fire *f);

/* The same for each hook by its name: hook_fire_irq(&ctx). */
#define HOOK_BEGIN(name, level, who, result, what)                           \
	static inline uint64_t hook_fire_##name(struct nimble_ctx_##name *c) \
	{                                                                    \
		return hook_fire(&(const struct hook_fire){                  \
			.hook = NIMBLE_HOOK_##name,                          \
			.ctx = c,                                            \
		});                                                          \
	}
#define HOOK_FIELD(hook, direction, type, name)
#define HOOK_ARRAY(hook, direction, type, name, count)
#define HOOK_END(name)
#include "nimble/abi/hooks.def"
#undef HOOK_BEGIN
#undef HOOK_FIELD
#undef HOOK_ARRAY
#undef HOOK_END

/* nimble_run(), for what no hook fires: a policy's operation, a direct call. An extension
 * that is unwound is noted. */
int hook_run_alone(struct nimble_call *call);

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
/* Its policy has been stopped: do what follows. */
void extension_policy_stopped(struct extension *e);
bool extension_is_policy(const struct extension *e);
/* Whether it schedules, or has failed and is still to be taken off. */
bool extension_schedules(const struct extension *e);

/* message.c: once, on the first CPU. */
void messages_init(void);

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

/* notices.c: tell Linux, and the process that has loaded it, that something happened to an
 * extension (enum nimble_event_kind). */
void extension_event(struct extension *e, uint32_t kind);
/* NIMBLE_OP_EVENT: 0; -EAGAIN; where it waits also -EINTR. Task context, no lock held. */
int extension_take_event(const struct nimble_caller *who,
			 struct nimble_event_record *out, bool wait);

/* operation.c: one operation. */
int nimble_control(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in, void *out);

#endif
