/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* IKC rings: fixed packets between the module and one CPU of an LWK.
 *
 * Each LWK CPU has two rings, one for each direction. They are kernel to
 * kernel: no user space maps them.
 *
 *   ring_to_lwk    producers: any CPU of Linux, under the module's lock of the
 *                  ring; consumer: the LWK CPU
 *   ring_to_linux  producer: the LWK CPU, interrupts off; consumer: the
 *                  instance's thread in the module, and, while that
 *                  sleeps, the doorbell's interrupt handler
 *
 * `head` counts packets written, `tail` packets handled; both run freely and
 * wrap at 2^32; entry i is slot[i % LWK_RING_SLOTS]. The producer writes the
 * slot, then head with release, which the consumer reads with acquire. The
 * consumer HANDLES the packet, then writes tail with release. So a producer
 * that reads, with acquire, a tail beyond a packet's index knows that the
 * packet was handled. This is the acknowledgement of LWK_MSG_ZAP.
 *
 * Each side keeps its own index privately and publishes it; the other side's
 * index is checked (head - tail <= LWK_RING_SLOTS), and a wrong one stops the
 * use of the ring (module: the instance is marked failed; LWK: panic).
 *
 * Full rings. The module gets -EAGAIN from its own push and reports or retries
 * killably. The LWK waits for tail to move: the module's thread never waits
 * for the LWK, so this ends. A request from the module that wants a reply is
 * sent only while fewer than LWK_RING_SLOTS / 2 of that CPU are outstanding.
 *
 * Doorbells carry no state. To the LWK: the module always sends
 * LWK_VECTOR_DOORBELL after head. To Linux: the LWK writes head, full fence,
 * reads boot.linux_waiting, and rings boot.doorbell_target where it is 1; the
 * module's thread writes linux_waiting = 1, full fence, looks at every head
 * once more, then sleeps.
 */
#ifndef LWK_ABI_RING_H
#define LWK_ABI_RING_H

#include "kernel/abi/types.h"

#define LWK_RING_SLOTS 256

/* Messages. `proc` is the handle of a process, which the module chose at PROC_CREATE,
 * or the LWK for a child (LWK_HANDLE_OF_LWK); LWK_MSG_ZAP's is that of an address
 * space. Handles are never used again in the life of an instance. A message that names
 * an unknown proc is dropped (if a reply is due, it says -ESRCH): the process may have
 * ended meanwhile. */
enum lwk_msg_type {
	LWK_MSG_NONE = 0,

	/* Module to LWK. Those with (R) are answered by LWK_MSG_REPLY. */

	/* (R) New process; it begins on this CPU. proc; arg[0] = pid, with
	 * LWK_CREATE_STAY to run there only; arg[1] = uid<<32|gid, real; arg[2] =
	 * RLIMIT_STACK soft limit in bytes; arg[3] = job; arg[4] = euid<<32|egid.
	 * Reply: value[0] = physical address of its struct lwk_proc_page. */
	LWK_MSG_PROC_CREATE = 1,
	/* Run it: the LWK asks the proxy for the arguments through slot 0. */
	LWK_MSG_PROC_START = 2,
	/* Signal arg[0] for the process; arg[1..4] = fields of its siginfo_t:
	 * si_errno<<32|si_code, then 24 bytes from si_pid on. */
	LWK_MSG_PROC_SIGNAL = 3,
	/* (R) The proxy and all its mappings are gone: end the process if it
	 * still runs, and free all it has. Nothing names proc after the
	 * reply. */
	LWK_MSG_PROC_RELEASE = 4,
	/* (R) The proxy faulted at address arg[0]; arg[1] = 1 for a write. Make
	 * the page present (and writable) as the application's own access
	 * would; status 0, -EFAULT (no mapping, or not allowed), -ENOMEM. */
	LWK_MSG_POPULATE = 5,
	/* Slot arg[0] is DONE and its thread had set LWK_SLOT_BLOCKED. */
	LWK_MSG_SLOT_DONE = 6,
	/* (R) A struct nimble_ctl with arg[0] = offset and arg[1] = bytes in the
	 * control window; see nimble_ctl.h. arg[2] = uid of the caller, arg[3] = 1: it
	 * has CAP_SYS_ADMIN. proc = 0. */
	LWK_MSG_NIMBLE_CTL = 7,
	/* (R, by the CPU that got it) All processes are gone; halt every CPU of
	 * the instance. -EBUSY while processes exist. state becomes STOPPED. */
	LWK_MSG_SHUTDOWN = 8,

	/* (R) The file's process, proc, has forked. The child that arg[0] names, which
	 * waits for a proxy, now has one: Linux's process arg[1]. Reply: value[0] as
	 * for PROC_CREATE, value[1] = index of the CPU for messages about it. */
	LWK_MSG_PROC_ADOPT = 9,
	/* (R) The proxy of proc has none of its memory mapped and asks what to map.
	 * Reply: value[0] = handle of the address space that proc has now, value[1] =
	 * physical address of its root table. */
	LWK_MSG_PROC_SPACE = 10,

	/* (R) The process has new credentials: arg[0] = uid<<32|gid, real, arg[1] =
	 * euid<<32|egid. */
	LWK_MSG_PROC_CREDENTIALS = 11,

	/* (R) Linux lends pages of proc's proxy: arg[0] = address, arg[1..4] = one
	 * page after another, physical address | LWK_LEND_WRITE, or 0. They stay where
	 * they are until LWK_MSG_TAKE_BACK or the reply to PROC_RELEASE. -EFAULT: they
	 * are not wanted, or no longer. */
	LWK_MSG_LEND = 12,
	/* (R) Forget pages that were lent: [arg[0], arg[1]). 0: no CPU reaches them
	 * any longer. */
	LWK_MSG_TAKE_BACK = 13,
	/* Write to the boot block what memory is free. Once it is handled (tail), the
	 * CPU is known to work. */
	LWK_MSG_PING = 14,
	/* Linux's clock was set; the time page has the new time. Sent to
	 * each CPU. */
	LWK_MSG_CLOCK_SET = 15,

	/* (R) boot.device[arg[0]] now belongs to the LWK. -EINVAL. */
	LWK_MSG_DEVICE_ADD = 16,
	/* (R) It no longer does, and is silent already. 0, as soon as no CPU reaches
	 * its memory. */
	LWK_MSG_DEVICE_GONE = 17,

	/* LWK to module. */

	/* Answer to the request with this cookie: status, value[0..1]. */
	LWK_MSG_REPLY = 32,
	/* The proxy of proc sleeps and a slot holds a new request. */
	LWK_MSG_WAKE = 33,
	/* Remove [arg[0], arg[1]) from the proxies' mappings of an address space.
	 * Handled (tail) = done; frames may be used again. */
	LWK_MSG_ZAP = 34,
	/* Interrupt the delegated call in slot arg[0] of proc. */
	LWK_MSG_INTERRUPT = 35,
	/* proc has ended; arg[0] = wait status as wait4() would give it. */
	LWK_MSG_PROC_EXIT = 36,
	/* The log has new text (only when boot.log_waiting was 1). */
	LWK_MSG_LOG = 37,
	/* Event for the user of an extension: arg[0] = extension id, arg[1] =
	 * kind (nimble_ctl.h). proc = its owner or 0. */
	LWK_MSG_NIMBLE_EVENT = 38,
	/* boot.device[arg[0]] may (arg[1] = 1), or may not (0), reach memory by
	 * itself: be a bus master. Handled (tail) = the change is in effect, and what
	 * the device had begun to write has been written. */
	LWK_MSG_DEVICE_MASTER = 39,
};

#define LWK_LEND_WRITE 1ULL
#define LWK_LEND_FRAMES 4 /* of one message */
#define LWK_LEND_MAX 16 /* of one request of the LWK's */

/* In handles that the LWK chose. */
#define LWK_HANDLE_OF_LWK (1ULL << 40)

/* In arg[0] of LWK_MSG_PROC_CREATE. */
#define LWK_CREATE_STAY (1ULL << 32)

struct lwk_msg {
	uint32_t type; /* enum lwk_msg_type */
	int32_t status; /* REPLY: 0 or -errno; else 0 */
	uint64_t proc;
	uint64_t cookie; /* requests: chosen by the module; REPLY: the same */
	union {
		uint64_t arg[5];
		uint64_t value[5];
	};
};
LWK_STATIC_ASSERT_SIZE(struct lwk_msg, 64);

struct lwk_ring {
	uint32_t head; /* producer */
	uint32_t pad0[15];
	uint32_t tail; /* consumer */
	uint32_t pad1[15];
	struct lwk_msg slot[LWK_RING_SLOTS];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_ring, 128 + 64 * LWK_RING_SLOTS);

#endif
