/* SPDX-License-Identifier: MIT */
/* The module's test peer: a kernel that only does what tests ask of it.
 *
 * It boots as an LWK does, polls its rings with interrupts off, answers
 * requests, and has processes that never run: page tables, a slot page, and
 * commands that change them. A test sends a command as signal STUB_COMMAND of
 * the process, with STUB_ARG(command, argument) as its sender, and sees in the
 * slot page (struct stub_report in its last slot) when it was carried out.
 *
 * Shared with the tests, which run on Linux.
 */
#ifndef STUB_H
#define STUB_H

#include <stdint.h>
#include "kernel/abi/slot.h"

/* How to boot. The variable stands in the image behind STUB_MODE_MAGIC, for
 * tests to change in their copy of the file. */
#define STUB_MODE_MAGIC 0x45444f4d42555453ULL
enum stub_mode {
	STUB_NORMAL,
	STUB_REFUSES, /* state REFUSED, error -95 */
	STUB_NEVER_ALIVE,
	STUB_SECOND_NEVER_ALIVE,
	STUB_NEVER_RUNNING,
	STUB_PANICS_BOOTING,
	STUB_SAYS_BUSY, /* to SHUTDOWN */
	STUB_NEVER_STOPS,
};

/* Addresses of every process. */
#define STUB_SMALL 0x1000000000ULL /* STUB_PAGES pages of 4 KiB, present */
#define STUB_LARGE (STUB_SMALL + (2ULL << 20)) /* one page of 2 MiB */
#define STUB_DEMAND (STUB_SMALL + (4ULL << 20)) /* 2 MiB, absent at first */
#define STUB_NOTHING (STUB_SMALL + (6ULL << 20)) /* POPULATE says -EFAULT */
#define STUB_PAGES 64

/* The first word of each page in STUB_SMALL and STUB_DEMAND. */
#define STUB_TAG(address) (0x7a67000000000000ULL | (address))
#define STUB_POISON 0xdeaddeaddeaddeadULL /* of a frame that was freed */

/* The stack of a process that is created and ends before PROC_CREATE is answered. */
#define STUB_STACK_ENDS 0x454e44ULL

#define STUB_COMMAND 64
#define STUB_ARG(command, arg) ((uint32_t)(command) << 16 | (arg))

/* arg is a page of STUB_SMALL where nothing else is said. */
enum stub_command {
	STUB_NOP,
	STUB_REMAP, /* another frame; the old one is poisoned */
	STUB_PROTECT, /* read-only; a write is refused from then on */
	STUB_UNPROTECT,
	STUB_SHARE, /* read-only; a write gives a copy */
	STUB_UNMAP, /* a touch is refused from then on */
	STUB_OUTSIDE, /* a frame that is not the LWK's: physical 1 MiB */
	STUB_INSIDE, /* a frame of the image */
	STUB_BAD_TABLE, /* a page table at physical 1 MiB */
	STUB_RACE_REMAP, /* remap all the time, until STUB_RACE_END */
	STUB_RACE_PROTECT, /* protect all the time; see report.violations */
	STUB_RACE_END,
	STUB_HOLD, /* answer no POPULATE, until STUB_LET_GO */
	STUB_LET_GO,
	STUB_EXIT, /* arg: wait status */
	STUB_WAKE,
	STUB_INTERRUPT, /* arg: slot */
	STUB_REQUEST, /* arg: slot; a WAKE where a worker sleeps */
	STUB_LOG, /* arg: lines */
	STUB_TIME, /* report.ns = monotonic time by the time page */
	STUB_PANIC,
	STUB_HANG, /* this CPU stops working */
	STUB_BAD_TAIL,
	STUB_BAD_HEAD,
	STUB_BAD_COOKIE,
	STUB_BAD_TYPE,
	STUB_BAD_ZAP,
	STUB_BAD_SLOT, /* an interrupt for a slot too far */
	STUB_UNKNOWN_PROC, /* messages for a process that does not exist */
	STUB_FLOOD, /* arg: this many wakes, more than the ring holds */
};

struct stub_report {
	uint32_t commands; /* carried out */
	uint32_t violations; /* writes to a page after it was read-only */
	uint64_t zaps; /* sent and acknowledged */
	uint64_t steps; /* of races */
	uint64_t ns;
	uint32_t started;
	uint32_t signal, from; /* the last one that was no command */
	uint32_t slot_done; /* count */
	uint32_t skipped; /* changes that needed no zap */
	uint32_t bell; /* the doorbell's vector has arrived */
	uint32_t pad[2];
};
LWK_STATIC_ASSERT_SIZE(struct stub_report, 64);
#define STUB_REPORT_SLOT (LWK_SLOTS - 1)

/* NIMBLE_CTL: LOAD takes an image that begins with "good" and gives ext_id 7;
 * LIST puts out the flags, index and op of the last other operation; REMOVE of
 * STUB_EXT_HELD is answered by the next STUB_LET_GO; others give 0. */
#define STUB_EXT_HELD 99

#endif
