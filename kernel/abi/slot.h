/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Call slots: delegated system calls between an LWK thread and its proxy.
 *
 * Each process has pages of slots in LWK memory, which only the LWK's kernel and its own
 * proxy map; the first one from the beginning, more as more of its threads are in calls
 * at once. Slots have numbers, page by page. A slot is lent to an LWK thread. Contents
 * are untrusted on both sides.
 *
 * States of a slot (low byte), and which side changes them:
 *
 *   FREE     -> REQUEST   LWK: nr and arg written before, then state; then the
 *                         slot's bit in `requested`, by an atomic or (release)
 *   REQUEST  -> DONE      the proxy worker that cleared the bit (acquire): ret
 *                         written before, exchange (release)
 *   DONE     -> FREE      LWK: after reading ret (state read with acquire)
 *
 * Clearing the bit takes the request: of all that try, one finds it set. The LWK itself
 * may clear it, to take a request back that no worker has begun.
 *
 * The LWK thread spins for DONE while it is alone on its CPU. To sleep, it sets
 * LWK_SLOT_BLOCKED by compare and exchange in REQUEST; if the worker's final exchange
 * returns the bit, the worker calls LWK_IOC_SLOT_DONE. Only the LWK sets the bit, and
 * DONE clears it.
 *
 * Workers spin on `requested` for a short time, then sleep in LWK_IOC_WAIT. No wake-up is
 * lost: the worker adds 1 to `sleepers`, executes a full fence, looks at `requested` of
 * every page once more, and sleeps; the LWK sets the bit, which is a full fence, reads
 * sleepers, and sends LWK_MSG_WAKE if it is not 0. LWK_IOC_WAIT remembers a wake that
 * came before it.
 *
 * When the LWK is gone, the module puts pages of zeros in the pages' place: workers
 * find no request and LWK_IOC_WAIT fails with -EIO.
 *
 * Interrupting. A worker that has taken a request issues the call from a fixed
 * window of instructions. LWK_EVENT_INTERRUPT makes the proxy's manager signal
 * the worker; where the signal finds it before the `syscall` instruction, ret is
 * -LWK_INTERRUPTED: the call did not run. Otherwise ret is what Linux returned
 * (-EINTR, or a partial count). The LWK applies the call's restart class.
 */
#ifndef LWK_ABI_SLOT_H
#define LWK_ABI_SLOT_H

#include "kernel/abi/types.h"

enum lwk_slot_state {
	LWK_SLOT_FREE = 0,
	LWK_SLOT_REQUEST = 1,
	LWK_SLOT_DONE = 2,
};
#define LWK_SLOT_STATE(word) ((word)&0xff)
#define LWK_SLOT_BLOCKED 0x100 /* the LWK thread sleeps */
/* With REQUEST: signals that the thread blocks, so that Linux does not stop the job
 * for the call (its tty_check_change()). */
#define LWK_SLOT_NO_TTIN 0x200
#define LWK_SLOT_NO_TTOU 0x400

/* ret: the call was interrupted before it began (ERESTARTSYS of Linux's
 * kernel, a number that no system call returns). */
#define LWK_INTERRUPTED 512

struct lwk_slot {
	uint32_t state; /* both; see above */
	uint32_t nr; /* LWK: Linux's number, or LWK_PROXY_* */
	uint64_t arg[6]; /* LWK */
	int64_t ret; /* proxy: result or -errno */
};
LWK_STATIC_ASSERT_SIZE(struct lwk_slot, 64);

#define LWK_SLOTS 62 /* of one page */
#define LWK_SLOT_PAGES 256
#define LWK_SLOTS_MAX (LWK_SLOTS * LWK_SLOT_PAGES)

struct lwk_slot_page {
	uint64_t requested; /* both; see above. Bit i = slot[i] */
	/* Of the first page only. */
	uint32_t pages; /* LWK: number of pages; release, when a page is ready */
	uint32_t threads; /* LWK: threads of the application, relaxed. With
			   * more than one, the proxy makes sure that a
			   * worker looks at the slots while others are in
			   * calls that block */
	uint32_t sleepers; /* proxy: workers in, or about to enter, LWK_IOC_WAIT */
	uint32_t pad0[11];
	uint8_t cpu[64]; /* LWK: where each slot's thread runs, by index */
	struct lwk_slot slot[LWK_SLOTS];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_slot_page, 4096);

/* Requests that the proxy itself answers; numbers that Linux does not use. */
enum lwk_proxy_call {
	/* Arguments of the program. arg[0] = buffer (application address),
	 * arg[1] = its size. Writes a struct lwk_args and its strings, and
	 * returns their size; writes nothing where the buffer is too small. */
	LWK_PROXY_ARGS = 0x10000,
	/* The file descriptor of the program to start, opened by the proxy
	 * beforehand; the LWK reads it by pread64 and closes it. */
	LWK_PROXY_EXE_FD = 0x10001,
	/* Fork: the child takes on the LWK's process whose handle is arg[0]. Returns
	 * the child's pid when it is ready to serve, or an error. */
	LWK_PROXY_FORK = 0x10002,
	/* Open a program for execve(): arg[0] = directory, arg[1] = address of its
	 * path, arg[2] = flags of execveat(). Returns a readable descriptor, close-on-
	 * exec, or the error of execve(). */
	LWK_PROXY_OPEN_PROGRAM = 0x10003,
	/* The process has another address space: map it. */
	LWK_PROXY_NEW_SPACE = 0x10004,
	/* A new program runs: close what is to be closed. arg[0] = its descriptor,
	 * arg[1] = address of its path, arguments and environment, one string after
	 * another, arg[2] = size of all of them, arg[3] = signals that it ignores,
	 * arg[4] = size of path and arguments. */
	LWK_PROXY_EXEC = 0x10005,
	/* Signal arg[0] has a new action: enum lwk_signal_action arg[1]. Only for
	 * those whose action Linux itself looks at: job control, and SIGCHLD. */
	LWK_PROXY_SIGNAL = 0x10006,
	/* Change user or groups: arg[0] = number of Linux's call, then its
	 * arguments. The module has told the LWK when this returns. */
	LWK_PROXY_SET_IDS = 0x10007,
	/* The application's limit arg[0]: arg[1] = address of the new one or 0,
	 * arg[2] = address for the old one or 0. */
	LWK_PROXY_LIMIT = 0x10008,
	/* Memory that is Linux's (kernel/mm/aspace.h, AREA_LINUX): arguments as of
	 * mmap(), munmap(), mprotect(), msync(), shmat(). */
	LWK_PROXY_MAP = 0x10009,
	LWK_PROXY_UNMAP = 0x1000a,
	LWK_PROXY_PROTECT = 0x1000b,
	LWK_PROXY_SYNC = 0x1000c,
	LWK_PROXY_SHMAT = 0x1000d,
	/* Bytes of the segment of System V's shared memory with id arg[0]. */
	LWK_PROXY_SHM_BYTES = 0x1000e,
	/* Lend the LWK pages of such memory: arg[0] = address, arg[1] = how many, at
	 * most LWK_LEND_MAX, arg[2] = 1 to write. Lends at least the first, or
	 * -EFAULT. */
	LWK_PROXY_LEND = 0x1000f,
	/* getppid(); the module keeps it in the process's page from then on. */
	LWK_PROXY_PARENT = 0x10010,
	/* The file behind descriptor arg[0] is to be read, for a mapping, from arg[1] on:
	 * a number that stands for its name until the next execve(), 0 where there is
	 * none, or what mmap() says of the file. */
	LWK_PROXY_FILE = 0x10011,
	/* A call that the proxy has answered by -LWK_VIEW_WANTED (kernel/abi/view.h):
	 * arg[0] = address of the view, arg[1] = the call's number, arg[2..4] = its first
	 * arguments. Returns what the call returns. */
	LWK_PROXY_VIEW = 0x10012,
};

/* The signals of LWK_PROXY_SIGNAL; for files that have included signal
 * numbers. */
#define LWK_SIGNAL_IS_MIRRORED(n) \
	((n) == SIGTSTP || (n) == SIGTTIN || (n) == SIGTTOU || (n) == SIGCHLD)

enum lwk_signal_action {
	LWK_SIGNAL_DEFAULT = 0,
	LWK_SIGNAL_IGNORE = 1,
	LWK_SIGNAL_HANDLER = 2,
	LWK_SIGNAL_NO_WAIT = 4, /* with the others: SA_NOCLDWAIT */
	LWK_SIGNAL_NO_STOP = 8, /* SA_NOCLDSTOP */
};

/* Answer of LWK_PROXY_ARGS. The strings follow: exe_path, then argc arguments,
 * then envc environment strings, each with its zero byte. */
struct lwk_args {
	uint32_t bytes; /* proxy: size of all, strings included */
	uint32_t argc; /* proxy */
	uint32_t envc; /* proxy */
	uint32_t pad;
	uint64_t ignored; /* proxy: signals that it found ignored, bit n - 1 */
	uint64_t blocked; /* proxy: and blocked: a program inherits both */
};
LWK_STATIC_ASSERT_SIZE(struct lwk_args, 32);

#endif
