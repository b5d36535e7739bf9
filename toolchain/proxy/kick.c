// SPDX-License-Identifier: MIT
/* Sending and handling of kicks; see kick.h. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "kernel/abi/slot.h"
#include "toolchain/proxy/kick.h"
#include "toolchain/proxy/window.h"

_Static_assert(LWK_INTERRUPTED == 512, "window.S says so too");

#define SPINS 64
#define SA_RESTORER 0x04000000UL

static __thread struct proxy_kick *self;

/* The kernel's form; the library's sigaction() refuses its own signals. */
struct kernel_sigaction {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static int in_window(uint64_t rip)
{
	return rip >= (uintptr_t)proxy_window_start &&
	       rip <= (uintptr_t)proxy_window_syscall;
}

/* Does nothing for a signal from another process, or for another thread.
 * Linux also leaves RIP at the `syscall` instruction where it restarts a
 * call that had no effect: such a call "did not run" as well. */
static void on_kick(int signal, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	if (!self || info->si_code != SI_TKILL || info->si_pid != getpid())
		return;
	self->seen++;
	__atomic_store_n(&self->kicked, 1, __ATOMIC_RELAXED);
	if (in_window(reg[REG_RIP]))
		reg[REG_RIP] = (uintptr_t)proxy_window_interrupted;
}

/* Without SA_RESTART: Linux gives -EINTR, and the LWK decides. */
void kick_init(void)
{
	struct kernel_sigaction action = {
		.handler = on_kick,
		.flags = SA_SIGINFO | SA_RESTORER,
		.restorer = proxy_sigreturn,
	};

	if (syscall(SYS_rt_sigaction, PROXY_KICK_SIGNAL, &action, NULL,
		    sizeof(action.mask)))
		abort();
}

void kick_attach(struct proxy_kick *kick)
{
	kick->tid = gettid();
	self = kick;
}

void kick_detach(void)
{
	self = NULL;
}

/* Held for a few instructions, or one tgkill(). */
void kick_lock(struct proxy_kick *kick)
{
	unsigned int spins = 0;

	while (__atomic_exchange_n(&kick->lock, 1, __ATOMIC_ACQUIRE)) {
		if (++spins % SPINS == 0)
			sched_yield();
		__builtin_ia32_pause();
	}
}

void kick_unlock(struct proxy_kick *kick)
{
	__atomic_store_n(&kick->lock, 0, __ATOMIC_RELEASE);
}

void kick_end(struct proxy_kick *kick)
{
	uint32_t sent;

	kick_lock(kick);
	kick->current = 0;
	sent = kick->sent;
	kick_unlock(kick);
	/* A kick that was sent is pending: the next return from Linux
	 * delivers it. */
	while (__atomic_load_n(&kick->seen, __ATOMIC_RELAXED) != sent)
		sched_yield();
}

/* Caller holds the lock, and kick->current is set. A kick that was sent and not
 * seen is meant for this call: see kick_end(). */
static int is_kicked(const struct proxy_kick *kick)
{
	return __atomic_load_n(&kick->kicked, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&kick->seen, __ATOMIC_RELAXED) != kick->sent;
}

int kick_send(struct proxy_kick *kick, uint32_t slot)
{
	int err = -ENOENT;

	kick_lock(kick);
	if (kick->current != slot + 1)
		goto unlock;
	err = 0;
	if (is_kicked(kick))
		goto unlock;
	if (tgkill(getpid(), kick->tid, PROXY_KICK_SIGNAL))
		err = -errno;
	else
		kick->sent++;
unlock:
	kick_unlock(kick);
	return err;
}
