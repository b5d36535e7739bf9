/* SPDX-License-Identifier: MIT */
/* Ends in the way that its argument names; for comparing the LWK with Linux. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_HALF 0xffff800000001000UL

static volatile int zero;

static void read_null(void)
{
	(void)*(volatile int *)(uintptr_t)zero;
}

static void write_null(void)
{
	*(volatile int *)(uintptr_t)zero = 1;
}

static void halt(void)
{
	asm volatile("hlt");
}

static void undefined(void)
{
	asm volatile("ud2");
}

static void divide(void)
{
	asm volatile("idivl %0" : : "r"(zero), "a"(1), "d"(0));
}

static void breakpoint(void)
{
	asm volatile("int3");
}

static void jump_kernel(void)
{
	((void (*)(void))KERNEL_HALF)();
}

static void jump_noncanonical(void)
{
	((void (*)(void))0x8000000000000000UL)();
}

static void read_kernel(void)
{
	(void)*(volatile int *)KERNEL_HALF;
}

static void write_kernel(void)
{
	*(volatile int *)KERNEL_HALF = 1;
}

static void write_text(void)
{
	*(volatile char *)(uintptr_t)write_text = 1;
}

static void execute_data(void)
{
	static char code[] = "\xc3";

	((void (*)(void))(uintptr_t)code)();
}

static void sse_exception(void)
{
	unsigned int mxcsr = 0x1d80; /* division by zero unmasked */
	double one = 1, none = 0;

	asm volatile("ldmxcsr %0; divsd %2, %1"
		     :
		     : "m"(mxcsr), "x"(one), "x"(none));
}

static void debug_trap(void)
{
	asm volatile("pushfq; orl $0x100, (%rsp); popfq; nop");
}

static int recurse(int n)
{
	volatile char room[4096];

	if (zero)
		return 0;
	memset((void *)room, n, sizeof(room));
	return recurse(n + 1) + room[n & 4095];
}

static void overflow_stack(void)
{
	recurse(0);
}

static void segv_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	write_null();
}

static void segv_blocked(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	write_null();
}

static void bad_frame(void)
{
	/* sigreturn without a signal's frame */
	asm volatile("mov $0x10000, %rsp; mov $15, %eax; syscall");
}

static void handler_without_stack(int signal)
{
	(void)signal;
	_exit(3);
}

static void signal_without_stack(void)
{
	signal(SIGSEGV, handler_without_stack);
	asm volatile("mov $16, %rsp; push %rax");
}

static void raise_again(int signal)
{
	static int depth;

	if (++depth == 20)
		_exit(3);
	raise(signal);
}

/* Its frames would go on below its end, over the program's data. */
static void overflow_altstack(void)
{
	char *room = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = room + (1 << 19), .ss_size = 8192};
	struct sigaction action = {.sa_handler = raise_again,
				   .sa_flags = SA_ONSTACK | SA_NODEFER};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void kill_self(void)
{
	kill(getpid(), SIGKILL);
}

static void term_self(void)
{
	raise(SIGTERM);
}

static void realtime_signal(void)
{
	raise(SIGRTMIN + 3);
}

/* Those that the library and the proxy keep for themselves. */
static void signal_32(void)
{
	syscall(SYS_tgkill, getpid(), getpid(), 32);
}

static void signal_33(void)
{
	kill(getpid(), 33);
}

static void exit_300(void)
{
	exit(300);
}

static void exit_42(void)
{
	_exit(42);
}

static void return_from_main(void)
{
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
#define WAY(f)        \
	{             \
#f, f \
	}
	WAY(read_null),
	WAY(write_null),
	WAY(halt),
	WAY(undefined),
	WAY(divide),
	WAY(breakpoint),
	WAY(jump_kernel),
	WAY(jump_noncanonical),
	WAY(read_kernel),
	WAY(write_kernel),
	WAY(write_text),
	WAY(execute_data),
	WAY(sse_exception),
	WAY(debug_trap),
	WAY(overflow_stack),
	WAY(segv_ignored),
	WAY(segv_blocked),
	WAY(bad_frame),
	WAY(signal_without_stack),
	WAY(overflow_altstack),
	WAY(abort),
	WAY(kill_self),
	WAY(term_self),
	WAY(realtime_signal),
	WAY(signal_32),
	WAY(signal_33),
	WAY(exit_300),
	WAY(exit_42),
	WAY(return_from_main),
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (argc < 2)
			puts(ways[i].name);
		else if (!strcmp(argv[1], ways[i].name))
			ways[i].run();
	}
	return 0;
}
