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

#include "kernel/abi/nimble_ctl.h"
#include "tests/lwk/random-calls.h"

/* Far from all else. */
#define COUNTER ((char *)0x300000000UL)
#define PROGRESS ((char *)0x300100000UL)
#define CALLS_OF_THREAD 3000
#define LOOK_MS 200 /* a child that made no call meanwhile is killed */
#define CHILD_LOOKS 25
#define THREADS 4
#define IMAGES 4

/* Calls are counted for all, and here, where it is the file's page. */
static struct {
	uint64_t calls, stop;
} alone, *counter = &alone;

/* Calls of the present child; shared with it, where nothing else is. */
static uint64_t *progress;

char *scratch, *self, **arguments;

static struct image {
	char *bytes;
	size_t size;
} images[IMAGES];
static unsigned int image_count;
static uint32_t last_ext; /* some that was loaded */
static int depth; /* of forks */

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
	uint64_t a[6];
	long nr;
	int at = choose_call(d, &nr);

	if (one_in(d, 25))
		return extension_call(d);
	if (is_fork(nr) && depth > 2)
		return;
	make_arguments(d, at, nr, a);
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
void __attribute__((noinline)) cloned(void)
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

static void ignore(int signal)
{
	(void)signal;
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
