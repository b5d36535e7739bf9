/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces of applications: areas (VMAs) and their pages.
 *
 * Small mappings are populated at once (see aspace_map()), others on faults. Pages are 2
 * MiB where area and alignment allow, else 4 KiB. Large ones are zeroed without a lock.
 *
 * A frame is mapped twice after a fork (aspace_fork()): each mapping holds it, is read-
 * only, and bears a mark (mapping.cow). The first writer gets a copy, unless it is the
 * only holder; a large page is split for that. So no frame that is held twice is writable
 * anywhere, except those of aspace_map_frames().
 *
 * Locking, in this order:
 *   layout_lock  held by whoever changes areas or takes pages or rights away,
 *                from beginning to end, the wait for the proxy included
 *                (aspace_zap(); the module's thread never waits for an LWK, so
 *                the holder goes on)
 *   lock         guards areas, page tables, counters; never held across a wait.
 *                Faults and requests of the proxy take only this one.
 * Taking pages away: under `lock`, areas go and entries lose all rights, and all
 * CPUs forget them (mm/shootdown.h); then, without it, the proxy is told where it
 * may have seen them; then, under `lock`, the frames are freed. So no frame is
 * reused that a thread or the proxy can still reach.
 */
#ifndef LWK_MM_ASPACE_H
#define LWK_MM_ASPACE_H

#include "kernel/arch/mmu.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/sync/spinlock.h"

/* Areas of an address space: as Linux's default of vm.max_map_count. */
#define AREA_MAX 65530

enum area_flags {
	AREA_GROWS_DOWN = 1, /* a stack: faults below extend nothing, but the
			      * area is not populated at once */
	AREA_LAZY = 2, /* MAP_NORESERVE: populate on faults only */
	AREA_FRAMES = 4, /* of aspace_map_frames() */
	AREA_SHARED =
		8, /* a fork shares it: all of it is present from mmap() on,
		    * so that its pages need no owner later */
	/* Pages are Linux's: of a file, of System V's shared memory. The proxy maps
	 * the same at the same address, and lends them (aspace_lend()). */
	AREA_LINUX = 16,
	AREA_GONE =
		32, /* with AREA_LINUX: it is being unmapped, and takes no pages */
	AREA_FIXED_RIGHTS = 64, /* mprotect() is refused: all programs' page */
};
/* Pages of these areas have other owners as well, and are not copied. */
#define AREA_NOT_COPIED (AREA_FRAMES | AREA_SHARED)

struct area {
	struct list node; /* in aspace.areas, by address */
	struct area *child[2]; /* lower, higher; area_tree.c */
	struct area *parent;
	uint32_t height; /* of its subtree */
	uint64_t gap; /* free bytes right below it */
	uint64_t widest; /* gap of its subtree, up to a limit */
	vaddr_t start;
	vaddr_t end;
	uint32_t prot; /* enum page_prot */
	uint32_t flags; /* enum area_flags */
	uint32_t file; /* what its pages were read from: the proxy's number; 0: nothing */
	uint64_t offset; /* there, of `start` */
};

struct aspace {
	paddr_t root; /* constant */
	vaddr_t mmap_top; /* mappings without address go below; constant */
	uint64_t handle; /* the module's name for it; constant */
	uint32_t refs; /* processes, atomically */
	/* CPUs that may have its tables loaded, or translations of it cached; by
	 * index, atomically. A bit is set before the tables are loaded. */
	uint64_t cpus;
	struct spinlock layout_lock;
	vaddr_t brk_start; /* layout_lock; set by exec */
	vaddr_t brk; /* layout_lock; current end, not page aligned */
	struct spinlock lock;
	struct list areas; /* lock */
	struct area *area_root; /* lock; the same as a tree */
	uint32_t area_count; /* lock; at most AREA_MAX */
	bool has_linux; /* an area may be AREA_LINUX; atomically, so that a
			 * space without one need not look for it */
	uint64_t resident_bytes; /* lock */
	/* What exec has put on the stack; constant for a program. */
	vaddr_t stack_start; /* its first stack pointer */
	vaddr_t arguments, arguments_end; /* strings */
	vaddr_t environment_end; /* those behind them */
	vaddr_t auxv;
	uint64_t auxv_bytes;
};

/* Make an empty address space, or NULL. For the arguments see above. */
struct aspace *aspace_new(vaddr_t mmap_top, uint64_t handle);

/* Take a reference, for a process that shares it; or drop one. Dropping the last frees
 * all pages, areas and tables: the proxies' mappings are gone, and no thread runs in
 * it. Thread context, interrupts on. */
static inline void aspace_get(struct aspace *as)
{
	__atomic_add_fetch(&as->refs, 1, __ATOMIC_RELAXED);
}
void aspace_put(struct aspace *as);

/* A copy with a handle of its own: private pages are copied when either side writes to
 * them. The proxy has acknowledged that when it returns. NULL: no memory. */
struct aspace *aspace_fork(struct aspace *from, uint64_t handle);

/* Take all mappings away. -ENOMEM. */
int aspace_clear(struct aspace *as);

/* Map anonymous zeroed memory. bytes is rounded up to pages. fixed: at `hint`,
 * replacing what is there; else at hint where that is free, or anywhere below
 * `below` (0: mmap_top). Up to 64 KiB are populated at once, unless AREA_LAZY,
 * AREA_GROWS_DOWN or without access; all of AREA_SHARED is. Returns the address in *out;
 * -ENOMEM, also for more than the free memory where that was asked for without
 * AREA_LAZY or AREA_GROWS_DOWN; -EINVAL (zero or overflowing length, misaligned
 * fixed address); with `exclusive`, -EEXIST where something is mapped at a fixed
 * address. */
struct map_request {
	vaddr_t hint;
	vaddr_t below; /* for a mapping that is not fixed; 0 = mmap_top */
	uint64_t bytes;
	uint32_t prot;
	uint32_t flags; /* enum area_flags */
	bool fixed;
	bool exclusive;
};
int aspace_map(struct aspace *as, const struct map_request *r, vaddr_t *out);

/* Map frames, one after another, that have another owner as well:
 * page_hold() was called for each, and unmapping, or an error, releases it.
 * The kernel chooses the address, *out. -ENOMEM. */
int aspace_map_frames(struct aspace *as, paddr_t frame, uint64_t bytes,
		      uint32_t prot, vaddr_t *out);

/* Map the page `data` readable and, after it, the page `code` executable. Both remain
 * the caller's as well, and keep these rights. *out: where. -ENOMEM. */
int aspace_map_vdso(struct aspace *as, paddr_t data, paddr_t code,
		    vaddr_t *out);

/* What was mapped at [start, start + bytes) has been read from a file, from `offset` on:
 * for those who ask what is where. The number is the proxy's. -ENOMEM. */
int aspace_set_file(struct aspace *as, vaddr_t start, uint64_t bytes,
		    uint32_t file, uint64_t offset);

/* Unmap [start, start + bytes). 0, -EINVAL, -ENOMEM (an area or a large page
 * could not be split; nothing was changed). */
int aspace_unmap(struct aspace *as, vaddr_t start, uint64_t bytes);

/* Change protection. -ENOMEM where a part is not mapped, -EACCES where its rights are
 * fixed; as mprotect(2). */
int aspace_protect(struct aspace *as, vaddr_t start, uint64_t bytes,
		   uint32_t prot);

/* Give the pages back, keep the area: they read as zero again
 * (MADV_DONTNEED). -ENOMEM where a part is not mapped; -EINVAL where a part has
 * frames of another owner, which would not come back. */
int aspace_discard(struct aspace *as, vaddr_t start, uint64_t bytes);

/* Check that all of [start, start + bytes) is mapped: 0, -ENOMEM, -EINVAL
 * (misaligned). */
int aspace_check(struct aspace *as, vaddr_t start, uint64_t bytes);

/* Memory of Linux. Reserve a place for it, as aspace_map(); nothing is there until it
 * is lent. */
int aspace_map_linux(struct aspace *as, const struct map_request *r,
		     vaddr_t *out);

/* Find a part of [start, end) that is of that kind, in *start and *end. False: there
 * is none. */
bool aspace_find_linux(struct aspace *as, vaddr_t *start, vaddr_t *end);

/* Take all pages that were lent in [start, end) away from all CPUs. With `gone`, no
 * more will come, and the areas are about to be unmapped. 0, -ENOMEM. */
int aspace_take_back(struct aspace *as, vaddr_t start, vaddr_t end, bool gone);

/* Map one page that Linux lends: `frame` at va, writable or not. -EFAULT: it is not
 * wanted. */
int aspace_lend(struct aspace *as, vaddr_t va, paddr_t frame, bool write);

/* The key of a futex at va: frame and offset, if the memory is shared with other
 * spaces; or 0: the address is the key. */
paddr_t aspace_shared_frame(struct aspace *as, vaddr_t va);

/* Whether its area allows to write to the page at va. */
bool aspace_is_writable(struct aspace *as, vaddr_t va);

/* Whether the page at va is present. */
bool aspace_is_present(struct aspace *as, vaddr_t va);

/* Change the size or the place of a mapping, as mremap(2). The part that is added is
 * filled on demand. The new address in *out; -EFAULT (no one mapping covers the
 * range), -EINVAL, -ENOMEM. */
struct remap_request {
	vaddr_t from;
	uint64_t old_bytes;
	uint64_t bytes;
	bool may_move;
	bool fixed;
	vaddr_t to; /* where fixed */
};
int aspace_remap(struct aspace *as, const struct remap_request *r,
		 vaddr_t *out);

/* Where the heap begins; exec's part. */
void aspace_set_brk_start(struct aspace *as, vaddr_t start);

/* Move the end of the heap; returns the end that now holds, as brk(2). */
vaddr_t aspace_brk(struct aspace *as, vaddr_t end);

/* Make the page at va present for an access (enum page_prot bit). `ahead`: how many
 * bytes to bring in, from that page on: small pages up to 256 KiB, or, from 2 MiB on,
 * a large one where it fits; 0: as it finds best. 0, -EFAULT (no area), -EACCES (not
 * allowed), -ENOMEM; -EREMOTE: Linux must lend it. */
int aspace_fault(struct aspace *as, vaddr_t va, uint32_t access,
		 uint64_t ahead);

/* The same for the proxy, with what follows. */
int aspace_fault_of_proxy(struct aspace *as, vaddr_t va, uint32_t access);

/* Copy between `buffer` and the page at va, `bytes` that do not reach into the next: from
 * there (access PAGE_READ) or to there (PAGE_WRITE), as the space's own thread might. The
 * space need not be in use here, and is held by the caller. 0; -EFAULT: it may not, or the
 * page is Linux's. */
int aspace_copy(struct aspace *as, vaddr_t va, void *buffer, uint64_t bytes,
		uint32_t access);

/* Make all pages of [start, start + bytes) present. As aspace_fault(). */
int aspace_populate(struct aspace *as, vaddr_t start, uint64_t bytes,
		    uint32_t access);

/* Load its tables on this CPU. Interrupts off. */
void aspace_use(struct aspace *as);

/* Remove [start, end) from the proxy's tables and wait until it is done;
 * supplied by ikc/. Called without `lock`. */
void aspace_zap(struct aspace *as, vaddr_t start, vaddr_t end);

#endif
