// SPDX-License-Identifier: MIT
/* Forwarding signals; see signals.h. Handlers only make system calls. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "toolchain/proxy/device.h"
#include "toolchain/proxy/failure.h"
#include "toolchain/proxy/kick.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/window.h"

#define SIGNALS 64
#define LIBRARY_SIGNAL 33 /* glibc's own, as the kick's */

/* Bit n - 1: signal n is to be sent again. */
static uint64_t unsent;

static void forward(int signal, const siginfo_t *info)
{
	int err = device_signal(signal, info);

	if (err == -EAGAIN || err == -EINTR)
		__atomic_or_fetch(&unsent, 1ULL << (signal - 1),
				  __ATOMIC_RELAXED);
}

void signals_retry(void)
{
	uint64_t again = __atomic_exchange_n(&unsent, 0, __ATOMIC_RELAXED);

	for (int signal = 1; signal <= SIGNALS; signal++)
		if (again & 1ULL << (signal - 1))
			forward(signal, NULL);
}

/* ---- Handlers ---------------------------------------------------------- */

static void on_signal(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	forward(signal, info);
	errno = saved;
}

/* By the kernel's form, which is all zeros; the library's sigaction() refuses its
 * own signals. */
static void set_default(int signal)
{
	const uint64_t action[4] = {};

	syscall(SYS_rt_sigaction, signal, action, NULL, sizeof(action[3]));
}

static int raise_unblocked(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return kill(getpid(), signal);
}

/* As Stevens, APUE 10.21: stop by the default action, which knows about
 * orphaned process groups. */
static void on_stop(int signal, siginfo_t *info, void *context)
{
	struct sigaction was;
	int saved = errno;

	(void)context;
	forward(signal, info);
	sigaction(signal, NULL, &was);
	set_default(signal);
	raise_unblocked(signal);
	sigaction(signal, &was, NULL);
	errno = saved;
}

/* SIGSEGV and its kind: raised by Linux for the proxy's own instruction, or
 * sent. Of the former, those in proxy_copy() end the copy; in the slot page they
 * mean that the LWK is gone; any other is a bug and happens again, with the
 * default action. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (info->si_code <= 0)
		on_signal(signal, info, context);
	else if ((uintptr_t)reg[REG_RIP] == (uintptr_t)proxy_copy_insn)
		reg[REG_RIP] = (uintptr_t)proxy_copy_end;
	else if (signal == SIGBUS && failure_is_slot_page(info->si_addr))
		failure();
	else
		set_default(signal);
}

/* ---- Dispositions ------------------------------------------------------ */

static int is_fault(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
	       signal == SIGFPE || signal == SIGTRAP || signal == SIGSYS;
}

static int is_left_alone(int signal)
{
	return signal == SIGKILL || signal == SIGSTOP || signal == SIGTTIN ||
	       signal == SIGTTOU || signal == PROXY_KICK_SIGNAL ||
	       signal == LIBRARY_SIGNAL;
}

static void install(int signal)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};
	struct sigaction was;

	sigaction(signal, NULL, &was);
	if (is_fault(signal))
		action.sa_sigaction = on_fault;
	else if (was.sa_handler == SIG_IGN && signal == SIGTSTP)
		return;
	else if (signal == SIGTSTP)
		action.sa_sigaction = on_stop;
	sigfillset(&action.sa_mask);
	sigaction(signal, &action, NULL);
}

/* The program's handler for SIGTTIN or SIGTTOU runs on the LWK before the call is made
 * again, so the call ends here. */
int signals_mirror(uint64_t signal, uint64_t action)
{
	unsigned int how = action & 3;
	struct sigaction a = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | (signal == SIGCHLD ? SA_RESTART : 0),
	};

	if (!LWK_SIGNAL_IS_MIRRORED(signal))
		return -EINVAL;
	sigfillset(&a.sa_mask);
	if (action & LWK_SIGNAL_NO_WAIT)
		a.sa_flags |= SA_NOCLDWAIT;
	if (action & LWK_SIGNAL_NO_STOP)
		a.sa_flags |= SA_NOCLDSTOP;
	if (how == LWK_SIGNAL_IGNORE)
		a.sa_handler = SIG_IGN;
	else if (how == LWK_SIGNAL_DEFAULT && signal == SIGTSTP)
		a.sa_sigaction = on_stop;
	else if (how == LWK_SIGNAL_DEFAULT && signal != SIGCHLD)
		a.sa_handler = SIG_DFL;
	if (a.sa_handler == SIG_IGN || a.sa_handler == SIG_DFL)
		a.sa_flags = 0;
	sigaction((int)signal, &a, NULL);
	return 0;
}

void signals_mirror_all(uint64_t ignored)
{
	for (uint64_t signal = 1; signal <= SIGNALS; signal++)
		if (LWK_SIGNAL_IS_MIRRORED(signal))
			signals_mirror(signal, ignored & 1ULL << (signal - 1)
						       ? LWK_SIGNAL_IGNORE
						       : LWK_SIGNAL_DEFAULT);
}

void signals_inherited(uint64_t *ignored, uint64_t *blocked)
{
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	*ignored = *blocked = 0;
	for (int signal = 1; signal <= SIGNALS; signal++) {
		uint64_t bit = 1ULL << (signal - 1);
		struct sigaction was;

		if (!sigaction(signal, NULL, &was) && was.sa_handler == SIG_IGN)
			*ignored |= bit;
		if (sigismember(&set, signal) == 1)
			*blocked |= bit;
	}
}

void signals_init(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (int signal = 1; signal <= SIGNALS; signal++)
		if (!is_left_alone(signal))
			install(signal);
}

void signals_manager(void)
{
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}

void signals_worker(void)
{
	static const int open[] = {SIGPIPE, SIGXFSZ, SIGTTIN, SIGTTOU};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		sigdelset(&set, open[i]);
	for (int signal = 1; signal <= SIGNALS; signal++)
		if (is_fault(signal))
			sigdelset(&set, signal);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
}

/* ---- The end ----------------------------------------------------------- */

/* Neither a limit of 0 nor an undumpable process alone stops every
 * core_pattern of Linux (fs/coredump.c). A core file of the proxy would not
 * describe the application. */
_Noreturn void signals_die(int signal)
{
	struct rlimit none = {};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	set_default(signal);
	raise_unblocked(signal);
	_exit(128 + signal);
}
