/* SPDX-License-Identifier: GPL-2.0 */
/* From the entry code to the function of a system call, or to the proxy. */
#include <asm/errno.h>
#include <asm/unistd.h>

#include "kernel/abi/nimble_ctl.h"
#include "kernel/abi/view.h"
#include "kernel/arch/entry.h"
#include "kernel/core/hook.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/delegate.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/nimble_call.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/usage.h"
#include "kernel/syscall/view.h"

enum call_class { CLASS_NONE = 0, CLASS_LOCAL, CLASS_DELEGATED, CLASS_ABSENT };
enum restart_class { RESTART, EINTR_, NEVER };

#define ARGS 6

struct call {
	int64_t (*local)(struct regs *regs);
	char args[ARGS]; /* letters, see syscall.def; where there are less, 0 ends them */
	uint8_t class;
	union {
		uint8_t restart; /* CLASS_DELEGATED */
		uint8_t error; /* CLASS_ABSENT */
	};
};
_Static_assert(sizeof(struct call) == 16, "hundreds of them");

/* The names, one behind the other. */
#define LOCAL(nr, call_name, call_args) char call_name[sizeof(#call_name)];
#define DELEGATED(nr, call_name, restart_class, call_args) \
	LOCAL(nr, call_name, call_args)
#define ABSENT(nr, call_name, call_error) LOCAL(nr, call_name, 0)
static const struct names {
	char none[sizeof("?")];
#include "kernel/abi/syscall.def"
#undef LOCAL
#define LOCAL(nr, call_name, call_args) .call_name = #call_name,
} names = {
	.none = "?",
#include "kernel/abi/syscall.def"
#undef LOCAL
#define LOCAL(nr, call_name, call_args) \
	[nr] = offsetof(struct names, call_name),
};
static const uint16_t name_at[] = {
#include "kernel/abi/syscall.def"
#undef LOCAL
#undef DELEGATED
#undef ABSENT
};

#define RESTART_CLASS_RESTART RESTART
#define RESTART_CLASS_EINTR EINTR_
#define RESTART_CLASS_NEVER NEVER

static const struct call calls[] = {
#define LOCAL(nr, call_name, call_args)   \
	[nr] = {.args = call_args,        \
		.local = sys_##call_name, \
		.class = CLASS_LOCAL},
#define DELEGATED(nr, call_name, restart_class, call_args) \
	[nr] = {.args = call_args,                         \
		.class = CLASS_DELEGATED,                  \
		.restart = RESTART_CLASS_##restart_class},
#define ABSENT(nr, call_name, call_error) \
	[nr] = {.class = CLASS_ABSENT, .error = call_error},
#include "kernel/abi/syscall.def"
#undef LOCAL
#undef DELEGATED
#undef ABSENT
};

_Static_assert(ARRAY_SIZE(calls) <= LWK_ABSENT_WORDS * 64,
	       "calls that a process page can name");

static const struct call *call_of(uint64_t nr)
{
	return nr < ARRAY_SIZE(calls) && calls[nr].class ? &calls[nr] : NULL;
}

const char *syscall_name(uint64_t nr)
{
	return (const char *)&names + (call_of(nr) ? name_at[nr] : 0);
}

/* Whether it was not noted before. Bits are only set, never cleared, by any
 * CPU. */
static bool note_absent(struct process *p, uint64_t nr)
{
	uint64_t bit = 1UL << (nr % 64);

	return !(__atomic_fetch_or(&p->page->absent[nr / 64], bit,
				   __ATOMIC_RELAXED) &
		 bit);
}

static int64_t __attribute__((noinline, cold))
absent(uint64_t nr, const struct call *c)
{
	struct process *p = current_process(), *first;

	if (!c)
		return -ENOSYS;
	/* Every C library makes this call and goes on without it. */
	if (nr == __NR_rseq || !note_absent(p, nr))
		return -(int64_t)c->error;
	log_line("%s (pid %u): system call %lu, %s, is absent", p->page->name,
		 p->pid, nr, syscall_name(nr));
	/* For `lwk run`, which has started the first process of the job. */
	first = process_find(p->job->id);
	if (first) {
		note_absent(first, nr);
		process_put(first);
	}
	return -(int64_t)c->error;
}

static bool is_address(char letter)
{
	return letter == 'p' || letter == 'i' || letter == 'o' || letter == 'b';
}

static int64_t delegated_result(const struct call *c, int64_t ret)
{
	bool before = ret == -LWK_INTERRUPTED;

	/* EINTR, whether the signal came before the call or in it, as with the mask of
	 * ppoll(). But if no handler runs, the interruption was meant for an earlier
	 * call, and this one begins again. */
	if (c->restart == EINTR_)
		return before || ret == -EINTR ? -RESTART_NOHAND : ret;
	if (before)
		return -RESTART_ALWAYS;
	if (ret == -EINTR && c->restart == RESTART)
		return -RESTART_SYS;
	return ret;
}

/* Other calls may return any number. */
static bool may_want_view(uint64_t nr)
{
	return nr == __NR_open || nr == __NR_openat || nr == __NR_openat2 ||
	       nr == __NR_getdents64;
}

int64_t delegate_as_is(struct regs *regs)
{
	const struct call *c = call_of(regs_call(regs));
	uint64_t arg[ARGS];
	int64_t error, ret;
	int i;

	ASSERT(c && c->class != CLASS_ABSENT); /* they do not come here */
	for (i = 0; i < ARGS; i++)
		arg[i] = sys_arg(regs, i);
	for (i = 0; i < ARGS && c->args[i]; i++)
		if (is_address(c->args[i]) && arg[i] >= LWK_APP_END)
			return -EFAULT;
	error = apply_wait_mask(regs);
	if (error)
		return error;
	ret = delegate((uint32_t)regs_call(regs), arg);
	if (ret >= 0 &&
	    (regs_call(regs) == __NR_wait4 || regs_call(regs) == __NR_waitid))
		usage_waited(regs, ret);
	return ret == -LWK_VIEW_WANTED && may_want_view(regs_call(regs))
		       ? call_with_view(regs)
		       : delegated_result(c, ret);
}

static int64_t call(struct regs *regs)
{
	uint64_t nr = regs_call(regs);
	const struct call *c = call_of(nr);

	if (c && c->class == CLASS_LOCAL) {
		this_cpu()->local_calls++;
		return c->local(regs);
	}
	if (c && c->class == CLASS_DELEGATED)
		return delegate_as_is(regs);
	return absent(nr, c);
}

bool syscall_is_plain(uint64_t nr)
{
	switch (nr) {
	case __NR_rt_sigreturn:
	case __NR_execve:
	case __NR_execveat:
	case __NR_clone:
	case __NR_clone3:
	case __NR_fork:
	case __NR_vfork:
	case LWK_SYS_NIMBLE_CTL:
	case LWK_SYS_NIMBLE_CALL:
		return false;
	default:
		return true;
	}
}

bool syscall_may_delegate(uint64_t nr)
{
	switch (nr) {
#define MAY true
#define NOT false
#define ALSO(number, name, args, extension) \
	case number:                        \
		return extension;
#include "kernel/abi/also.def"
#undef ALSO
#undef NOT
#undef MAY
	default:
		return false;
	}
}

static void __attribute__((noinline)) perform_hooked(struct regs *regs)
{
	struct hook_call original;
	enum hook_verdict verdict = hook_syscall_entry(regs, &original);

	/* The extension that would have refused the call may have been ended. */
	if (thread_must_die(current_thread()))
		return;
	if (verdict == HOOK_DELEGATE)
		regs_set_result(regs, delegate_as_is(regs));
	else if (verdict != HOOK_ANSWERED)
		regs_set_result(regs, call(regs));
	if (verdict == HOOK_CHANGED)
		regs_set_call(regs, original.nr, original.arg);
	if (regs_is_syscall(regs) && !restart_is_due(regs))
		hook_syscall_exit(regs);
}

void syscall_perform(struct regs *regs)
{
	if (hooks_on_calls())
		perform_hooked(regs);
	else
		regs_set_result(regs, call(regs));
}

void syscall_dispatch(struct regs *regs)
{
	struct lwk_proc_page *page = current_process()->page;

	page->last_syscall = (uint32_t)regs_call(regs);
	/* No hook sees nimble_ctl itself; otherwise a program could not remove its own
	 * extension that answers every call. */
	if (regs_call(regs) == LWK_SYS_NIMBLE_CTL)
		regs_set_result(regs, sys_nimble_ctl(regs));
	else if (regs_call(regs) == LWK_SYS_NIMBLE_CALL)
		regs_set_result(regs, sys_nimble_call(regs));
	else
		syscall_perform(regs);
}
