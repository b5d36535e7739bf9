/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What a process of the LWK sees of itself in /proc: the LWK says it in numbers, the proxy
 * makes the files.
 *
 * Where the application opens such a file, or lists its threads (getdents64() of task), the
 * proxy answers -LWK_VIEW_WANTED. The LWK then writes a struct lwk_view into the
 * application's memory and asks for LWK_PROXY_VIEW, which is the call again.
 */
#ifndef LWK_ABI_VIEW_H
#define LWK_ABI_VIEW_H

#include "kernel/abi/types.h"

/* Above all of Linux's errors. */
#define LWK_VIEW_WANTED 0x10000

enum lwk_view_area_flags {
	LWK_VIEW_READ = 1,
	LWK_VIEW_WRITE = 2,
	LWK_VIEW_EXEC = 4,
	LWK_VIEW_SHARED = 8,
	LWK_VIEW_LINUX = 16, /* the proxy has mapped it */
	LWK_VIEW_STACK = 32,
	LWK_VIEW_KERNEL =
		64, /* of all programs: what the vDSO reads, or itself */
};

struct lwk_view_area {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the file */
	uint32_t file; /* LWK_PROXY_FILE's number; 0: none */
	uint32_t flags; /* enum lwk_view_area_flags */
};
LWK_STATIC_ASSERT_SIZE(struct lwk_view_area, 32);

struct lwk_view_thread {
	uint32_t id;
	uint32_t cpu; /* where it is, or was last */
	int32_t nice;
	uint32_t sleeps; /* 1: it waits for something */
	uint64_t pending; /* signals, bit n - 1 */
	uint64_t blocked;
	uint64_t affinity;
	uint64_t run_ns;
	char name[16];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_view_thread, 64);

/* All written by the LWK. The areas follow, by address, then the threads, the oldest
 * first. */
struct lwk_view {
	uint32_t bytes; /* of all that */
	uint32_t areas;
	uint32_t threads;
	uint32_t thread; /* who opens the file */
	uint32_t queued; /* signals that are in queues */
	uint32_t pad;
	uint64_t pending; /* of the process */
	uint64_t ignored;
	uint64_t caught;
	uint64_t run_ns;
	uint64_t children_ns; /* of those that it has waited for */
	uint64_t resident_bytes;
	uint64_t peak_bytes;
	uint64_t brk_start;
	uint64_t brk;
	uint64_t stack_start; /* the first stack pointer */
	uint64_t arguments; /* addresses of what execve() has left */
	uint64_t arguments_end;
	uint64_t environment_end;
	uint64_t auxv;
	uint64_t auxv_bytes;
};
LWK_STATIC_ASSERT_SIZE(struct lwk_view, 144);

#endif
