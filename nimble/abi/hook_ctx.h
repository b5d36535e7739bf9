/* SPDX-License-Identifier: MIT */
/* Hook numbers, contexts and verdicts, made from hooks.def. */
#ifndef NIMBLE_ABI_HOOK_CTX_H
#define NIMBLE_ABI_HOOK_CTX_H

#include "nimble/abi/types.h"

/* What a hook that may answer for the kernel says about the event. */
enum nimble_verdict {
	NIMBLE_CONTINUE = 0, /* go on, with the context as it is now */
	NIMBLE_ANSWER = 1, /* do not perform it: ctx->ret is the result */
	NIMBLE_DENY = 2, /* do not perform it: the result is -EPERM */
	NIMBLE_DELEGATE =
		3, /* let Linux perform it, where that is allowed: who the
			      * process is (but gettid), and what time it is */
};

/* What hook call wants: to have done, with args as they are for the caller; a system call
 * performed for the caller, number args[0], arguments args[1] to args[6], and to be called
 * again with its result in args[7]; or to have the caller wait, until task_wake() of its
 * task or, where args[7] is not 0, so many nanoseconds, and to be called again with 0 or
 * -ETIMEDOUT in args[7]. It may be called again for nothing, so it looks whether what was
 * waited for has come. `state` keeps what it writes there from one time to the next. */
enum nimble_call_verdict {
	NIMBLE_CALL_DONE = 0,
	NIMBLE_CALL_SYSCALL = 1,
	NIMBLE_CALL_WAIT = 2,
};

/* The greatest signal that hook message may send. */
#define NIMBLE_SIGNALS 64

/* Whose interrupt it is, by name. */
enum nimble_irq_source {
	NIMBLE_IRQ_OTHER = 0, /* nobody's here: one of Linux's, a stray one */
	NIMBLE_IRQ_TIMER = 1, /* this CPU's */
	NIMBLE_IRQ_DOORBELL = 2, /* Linux has sent a message */
	NIMBLE_IRQ_IPI = 3, /* another CPU of the LWK has work for this one */
	NIMBLE_IRQ_SHOOTDOWN =
		4, /* it waits for this one to forget addresses */
	NIMBLE_IRQ_DEVICE = 5, /* a device: its number is in `device` */
};

#define NIMBLE_NO_DEVICE 0xffffffffu

/* What is to become of an interrupt. All extensions on it run; the first one that does not
 * pass is heard. */
enum nimble_irq_verdict {
	NIMBLE_IRQ_PASS = 0, /* the kernel's own handler goes on */
	NIMBLE_IRQ_RESCHED = 1, /* it does, and then another thread may run */
	NIMBLE_IRQ_CLAIM = 2, /* it was dealt with: of devices only */
};

/* From a hook that chooses: the kernel's own policy decides. */
#define NIMBLE_NO_OPINION 0xffffffffffffffffull

/* From ext_call: there is none, it faulted, is busy, or calls nest too deep. */
#define NIMBLE_NO_SERVICE 0xfffffffffffffffeull

enum nimble_level {
	NIMBLE_LEVEL_TASK,
	NIMBLE_LEVEL_ATOMIC,
	NIMBLE_LEVEL_CALL,
	NIMBLE_LEVELS
};

#define HOOK_BEGIN(name, level, who, result, what) NIMBLE_HOOK_##name,
#define HOOK_FIELD(hook, direction, type, name)
#define HOOK_ARRAY(hook, direction, type, name, count)
#define HOOK_END(name)
enum nimble_hook {
#include "nimble/abi/hooks.def"
	NIMBLE_HOOKS
};
#undef HOOK_BEGIN
#undef HOOK_FIELD
#undef HOOK_ARRAY
#undef HOOK_END

/* Is it an operation of a scheduling policy? They stand together. */
#define NIMBLE_HOOK_IS_SCHED(hook)                 \
	((hook) >= NIMBLE_HOOK_sched_select_cpu && \
	 (hook) <= NIMBLE_HOOK_sched_dump)

#define HOOK_BEGIN(name, level, who, result, what) struct nimble_ctx_##name {
#define HOOK_FIELD(hook, direction, type, name) type name;
#define HOOK_ARRAY(hook, direction, type, name, count) type name[count];
#define HOOK_END(name)                                            \
	}                                                         \
	;                                                         \
	_Static_assert(sizeof(struct nimble_ctx_##name) % 8 == 0, \
		       "contexts are a multiple of 8 bytes");
#include "nimble/abi/hooks.def"
#undef HOOK_BEGIN
#undef HOOK_FIELD
#undef HOOK_ARRAY
#undef HOOK_END

#endif
