/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the LWK tells the module about one process: one page of LWK memory, which the LWK
 * writes (except `parent`) and the module reads (page tables, slots, `lwk ps`).
 *
 * The proxy's pages (module, on a fault of the proxy at address a):
 *
 *   1. s = the module's own sequence number of this process (acquire)
 *   2. walk from `root`, each table and frame checked against the instance's
 *      regions, without any lock. In the page-directory entry (2 MiB) that
 *      covers a, set LWK_PDE_SEEN by compare and exchange BEFORE reading what
 *      lies below or using the 2 MiB frame. An absent entry is not changed.
 *   3. present and allowed: lock the process's zap mutex; if the sequence
 *      number is still s, insert with the LWK's permissions; else again
 *   4. absent, or not writable for a write: LWK_MSG_POPULATE, then again
 *
 * zap (on LWK_MSG_ZAP): lock; clear LWK_PDE_SEEN in the range; add 1 to the sequence
 * number; unmap_mapping_range(); unlock; then the ring's tail. SEEN is cleared before the
 * number is raised: a fault that set it before the clear began with the old number, and
 * starts again. Because the bit covers 2 MiB, the module unmaps whole 2 MiB: a zap may
 * remove more than was asked, never less, and faults bring back what it removed.
 *
 * LWK, to take a page away or to forbid writing to it:
 *
 *   change the entries; full fence; read LWK_PDE_SEEN of each 2 MiB touched
 *   (an exchange of a 2 MiB entry returns it); where any is set, LWK_MSG_ZAP
 *   and wait; only then free or reuse the frames.
 *
 *   Store then load on both sides, each with a full fence between (the
 *   module's compare and exchange is one): either the LWK sees the bit, or the
 *   module sees the new entry.
 *
 * A leaf of 1 GiB has the bit in its entry, where it covers the whole leaf; an LWK that
 * splits such a leaf copies the bit to each of the new entries.
 *
 * The LWK frees a table of 4 KiB pages when it is empty: it replaces the page-directory
 * entry by 0 in one exchange, which says whether SEEN was set; if so, it waits for a zap
 * before the page is free. A walk that has read the entry and then set SEEN in it began
 * before that zap raised the number. It may read the page while a new user writes to it,
 * checks each frame that it finds against the regions, and then starts again, because the
 * number has changed. A walk whose compare and exchange comes later fails in it, and
 * reads 0. Tables above are never freed while the process has a proxy. Every other change
 * that the LWK makes to a page-directory entry is atomic and keeps the bit. Bits 52 to 61
 * of an entry that points to a table are the LWK's.
 */
#ifndef LWK_ABI_PROCPAGE_H
#define LWK_ABI_PROCPAGE_H

#include "kernel/abi/slot.h"
#include "kernel/abi/types.h"

/* x86-64 page-table entry bit 9 (ignored by the processor; Intel SDM vol. 3,
 * 4.5), in page-directory entries and 1 GiB leaves only. */
#define LWK_PDE_SEEN (1ULL << 9)

enum lwk_proc_state {
	LWK_PROC_NEW = 0, /* created, not started */
	LWK_PROC_RUNNABLE = 1, /* runs, or waits for its CPU */
	LWK_PROC_DELEGATED = 2, /* waits for a delegated call */
	LWK_PROC_SLEEPING = 3, /* waits for something on the LWK */
	LWK_PROC_ENDED = 4, /* waits for LWK_MSG_PROC_RELEASE */
};

#define LWK_ABSENT_WORDS 8 /* of 64 numbers of calls each */

struct lwk_proc_page {
	uint64_t root; /* physical address of the PML4 */
	uint32_t state; /* enum lwk_proc_state, relaxed */
	uint32_t cpu; /* index in boot.cpu[] */
	char name[16]; /* comm, with its zero byte */
	uint64_t run_cycles; /* TSC cycles on the CPU */
	uint64_t syscalls_local; /* up to when its threads last left a CPU */
	uint64_t syscalls_delegated;
	uint64_t resident_bytes;
	uint64_t switches; /* times put on the CPU */
	uint32_t last_syscall; /* the last system call that was not a leaf */
	uint32_t parent; /* module: its parent, while the parent lives; 0: ask Linux */
	/* Absent calls that the process has made, and if it is the first of its
	 * job all the others of the job: bit n % 64 of word n / 64. */
	uint64_t absent[LWK_ABSENT_WORDS];
	uint32_t pad[476];
	/* Physical addresses of its pages of slots, one after another, 0 behind
	 * the last; each is constant once it is there. */
	uint64_t slot_page[LWK_SLOT_PAGES];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_proc_page, 4096);

#endif
