/* SPDX-License-Identifier: MIT */
/* Local calls at the edges of what they take. Prints one line for each, the same
 * on Linux and on the LWK. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/lwk/say.h"

#define PAGE 4096UL
#define GIB (1UL << 30)
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RFLAGS_NT (1UL << 14)
#define RFLAGS_AC (1UL << 18)
/* Far above both kernels' user halves. */
#define NOWHERE ((char *)0x800000000000UL)

/* 0 or -1, as the other calls have it. */
static int mapped(void *at)
{
	return at == MAP_FAILED ? -1 : 0;
}

static void low_mappings(void)
{
	char *low = mmap(NULL, PAGE, RW, ANON | MAP_32BIT, -1, 0);
	char *hint = (char *)0x100000000000UL;
	char *p;

	say("MAP_32BIT", mapped(low));
	say("below 2 GiB", (unsigned long)low < 2 * GIB);
	p = mmap(hint, PAGE, RW, ANON | MAP_32BIT, -1, 0);
	say("whatever the hint", (unsigned long)p < 2 * GIB);
	say("3 GiB of it",
	    mapped(mmap(NULL, 3 * GIB, PROT_NONE, ANON | MAP_32BIT, -1, 0)));
	p = mmap(hint, PAGE, RW, ANON, -1, 0);
	say("a hint alone", p == hint);
	say("fixed",
	    mmap(hint, PAGE, RW, ANON | MAP_32BIT | MAP_FIXED, -1, 0) == hint);
}

/* A mapping that fails leaves the earlier mapping in place. */
static void unmappable_files(void)
{
	char *p = mmap(NULL, PAGE, RW, ANON, -1, 0);
	int ends[2], directory = open("/", O_RDONLY);
	int write_only = open("/tmp/edges", O_WRONLY | O_CREAT, 0600);
	int kind[] = {-1, 99, -1, directory, write_only};
	const char *name[] = {"no file", "a closed file", "a pipe",
			      "a directory", "a write-only file"};
	size_t i;

	say("pipe", pipe(ends));
	kind[2] = ends[0];
	*p = 42;
	for (i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		say(name[i], mapped(mmap(p, PAGE, PROT_READ,
					 MAP_PRIVATE | MAP_FIXED, kind[i], 0)));
	say("what was there", *p);
	unlink("/tmp/edges");
}

static void too_much(void)
{
	/* The compiler must not think that it knows the outcome. */
	void *volatile big = malloc(200 * GIB);
	char *sparse;

	say("malloc of too much", big ? 0 : -1);
	say("mmap of too much", mapped(mmap(NULL, 200 * GIB, RW, ANON, -1, 0)));
	say("without access",
	    mapped(mmap(NULL, 200 * GIB, PROT_NONE, ANON, -1, 0)));
	sparse = mmap(NULL, 2000 * GIB, RW, ANON | MAP_NORESERVE, -1, 0);
	say("without promise", mapped(sparse));
	sparse[0] = sparse[1000 * GIB] = sparse[2000 * GIB - 1] = 1;
	say("munmap of it", munmap(sparse, 2000 * GIB));
	say("mmap of nearly everything",
	    mapped(mmap(NULL, 1UL << 62, RW, ANON, -1, 0)));
}

static void ranges(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	munmap(p + 2 * PAGE, PAGE);
	say("advice about a hole", madvise(p, 4 * PAGE, MADV_WILLNEED));
	say("advice beside it", madvise(p, 2 * PAGE, MADV_WILLNEED));
	say("advice about nothing", madvise(p + 2 * PAGE, 0, MADV_NORMAL));
	say("advice, misaligned", madvise(p + 1, PAGE, MADV_NORMAL));
	say("unknown advice", madvise(p, PAGE, 4711));
	say("MADV_DONTNEED of a hole",
	    madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED));
	say("mprotect far above", mprotect(NOWHERE, PAGE, RW));
	say("mprotect far above, misaligned", mprotect(NOWHERE + 1, PAGE, RW));
	say("mprotect of nothing", mprotect(p, 0, RW));
	say("munmap far above", munmap(NOWHERE, PAGE));
	say("munmap of nothing", munmap(p, 0));
	say("munmap of a hole", munmap(p + 2 * PAGE, PAGE));
}

static void set_flags(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= RFLAGS_NT;
}

/* The flags that a handler may change. */
static void flags_of_a_handler(void)
{
	struct sigaction action = {.sa_sigaction = set_flags,
				   .sa_flags = SA_SIGINFO};
	unsigned long flags;

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	asm volatile("pushfq; pop %0" : "=r"(flags));
	say("a handler sets RFLAGS.NT", (flags & RFLAGS_NT) != 0);
}

static void alternate_stack(void)
{
	static char stack[16384];
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)}, old;

	s.ss_flags = SS_ONSTACK;
	say("sigaltstack, SS_ONSTACK", sigaltstack(&s, NULL));
	say("again, and the old one", sigaltstack(&s, &old));
	say("which it was", old.ss_sp == stack && old.ss_flags == 0);
	s.ss_flags = 4711;
	say("sigaltstack, unknown flag", sigaltstack(&s, NULL));
	s.ss_flags = 0;
	s.ss_size = 1;
	say("sigaltstack, too small", sigaltstack(&s, NULL));
	s.ss_flags = SS_DISABLE;
	say("sigaltstack, SS_DISABLE", sigaltstack(&s, NULL));
	say("sigaltstack, bad address", sigaltstack((stack_t *)8, NULL));
}

static char other_stack[16384];

static void set_other_stack(int signal)
{
	stack_t s = {.ss_sp = other_stack, .ss_size = sizeof(other_stack)};

	say("set in a handler", sigaltstack(&s, NULL) + signal);
}

static void stack_after_handler(void)
{
	static char stack[8192];
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)}, after;

	sigaltstack(&s, NULL);
	signal(SIGUSR1, set_other_stack);
	raise(SIGUSR1);
	sigaltstack(NULL, &after);
	say("sigreturn brings the old one back", after.ss_sp == stack);
	s.ss_flags = SS_DISABLE;
	sigaltstack(&s, NULL);
}

/* ---- What handlers of faults are told ---- */

static sigjmp_buf back;

static void tell(int signal, siginfo_t *info, void *context)
{
	(void)context;
	printf("signal %d, code %d\n", signal, info->si_code);
	siglongjmp(back, 1);
}

static void breakpoint(void)
{
	asm volatile("int3");
}

static void overflow(void)
{
	asm volatile("int $4");
}

static void local_selector(void)
{
	asm volatile("mov %0, %%ds" : : "r"(0x1234));
}

/* Each with one exception of the x87 unmasked. */
static void divide_by_zero(void)
{
	unsigned short control = 0x37b;

	asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait"
		     :
		     : "m"(control));
}

static void invalid_x87(void)
{
	unsigned short control = 0x37e;

	asm volatile("fninit; fldcw %0; fldz; fldz; fdivrp; fwait"
		     :
		     : "m"(control));
}

static void inexact_x87(void)
{
	unsigned short control = 0x35f;

	asm volatile("fninit; fldcw %0; fldpi; fld1; fdivp; fwait"
		     :
		     : "m"(control));
}

static void fault_codes(void)
{
	static void (*const faults[])(void) = {
		breakpoint,	overflow,    local_selector,
		divide_by_zero, invalid_x87, inexact_x87,
	};
	struct sigaction action = {.sa_sigaction = tell,
				   .sa_flags = SA_SIGINFO};
	volatile size_t i;

	sigaction(SIGTRAP, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (!sigsetjmp(back, 1))
			faults[i]();
	asm volatile("fninit");
}

static void thread_signals(void)
{
	say("tgkill of another process", syscall(SYS_tgkill, 1, 1, 0));
	say("its thread that is not", syscall(SYS_tgkill, 1, 4000000, 0));
	say("a process that is not", syscall(SYS_tgkill, 4000000, 4000000, 0));
	say("tgkill of itself", syscall(SYS_tgkill, getpid(), gettid(), 0));
	say("a thread that is not", syscall(SYS_tgkill, getpid(), 1, 0));
	say("no signal", syscall(SYS_tgkill, getpid(), gettid(), 65));
}

/* With RFLAGS.AC, which lets the kernel's own accesses pass SMAP. */
static void alignment_flag(void)
{
	unsigned long flags, got;
	volatile char *p;

	asm volatile("pushf; pop %0" : "=r"(flags));
	asm volatile("push %0; popf" : : "r"(flags | RFLAGS_AC) : "cc");
	syscall(SYS_getppid);
	p = mmap(NULL, 64 * PAGE, RW, ANON | MAP_NORESERVE, -1, 0);
	p[40 * PAGE] = 1;
	asm volatile("pushf; pop %0" : "=r"(got));
	asm volatile("push %0; popf" : : "r"(flags) : "cc");
	say("RFLAGS.AC stays", !!(got & RFLAGS_AC));
}

/* A name that must not reach the log as it is, and a call that gets it there. */
static void strange_name(void)
{
	prctl(PR_SET_NAME, "x\n[0.0]\033[2J");
	syscall(SYS_swapoff, NULL);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		strange_name();
		return 0;
	}
	low_mappings();
	unmappable_files();
	too_much();
	ranges();
	flags_of_a_handler();
	alternate_stack();
	stack_after_handler();
	fault_codes();
	thread_signals();
	alignment_flag();
	return 0;
}
