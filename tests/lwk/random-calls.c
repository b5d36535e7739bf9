/* SPDX-License-Identifier: MIT */
/* Random system calls from many threads, for an LWK: random-calls SEED COUNTER [EXT.nx]...
 *
 * Forks one child after the other; each makes thousands of calls from a few threads, with
 * arguments of the kind that each call wants (kernel/abi/syscall.def says it) and
 * sometimes of another, and is killed where it does not end by itself. The file COUNTER
 * begins with two words that all such programs share: how many calls were made, and
 * whether they are to end. The extensions are loaded, changed, attached and removed by the
 * program's own calls. Whatever becomes of this program, the kernel goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/abi/ioctl.h"
#include "kernel/abi/nimble_ctl.h"

#define PAGE 4096UL
#define SCRATCH_PAGES 64UL
#define ARENA ((char *)0x200000000UL) /* what is mapped and unmapped */
#define ARENA_BYTES (64UL << 20)
/* Far from all else. */
#define COUNTER ((char *)0x300000000UL)
#define PROGRESS ((char *)0x300100000UL)
#define CALLS_OF_THREAD 3000
#define LOOK_MS 200 /* a child that made no call meanwhile is killed */
#define CHILD_LOOKS 25
#define THREADS 4
#define IMAGES 4
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Calls are counted for all, and here, where it is the file's page. */
static struct {
	uint64_t calls, stop;
} alone, *counter = &alone;

/* Calls of the present child; shared with it, where nothing else is. */
static uint64_t *progress;

static char *scratch, *self;
static char **arguments;
static struct image {
	char *bytes;
	size_t size;
} images[IMAGES];
static unsigned int image_count;
static uint32_t last_ext; /* some that was loaded */
static int depth; /* of forks */

/* ---- Chance ----------------------------------------------------------------- */

struct dice {
	uint64_t state;
	unsigned int left; /* calls to make */
};

/* Marsaglia, "Xorshift RNGs" (2003), with Vigna's multiplier. */
static uint64_t roll(struct dice *d)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return d->state * 0x2545f4914f6cdd1dUL;
}

static uint64_t below(struct dice *d, uint64_t n)
{
	return (roll(d) >> 16) % n;
}

static bool one_in(struct dice *d, uint64_t n)
{
	return below(d, n) == 0;
}

#define ONE_OF(d, table) ((table)[below(d, ARRAY_SIZE(table))])

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

static uint64_t number(struct dice *d)
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

static void *in_scratch(struct dice *d)
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

/* Words of one kind at p. */
static void fill(struct dice *d, uint64_t *p, size_t words)
{
	uint64_t kind = below(d, 4);

	for (size_t i = 0; i < words; i++)
		p[i] = kind == 0   ? 0
		       : kind == 1 ? below(d, one_in(d, 3) ? 3 : 5000)
		       : kind == 2 ? (uint64_t)in_scratch(d)
				   : number(d);
}

static void *address(struct dice *d)
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

static void __attribute__((noinline)) cloned(void);

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

/* ---- Extensions ------------------------------------------------------------------ */

/* An image, or one with a few bytes changed. */
static void put_image(struct dice *d, struct nimble_ctl *ctl)
{
	const struct image *image = &images[below(d, image_count)];
	char *copy = scratch + (SCRATCH_PAGES / 2) * PAGE;

	ctl->in = (uint64_t)image->bytes;
	ctl->in_bytes = image->size;
	if (one_in(d, 2) || image->size > (SCRATCH_PAGES / 2 - 1) * PAGE)
		return;
	memcpy(copy, image->bytes, image->size);
	for (uint64_t i = 1 + below(d, 4); i--;)
		copy[below(d, image->size)] = (char)roll(d);
	ctl->in = (uint64_t)copy;
}

static void extension_call(struct dice *d)
{
	struct nimble_ctl *ctl = in_scratch(d);
	uint32_t id = __atomic_load_n(&last_ext, __ATOMIC_RELAXED);

	if (one_in(d, 8)) {
		syscall(LWK_SYS_NIMBLE_CALL, id, address(d));
		return;
	}
	fill(d, (uint64_t *)ctl, sizeof(*ctl) / 8);
	ctl->version = NIMBLE_CTL_VERSION;
	ctl->pad = 0;
	ctl->op = (uint32_t)below(d, NIMBLE_OPS + 1);
	ctl->flags = one_in(d, 4) ? (uint32_t)below(d, 8) : 0;
	ctl->ext_id = one_in(d, 8) ? (uint32_t)number(d) : id;
	ctl->index = one_in(d, 2) ? NIMBLE_ALL : (uint32_t)below(d, 4);
	ctl->in = (uint64_t)address(d);
	ctl->in_bytes = one_in(d, 2) ? 4 : below(d, 64);
	ctl->out = (uint64_t)address(d);
	ctl->out_bytes = below(d, PAGE);
	if (ctl->op == NIMBLE_OP_LOAD && image_count)
		put_image(d, ctl);
	if (syscall(LWK_SYS_NIMBLE_CTL, ctl) == 0 && ctl->op == NIMBLE_OP_LOAD)
		__atomic_store_n(&last_ext, ctl->ext_id, __ATOMIC_RELAXED);
}

/* ---- Threads and processes --------------------------------------------------------- */

static bool is_fork(long nr)
{
	return nr == SYS_fork || nr == SYS_vfork;
}

static void one_call(struct dice *d)
{
	int at = choose(d);
	const char *letters = at < 0 ? "------" : table[at].args;
	long nr = at < 0 ? (long)number(d) : table[at].nr;
	uint64_t a[6];

	if (one_in(d, 25))
		return extension_call(d);
	if (is_fork(nr) && depth > 2)
		return;
	for (int i = 0; i < 6; i++)
		a[i] = argument(d, *letters ? *letters++ : '-');
	tune(d, nr, a);
	if (syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]) == 0 &&
	    is_fork(nr)) {
		depth++;
		d->state ^= (uint64_t)getpid() << 20;
		d->left /= 2;
	}
}

/* A thread that waits for ever must be interrupted, whatever calls were made before. */
static void stay_awake(void)
{
	const struct itimerval often = {{0, 10000}, {0, 10000}};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void make_calls(struct dice *d)
{
	for (unsigned int made = 0; d->left; d->left--, made++) {
		if (made % 16 == 0) {
			__atomic_fetch_add(&counter->calls, 16,
					   __ATOMIC_RELAXED);
			stay_awake();
		}
		__atomic_fetch_add(progress, 1, __ATOMIC_RELAXED);
		one_call(d);
	}
}

static void *thread(void *seed)
{
	struct dice d = {(uint64_t)seed, CALLS_OF_THREAD};

	make_calls(&d);
	return NULL;
}

/* Where a clone begins: it may share the caller's thread-local variables. */
static void __attribute__((noinline)) cloned(void)
{
	static uint64_t serial;
	struct dice d = {
		0x9e3779b97f4a7c15UL *
			(1 + __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED)),
		100};

	make_calls(&d);
	for (;;)
		syscall(SYS_exit, 0);
}

static void prepare(struct dice *d)
{
	int ends[2];

	setpgid(0, 0);
	scratch = mmap(NULL, SCRATCH_PAGES * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(ARENA, ARENA_BYTES / 2, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	if (one_in(d, 2) && pipe(ends) == 0)
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
	open("a", O_RDWR | O_CREAT, 0600);
	mkdir("dir", 0700);
}

static _Noreturn void child(uint64_t seed)
{
	struct dice d = {seed, CALLS_OF_THREAD};
	pthread_t t;

	prepare(&d);
	for (uint64_t i = below(&d, THREADS); i; i--)
		pthread_create(&t, NULL, thread, (void *)(roll(&d) | 1));
	make_calls(&d);
	_exit(0);
}

/* Until it ends, or does nothing for a while, or has lived for long. */
static void watch(const sigset_t *end)
{
	const struct timespec look = {0, LOOK_MS * 1000000L};
	uint64_t before = 0;

	for (int i = 0; i < CHILD_LOOKS; i++) {
		uint64_t now = __atomic_load_n(progress, __ATOMIC_RELAXED);

		if (i && now == before)
			return;
		before = now;
		if (sigtimedwait(end, NULL, &look) > 0)
			return;
	}
}

static void round_of(uint64_t seed)
{
	const struct timespec none = {0, 0}, pause = {0, 100000000};
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sigtimedwait(&set, NULL, &none) > 0)
		; /* of the one before */
	*progress = 0;
	pid = fork();
	if (pid == 0)
		child(seed);
	if (pid < 0) {
		nanosleep(&pause, NULL);
		return;
	}
	watch(&set);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Inherited by all. */
static void survive_signals(void)
{
	const struct sigaction action = {.sa_handler = ignore};

	for (int i = 1; i <= 64; i++)
		if (i != SIGSEGV && i != SIGBUS && i != SIGTERM)
			sigaction(i, &action, NULL);
}

static void load_image(const char *name)
{
	struct image *image = &images[image_count];
	int fd = open(name, O_RDONLY);
	struct stat s;

	if (fd < 0 || fstat(fd, &s))
		return;
	image->size = (size_t)s.st_size;
	image->bytes = malloc(image->size);
	if (read(fd, image->bytes, image->size) == s.st_size)
		image_count++;
	close(fd);
}

int main(int argc, char **argv)
{
	struct dice d;
	void *page;
	int fd;

	if (argc < 3) {
		fprintf(stderr,
			"usage: random-calls SEED COUNTER [EXT.nx]...\n");
		return 2;
	}
	d.state = strtoul(argv[1], NULL, 0) * 0x9e3779b97f4a7c15UL | 1;
	self = argv[0];
	arguments = argv;
	fd = open(argv[2], O_RDWR);
	page = mmap(COUNTER, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, fd, 0);
	if (page != MAP_FAILED)
		counter = page;
	close(fd);
	survive_signals();
	progress = mmap(PROGRESS, PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 3; i < argc && i < 3 + IMAGES; i++)
		load_image(argv[i]);
	while (!__atomic_load_n(&counter->stop, __ATOMIC_RELAXED))
		round_of(roll(&d));
	return 0;
}
