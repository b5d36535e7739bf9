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
#include "nimble/nimble.h"

struct cpu;
struct thread;

/* Who asks: an application, for its own job, or the administrator (job 0). */
struct nimble_caller {
	uint64_t job; /* 0 = the administrator: sees all */
	uint64_t proc; /* handle of the process, 0 = administrator */
	uint32_t pid;
};

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
};

/* A choice that is being made, for the helpers that look at the candidates. */
struct pick {
	struct cpu *cpu;
	uint64_t job; /* only threads of this job; 0 = all */
	uint32_t count;
};

/* Candidate i, or NULL. */
struct thread *pick_candidate(const struct pick *pick, uint64_t i);

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

/* hooks.c: put an entry on its hook or take it off. Caller holds the lock. After
 * hook_detach() no CPU is inside it. */
int hook_attach(struct extension *e, uint32_t entry, int32_t order);
void hook_detach(struct extension *e, uint32_t entry);

/* Is this hook fired by the kernel as it stands? */
bool hook_is_fired(enum nimble_hook hook);

/* code_pool.c: once, on the first CPU, before any other runs. */
void code_pool_init(void);

/* carriers.c: tell Linux that something happened to an extension. */
void extension_event(const struct extension *e, uint32_t kind);

/* ctl.c: one operation. */
int nimble_control(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in, void *out);

#endif
