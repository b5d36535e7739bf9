/* SPDX-License-Identifier: MIT */
/* Which calls random-calls makes, and with what: arguments of the kind that each wants
 * (kernel/abi/syscall.def says it), and sometimes of another. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/abi/ioctl.h"
#include "tests/lwk/random-calls.h"

/* ---- The calls ---------------------------------------------------------------- */

enum { LOCALS, DELEGATEDS, ABSENTS, CLASSES };
static struct {
	const uint16_t nr;
	const uint8_t class;
	const char *args;
} table[] = {
#define LOCAL(nr, name, args) {nr, LOCALS, args},
#define DELEGATED(nr, name, restart, args) {nr, DELEGATEDS, args},
#define ABSENT(nr, name, error) {nr, ABSENTS, "------"},
#include "kernel/abi/syscall.def"
#undef LOCAL
#undef DELEGATED
#undef ABSENT
};

/* A call that ends or stops a thread, or takes long, is chosen one time in
 * fifty. */
static bool is_rare(long nr)
{
	static const uint16_t rare[] = {
		SYS_exit,	 SYS_exit_group,    SYS_rt_sigreturn,
		SYS_pause,	 SYS_rt_sigsuspend, SYS_sync,
		SYS_syncfs,	 SYS_execve,	    SYS_execveat,
		SYS_arch_prctl,	 SYS_vfork,	    SYS_fork,
		SYS_clone,	 SYS_clone3,	    SYS_rt_sigtimedwait,
		SYS_wait4,	 SYS_waitid,	    SYS_flock,
		SYS_personality, SYS_brk,	    SYS_setrlimit,
		SYS_prlimit64,	 SYS_close_range,   SYS_set_robust_list};

	for (size_t i = 0; i < ARRAY_SIZE(rare); i++)
		if (rare[i] == nr)
			return true;
	return false;
}

/* An index of the table, or -1 for a number that is none of it. */
static int choose(struct dice *d)
{
	uint64_t r = below(d, 100);
	uint8_t class = r < 85 ? LOCALS : r < 97 ? DELEGATEDS : ABSENTS;
	size_t i;

	if (r == 99)
		return -1;
	do
		i = below(d, ARRAY_SIZE(table));
	while (table[i].class != class ||
	       (is_rare(table[i].nr) && !one_in(d, 50)));
	return (int)i;
}

/* ---- Arguments ----------------------------------------------------------------- */

uint64_t number(struct dice *d)
{
	static const uint64_t odd[] = {0,	  1,	      2,
				       PAGE,	  -1UL,	      INT32_MAX,
				       INT64_MAX, UINT32_MAX, 1UL << 31,
				       1UL << 47, 1UL << 62,  PAGE - 1,
				       2UL << 20, -4095UL,    -PAGE,
				       35};

	switch (below(d, 6)) {
	case 0:
		return ONE_OF(d, odd);
	case 1:
		return below(d, 10000);
	case 2:
		return 1UL << below(d, 64);
	case 3:
		return roll(d) >> below(d, 64);
	default:
		return below(d, 16);
	}
}

void *in_scratch(struct dice *d)
{
	return scratch + 8 * below(d, (SCRATCH_PAGES - 1) * PAGE / 8);
}

static uint64_t in_arena(struct dice *d)
{
	return (uint64_t)ARENA + PAGE * below(d, ARENA_BYTES / PAGE);
}

static uint64_t length(struct dice *d)
{
	return one_in(d, 100) ? number(d)
			      : PAGE * (1 + below(d, 1UL << below(d, 11)));
}

void fill(struct dice *d, uint64_t *p, size_t words)
{
	uint64_t kind = below(d, 4);

	for (size_t i = 0; i < words; i++)
		p[i] = kind == 0   ? 0
		       : kind == 1 ? below(d, one_in(d, 3) ? 3 : 5000)
		       : kind == 2 ? (uint64_t)in_scratch(d)
				   : number(d);
}

void *address(struct dice *d)
{
	static char *const odd[] = {
		NULL,
		(char *)1,
		(char *)0xffffffff80000000UL,
		(char *)0x7fffffffe000UL,
		(char *)0x700000000000UL,
		(char *)0x6ffffffffff8UL,
		ARENA,
	};
	void *p = in_scratch(d);

	if (one_in(d, 16))
		return ONE_OF(d, odd);
	if (one_in(d, 16)) /* where mappings come and go */
		return (char *)in_arena(d) + below(d, PAGE);
	if (one_in(d, 16)) /* across the end of what is mapped */
		return scratch + SCRATCH_PAGES * PAGE - below(d, 128);
	fill(d, p, 16);
	return p;
}

static const char *path(struct dice *d)
{
	static const char *const paths[] = {
		"a",
		"b",
		"c",
		"dir",
		"dir/a",
		"dir/b",
		".",
		"..",
		"",
		"/dev/null",
		"/dev/zero",
		"/dev/shm",
		"/proc/self/exe",
		"/proc/self/maps",
		"/proc/self/fd",
		"/dev/lwk0",
		"/dev/lwk",
		"/no/such",
		"/mq",
	};

	return one_in(d, 12) ? address(d) : ONE_OF(d, paths);
}

static uint64_t descriptor(struct dice *d)
{
	return one_in(d, 20) ? number(d) : below(d, 24);
}

static uint64_t argument(struct dice *d, char letter)
{
	if (one_in(d, 40))
		letter = "-fdpb"[below(d, 5)];
	switch (letter) {
	case 'f':
		return descriptor(d);
	case 'd':
		return one_in(d, 2) ? (uint64_t)AT_FDCWD : descriptor(d);
	case 'p':
		return (uint64_t)path(d);
	case 'i':
	case 'o':
	case 'b':
		return (uint64_t)address(d);
	default:
		return number(d);
	}
}

static uint64_t signal_number(struct dice *d)
{
	uint64_t s = below(d, 66);

	/* Stopping and killing make for short runs. */
	return (s == SIGSTOP || s == SIGKILL || s == SIGTSTP || s == SIGTTIN ||
		s == SIGTTOU) &&
			       !one_in(d, 20)
		       ? SIGUSR1
		       : s;
}

static uint64_t process_id(struct dice *d)
{
	static const int64_t odd[] = {0, -1, 1, 0x7fffffff, 1 << 22};

	if (one_in(d, 50))
		return (uint64_t)getppid();
	return one_in(d, 12) ? (uint64_t)ONE_OF(d, odd) : (uint64_t)getpid();
}

static uint64_t thread_id(struct dice *d)
{
	return one_in(d, 3) ? process_id(d)
			    : (uint64_t)syscall(SYS_gettid) - below(d, 4);
}

/* ---- Calls that want more ------------------------------------------------------ */

static void ignore(int signal)
{
	(void)signal;
}

asm("restorer:\n\tmov $15, %eax\n\tsyscall\n");
void restorer(void);

static void tune_sigaction(struct dice *d, uint64_t a[6])
{
	uint64_t *act = in_scratch(d);

	act[0] = one_in(d, 20)	? number(d)
		 : one_in(d, 8) ? below(d, 2)
				: (uint64_t)ignore;
	act[1] = roll(d) | (one_in(d, 20) ? 0 : 0x04000000);
	act[2] = one_in(d, 20) ? number(d) : (uint64_t)restorer;
	act[3] = one_in(d, 2) ? 0 : roll(d);
	a[0] = signal_number(d);
	a[1] = one_in(d, 10) ? 0 : (uint64_t)act;
	a[3] = one_in(d, 30) ? number(d) : 8;
}

static void tune_map(struct dice *d, long nr, uint64_t a[6])
{
	static const uint64_t flags[] = {
		MAP_PRIVATE | MAP_ANONYMOUS,
		MAP_SHARED | MAP_ANONYMOUS,
		MAP_PRIVATE,
		MAP_SHARED,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		MAP_SHARED | MAP_FIXED,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
	};

	a[0] = one_in(d, 40) ? number(d) : in_arena(d);
	a[1] = length(d);
	if (nr == SYS_mmap) {
		a[2] = below(d, 8);
		a[3] = one_in(d, 20) ? number(d) : ONE_OF(d, flags);
		a[4] = descriptor(d);
		a[5] = one_in(d, 8) ? number(d) : PAGE * below(d, 4);
	} else if (nr == SYS_mremap) {
		a[2] = length(d);
		a[3] = below(d, 8);
		a[4] = in_arena(d);
	} else if (nr == SYS_mprotect) {
		a[2] = below(d, 8);
	} else if (nr == SYS_madvise) {
		a[2] = below(d, 26);
	} else if (nr == SYS_msync) {
		a[2] = below(d, 8);
	}
}

static void tune_futex(struct dice *d, uint64_t a[6])
{
	/* Few words, so that threads meet. */
	a[0] = (uint64_t)scratch + 64 * below(d, 4);
	a[1] = (one_in(d, 8) ? below(d, 16) : 1 + below(d, 5)) |
	       (one_in(d, 2) ? 128 : 0) | (one_in(d, 8) ? 256 : 0);
	a[2] = below(d, 4);
	a[3] = one_in(d, 2) ? below(d, 4) : a[3];
	a[4] = (uint64_t)scratch + 64 * below(d, 4);
	a[5] = one_in(d, 2) ? number(d) : below(d, 4);
}

/* A stack on which the call returns to cloned(). */
static uint64_t new_stack(struct dice *d)
{
	char *stack = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *top;

	if (stack == MAP_FAILED || one_in(d, 30))
		return (uint64_t)address(d);
	top = (uint64_t *)(stack + 16 * PAGE) - 8;
	*top = (uint64_t)cloned;
	return (uint64_t)top;
}

static uint64_t clone_flags(struct dice *d)
{
	static const uint64_t whole = CLONE_VM | CLONE_FS | CLONE_FILES |
				      CLONE_SIGHAND | CLONE_THREAD |
				      CLONE_SYSVSEM;
	uint64_t flags = one_in(d, 4) ? SIGCHLD : whole;

	if (one_in(d, 8))
		flags = number(d);
	if (one_in(d, 3))
		flags |= CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
			 CLONE_CHILD_SETTID;
	if (one_in(d, 3))
		flags ^= 1UL << below(d, 33);
	return flags & ~(uint64_t)CLONE_VFORK;
}

static void tune_clone(struct dice *d, uint64_t a[6])
{
	a[0] = clone_flags(d);
	a[1] = new_stack(d);
	a[2] = (uint64_t)in_scratch(d);
	a[3] = (uint64_t)in_scratch(d);
}

static void tune_clone3(struct dice *d, uint64_t a[6])
{
	uint64_t *args = in_scratch(d), top = new_stack(d);

	memset(args, 0, 88);
	args[0] = clone_flags(d) & ~0xffUL;
	args[2] = args[3] = (uint64_t)in_scratch(d);
	args[4] = one_in(d, 2) ? SIGCHLD : 0;
	args[5] = top - 4096;
	args[6] = 4096;
	a[0] = (uint64_t)args;
	a[1] = one_in(d, 8) ? number(d) : one_in(d, 2) ? 64 : 88;
}

static void tune_execve(struct dice *d, uint64_t a[6])
{
	static char *const environment[] = {NULL};

	if (one_in(d, 2))
		return;
	a[0] = (uint64_t)self;
	a[1] = (uint64_t)arguments;
	a[2] = (uint64_t)environment;
}

static void tune_signal(struct dice *d, long nr, uint64_t a[6])
{
	bool group = nr == SYS_tgkill || nr == SYS_rt_tgsigqueueinfo;

	a[0] = nr == SYS_tkill ? thread_id(d) : process_id(d);
	a[1] = group ? thread_id(d) : signal_number(d);
	if (group)
		a[2] = signal_number(d);
}

static void tune_timer(struct dice *d, long nr, uint64_t a[6])
{
	uint64_t *e = in_scratch(d);

	if (nr != SYS_timer_create) {
		a[0] = below(d, 6);
		a[1] = below(d, 2);
		return;
	}
	a[0] = below(d, 12);
	memset(e, 0, 64);
	e[0] = roll(d);
	e[1] = signal_number(d) | below(d, 5) << 32;
	e[2] = thread_id(d);
	a[1] = one_in(d, 4) ? 0 : (uint64_t)e;
	a[2] = (uint64_t)in_scratch(d);
}

static void tune_ioctl(struct dice *d, uint64_t a[6])
{
	static const uint64_t requests[] = {
		LWK_IOC_VERSION,      LWK_IOC_RESERVE,
		LWK_IOC_RELEASE,      LWK_IOC_BOOT,
		LWK_IOC_SHUTDOWN,     LWK_IOC_STATUS,
		LWK_IOC_TRACE,	      LWK_IOC_PROC_CREATE,
		LWK_IOC_PROC_START,   LWK_IOC_WAIT,
		LWK_IOC_SLOT_DONE,    LWK_IOC_SIGNAL,
		LWK_IOC_EVENT,	      LWK_IOC_LOG,
		LWK_IOC_PS,	      LWK_IOC_PROC_ADOPT,
		LWK_IOC_SPACE,	      LWK_IOC_CLOSE_ON_EXEC,
		LWK_IOC_CREDENTIALS,  LWK_IOC_LEND,
		LWK_IOC_TAKE_BACK,    LWK_IOC_CHANGED,
		LWK_IOC_CPUS,	      LWK_IOC_PARENT,
		LWK_IOC_NIMBLE,	      0x541b /* FIONREAD */,
		0x5421 /* FIONBIO */,
	};
	uint32_t *words = in_scratch(d);

	fill(d, (uint64_t *)words, 40);
	if (!one_in(d, 8)) {
		words[0] = LWK_IOC_ABI;
		words[1] = 0;
	}
	a[1] = one_in(d, 8) ? number(d) : ONE_OF(d, requests);
	a[2] = (uint64_t)words;
}

static void tune(struct dice *d, long nr, uint64_t a[6])
{
	switch (nr) {
	case SYS_rt_sigaction:
		return tune_sigaction(d, a);
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_madvise:
	case SYS_msync:
	case SYS_mincore:
	case SYS_mlock:
	case SYS_mlock2:
	case SYS_munlock:
		return tune_map(d, nr, a);
	case SYS_futex:
		return tune_futex(d, a);
	case SYS_clone:
		return tune_clone(d, a);
	case SYS_clone3:
		return tune_clone3(d, a);
	case SYS_execve:
		return tune_execve(d, a);
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo:
		return tune_signal(d, nr, a);
	case SYS_timer_create:
	case SYS_timer_settime:
	case SYS_timer_gettime:
	case SYS_timer_getoverrun:
	case SYS_timer_delete:
		return tune_timer(d, nr, a);
	case SYS_ioctl:
		return tune_ioctl(d, a);
	case SYS_rt_sigprocmask:
		a[3] = one_in(d, 20) ? number(d) : 8;
		return;
	case SYS_sched_setaffinity:
	case SYS_sched_getaffinity:
		a[0] = one_in(d, 2) ? 0 : thread_id(d);
		a[1] = one_in(d, 8) ? number(d) : 8;
		return;
	case SYS_shmat:
		a[0] = below(d, 8);
		a[1] = one_in(d, 2) ? 0 : in_arena(d);
		return;
	case SYS_shmget:
	case SYS_ftruncate:
	case SYS_fallocate:
		a[1] = one_in(d, 4) ? a[1] : below(d, 1 << 20);
		return;
	case SYS_arch_prctl:
		a[0] = 0x1001 + below(d, 4);
		return;
	}
}

/* ---- All of it -------------------------------------------------------------------- */

int choose_call(struct dice *d, long *nr)
{
	int at = choose(d);

	*nr = at < 0 ? (long)number(d) : table[at].nr;
	return at;
}

void make_arguments(struct dice *d, int index, long nr, uint64_t a[6])
{
	const char *letters = index < 0 ? "------" : table[index].args;

	for (int i = 0; i < 6; i++)
		a[i] = argument(d, *letters ? *letters++ : '-');
	tune(d, nr, a);
}
