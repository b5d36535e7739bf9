/* SPDX-License-Identifier: MIT */
/* A static program that checks what the LWK itself serves: memory, signals, time,
 * identity; and the C library's stdio and malloc on top. The same program passes
 * on Linux, which is the reference. Prints TAP. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define MIB (1UL << 20)

static int count;

/* Addresses that no buffer has; volatile, as compilers know better. */
static void *volatile unmapped = (void *)16;
static void *volatile proxy_half = (void *)0x7fffffff0000;
static void *volatile kernel_half = (void *)-PAGE;

static void check(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++count, name);
	fflush(stdout);
}

static sigjmp_buf jump;
static volatile sig_atomic_t got_signal;
static volatile siginfo_t got_info;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = sig;
	got_info = *info;
	siglongjmp(jump, 1);
}

static void on_signal(int sig)
{
	got_signal = sig;
}

static void catch (int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction sa = {.sa_sigaction = handler,
			       .sa_flags = SA_SIGINFO | SA_NODEFER};

	sigaction(sig, &sa, NULL);
}

/* Touches a byte; 0, or the signal that came. */
static int touch(volatile char *p, bool write)
{
	got_signal = 0;
	if (!sigsetjmp(jump, 1)) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return got_signal;
}

static void memory(void)
{
	char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *q, *brk0 = sbrk(0);
	bool zero = true;
	size_t i;

	catch (SIGSEGV, on_fault);
	for (i = 0; i < 16 * PAGE; i++)
		zero &= !p[i];
	check(p != MAP_FAILED && zero, "anonymous memory is zero");
	check(!mprotect(p + PAGE, PAGE, PROT_READ), "mprotect to read-only");
	check(touch(p + PAGE, true) == SIGSEGV &&
		      got_info.si_addr == p + PAGE &&
		      got_info.si_code == SEGV_ACCERR,
	      "a write to it is SEGV_ACCERR at its address");
	check(!touch(p + PAGE, false), "a read is allowed");
	check(!mprotect(p + PAGE, PAGE, PROT_NONE) &&
		      touch(p + PAGE, false) == SIGSEGV,
	      "PROT_NONE");
	check(!munmap(p + 2 * PAGE, PAGE) &&
		      touch(p + 2 * PAGE, false) == SIGSEGV &&
		      got_info.si_code == SEGV_MAPERR,
	      "what is unmapped is SEGV_MAPERR");
	check(mprotect(p, 4 * PAGE, PROT_READ) == -1 && errno == ENOMEM,
	      "mprotect over a hole is ENOMEM");
	check(mmap(p, PAGE, PROT_READ,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		   0) == MAP_FAILED &&
		      errno == EEXIST,
	      "MAP_FIXED_NOREPLACE is EEXIST");
	check(munmap(p + 1, PAGE) == -1 && errno == EINVAL,
	      "munmap of an odd address is EINVAL");
	check(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			      MAP_FAILED &&
		      errno == EINVAL,
	      "mmap of nothing is EINVAL");
	check(mmap(NULL, 1UL << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0) == MAP_FAILED &&
		      errno == ENOMEM,
	      "mmap of too much is ENOMEM");
	munmap(p, 16 * PAGE);

	q = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(q, 0x5a, 8 * MIB);
	munmap(q + 3 * MIB, PAGE);
	check(q[3 * MIB - 1] == 0x5a && q[3 * MIB + PAGE] == 0x5a,
	      "a hole in large pages leaves its neighbours");
	check(!madvise(q, PAGE, MADV_DONTNEED) && !q[0] && q[PAGE] == 0x5a,
	      "MADV_DONTNEED gives zeroes");
	munmap(q, 8 * MIB);

	check(sbrk(3 * PAGE) == brk0 && !touch(brk0 + 2 * PAGE, true),
	      "the heap grows");
	check(!brk(brk0) && sbrk(0) == brk0, "and shrinks");
	signal(SIGSEGV, SIG_DFL);
}

static void heap(void)
{
	enum { N = 2000 };
	static unsigned char *block[N];
	bool intact = true;
	size_t i, j;

	for (i = 0; i < N; i++) {
		size_t n = 1 + i * 37 % 9000;

		block[i] = malloc(n);
		memset(block[i], (int)i, n);
	}
	for (i = 0; i < N; i += 2) {
		free(block[i]);
		block[i] = NULL;
	}
	for (i = 1; i < N; i += 2) {
		size_t n = 1 + i * 37 % 9000;

		block[i] = realloc(block[i], 2 * n);
		for (j = 0; j < n; j++)
			intact &= block[i][j] == (unsigned char)i;
		free(block[i]);
	}
	check(intact, "malloc, realloc and free keep their contents");
}

static void files(void)
{
	char name[] = "/tmp/local-calls.XXXXXX", line[64];
	int fd = mkstemp(name), i;
	bool same = true;
	char *map;
	FILE *f;

	f = fdopen(fd, "w+");
	for (i = 0; i < 5000; i++)
		fprintf(f, "line %d\n", i);
	rewind(f);
	for (i = 0; i < 5000; i++) {
		char want[64];

		snprintf(want, sizeof(want), "line %d\n", i);
		same &= fgets(line, sizeof(line), f) && !strcmp(line, want);
	}
	check(same && !fgets(line, sizeof(line), f), "stdio writes and reads");
	map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	check(map != MAP_FAILED && !memcmp(map, "line 0\nline 1\n", 14),
	      "a private mapping of a file shows it");
	check(map != MAP_FAILED && !munmap(map, PAGE), "and is unmapped");
	check(pread(fd, unmapped, 10, 0) == -1 && errno == EFAULT,
	      "read to an address that is not mapped is EFAULT");
	check(pread(fd, proxy_half, 10, 0) == -1 && errno == EFAULT,
	      "read to the proxy's own half is EFAULT");
	check(pread(fd, kernel_half, 10, 0) == -1 && errno == EFAULT,
	      "read to the kernel's half is EFAULT");
	fclose(f);
	check(!unlink(name) && open(name, O_RDONLY) == -1 && errno == ENOENT,
	      "unlink");
}

/* What a delegated call sees of the LWK's permissions. */
static void delegated_permissions(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int zero = open("/dev/zero", O_RDONLY);
	int null = open("/dev/null", O_WRONLY);

	memset(p, 7, 4 * PAGE);
	check(read(zero, p, 2 * PAGE) == (ssize_t)(2 * PAGE) && !p[0] &&
		      p[2 * PAGE] == 7,
	      "read fills the buffer and no more");
	mprotect(p, PAGE, PROT_READ);
	check(read(zero, p, PAGE) == -1 && errno == EFAULT,
	      "read into what was made read-only is EFAULT");
	check(write(null, p, PAGE) == (ssize_t)PAGE, "write from it works");
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	check(read(zero, p, PAGE) == (ssize_t)PAGE,
	      "read works once it is writable again");
	munmap(p + PAGE, PAGE);
	check(read(zero, p + PAGE, PAGE) == -1 && errno == EFAULT,
	      "read into what was unmapped is EFAULT");
	munmap(p, 4 * PAGE);
	close(zero);
	close(null);
}

static void signals(void)
{
	static char stack[65536];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)}, old;
	struct sigaction sa = {.sa_handler = on_signal,
			       .sa_flags = SA_ONSTACK | SA_RESTART};
	struct timespec soon = {0, 20000000};
	sigset_t set, pending;
	siginfo_t info;

	check(!sigaltstack(&ss, NULL), "sigaltstack");
	sigaction(SIGUSR1, &sa, NULL);
	got_signal = 0;
	raise(SIGUSR1);
	check(got_signal == SIGUSR1, "a handler runs");
	check(!sigaltstack(NULL, &old) && old.ss_sp == stack &&
		      old.ss_flags == 0,
	      "the alternate stack is left again");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	got_signal = 0;
	raise(SIGUSR1);
	sigpending(&pending);
	check(!got_signal && sigismember(&pending, SIGUSR1),
	      "a blocked signal is pending");
	check(sigtimedwait(&set, &info, &soon) == SIGUSR1 &&
		      info.si_signo == SIGUSR1 && info.si_pid == getpid(),
	      "sigtimedwait takes it");
	check(sigtimedwait(&set, &info, &soon) == -1 && errno == EAGAIN,
	      "and times out then");
	raise(SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	check(got_signal == SIGUSR1, "unblocking delivers");

	got_signal = 0;
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	sigemptyset(&pending);
	check(sigsuspend(&pending) == -1 && errno == EINTR &&
		      got_signal == SIGUSR1,
	      "sigsuspend returns after the handler");
	sigprocmask(SIG_BLOCK, NULL, &pending);
	check(sigismember(&pending, SIGUSR1), "with the old mask");
	sigprocmask(SIG_UNBLOCK, &set, NULL);

	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	got_signal = 0;
	sigemptyset(&pending);
	check(ppoll(NULL, 0, NULL, &pending) == -1 && errno == EINTR &&
		      got_signal == SIGUSR1,
	      "ppoll with a mask is interrupted by what that unblocks");
	got_signal = 0;
	raise(SIGUSR1);
	sigfillset(&pending);
	check(ppoll(NULL, 0, &soon, &pending) == 0 && !got_signal,
	      "and not by what it blocks");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	check(got_signal == SIGUSR1, "which comes when it is unblocked");

	signal(SIGCHLD, SIG_DFL);
	check(!raise(SIGCHLD), "SIGCHLD is ignored by default");
	check(sigaction(SIGKILL, &sa, NULL) == -1 && errno == EINVAL,
	      "SIGKILL cannot be caught");
}

/* Vector registers survive a signal handler that uses them. */
static void clobber(int sig)
{
	(void)sig;
	asm volatile("pxor %%xmm7, %%xmm7; vpxor %%ymm8, %%ymm8, %%ymm8"
		     :
		     :
		     : "xmm7", "xmm8");
	got_signal = sig;
}

static void vector_registers(void)
{
	uint64_t in[4] = {1, 2, 3, 4}, out[4];

	signal(SIGUSR2, clobber);
	asm volatile(
		"movdqu %2, %%xmm7\n\t"
		"vmovdqu %2, %%ymm8\n\t"
		"mov %3, %%eax; mov %4, %%edi; mov %5, %%esi; syscall\n\t"
		"vmovdqu %%ymm8, %0\n\t"
		: "=m"(out)
		: "m"(out), "m"(in), "i"(SYS_kill), "r"(getpid()), "i"(SIGUSR2)
		: "rax", "rdi", "rsi", "rcx", "r11", "xmm7", "xmm8", "memory");
	check(got_signal == SIGUSR2 && !memcmp(in, out, sizeof(in)),
	      "vector registers survive a handler");
}

static void clocks(void)
{
	struct timespec a, b, ms = {0, 30000000};
	int64_t ns;
	struct tms tms;

	check(!clock_gettime(CLOCK_MONOTONIC, &a) &&
		      !clock_nanosleep(CLOCK_MONOTONIC, 0, &ms, NULL) &&
		      !clock_gettime(CLOCK_MONOTONIC, &b),
	      "clock_gettime and clock_nanosleep");
	ns = (b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec;
	check(ns >= 30000000, "a sleep is at least as long as asked");
	check(ns < 3000000000L, "and not much longer");
	clock_gettime(CLOCK_REALTIME, &a);
	check(a.tv_sec > 1600000000, "the date is of this century");
	check(labs(time(NULL) - a.tv_sec) <= 1, "time() agrees");
	check(clock_gettime(12345, &a) == -1 && errno == EINVAL,
	      "an unknown clock is EINVAL");
	ms.tv_nsec = 1000000000;
	check(nanosleep(&ms, NULL) == -1 && errno == EINVAL,
	      "a second of nanoseconds is EINVAL");
	check(times(&tms) != (clock_t)-1, "times");
}

/* A mapping of a few bytes shows the rest of the page, too. */
static void map_short(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char start[64];
	char *map = mmap(NULL, 8, PROT_READ, MAP_PRIVATE, fd, 0);

	check(map != MAP_FAILED && pread(fd, start, 64, 0) == 64 &&
		      !memcmp(map, start, 64),
	      "a short mapping of a file holds the whole page");
	close(fd);
}

static void thread_name(void)
{
	char name[16], zero[15] = "";

	memset(name, 'x', sizeof(name));
	check(!prctl(PR_SET_NAME, "n") && !prctl(PR_GET_NAME, name) &&
		      name[0] == 'n' && !memcmp(name + 1, zero, sizeof(zero)),
	      "a short name is filled up with zeros");
	prctl(PR_SET_NAME, "local-calls");
}

static void identity(void)
{
	char exe[256], link[64];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	struct rlimit r;
	unsigned long fs;
	cpu_set_t set;

	exe[n < 0 ? 0 : n] = 0;
	check(n > 0 && strstr(exe, "local-calls"),
	      "/proc/self/exe names the program");
	snprintf(link, sizeof(link), "/proc/%d/exe", getpid());
	n = readlink(link, exe, sizeof(exe) - 1);
	exe[n < 0 ? 0 : n] = 0;
	check(n > 0 && strstr(exe, "local-calls"), "/proc/PID/exe too");
	check(getpid() == gettid(), "the first thread has the process's id");
	check(!getrlimit(RLIMIT_STACK, &r) && r.rlim_cur >= MIB,
	      "RLIMIT_STACK");
	check(!sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 0,
	      "sched_getaffinity");
	check(!syscall(SYS_arch_prctl, ARCH_GET_FS, &fs) && fs,
	      "arch_prctl gives the TLS base");
	check(!sched_yield(), "sched_yield");
	check(waitpid(-1, NULL, 0) == -1 && errno == ECHILD,
	      "there are no children");
	check(syscall(9999) == -1 && errno == ENOSYS,
	      "an unknown call is ENOSYS");
}

int main(int argc, char **argv)
{
	check(argc == 3 && !strcmp(argv[1], "one") && !strcmp(argv[2], "t w o"),
	      "arguments arrive");
	check(getenv("MARGAY_TEST") && !strcmp(getenv("MARGAY_TEST"), "a=b"),
	      "the environment arrives");
	memory();
	heap();
	files();
	delegated_permissions();
	signals();
	vector_registers();
	clocks();
	map_short();
	thread_name();
	identity();
	printf("1..%d\n", count);
	return 0;
}
