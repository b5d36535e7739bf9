/* SPDX-License-Identifier: MIT */
/* Time without system calls. Prints TAP; passes on Linux as well.
 *
 *   clocks self             the vDSO, its functions, its pages
 *   clocks lead FILE        time the peer (below) between two looks at the clocks
 *   clocks follow FILE      that peer: on the other kernel
 *
 * FILE is shared memory of both. As both look at the same clocks in turns, each must
 * find what the other has seen, or later. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define ROUNDS 500
#define SLACK_NS 1000
#define THREADS 3
#define LOOKS 20000

static const struct {
	clockid_t id;
	const char *name;
} clocks[] = {
	{CLOCK_MONOTONIC, "CLOCK_MONOTONIC"},
	{CLOCK_REALTIME, "CLOCK_REALTIME"},
	{CLOCK_BOOTTIME, "CLOCK_BOOTTIME"},
	{CLOCK_TAI, "CLOCK_TAI"},
	{CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW"},
	{CLOCK_MONOTONIC_COARSE, "CLOCK_MONOTONIC_COARSE"},
	{CLOCK_REALTIME_COARSE, "CLOCK_REALTIME_COARSE"},
};
#define CLOCKS (sizeof(clocks) / sizeof(clocks[0]))

static int count;

static void check(bool passed, const char *what, const char *of)
{
	printf("%sok %d - %s%s\n", passed ? "" : "not ", ++count, what, of);
	fflush(stdout);
}

static int64_t ns_of(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t))
		return -1;
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* ---- Two kernels ------------------------------------------------------- */

struct shared {
	_Atomic uint32_t
		turn; /* 0: the leader's, 1: the follower's, 2: the end */
	uint32_t clock;
	int64_t ns;
};

static struct shared *share(const char *path)
{
	int fd = open(path, O_RDWR);
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return at;
}

static uint32_t wait_while(struct shared *s, uint32_t turn)
{
	uint32_t now;

	while ((now = atomic_load(&s->turn)) == turn)
		__builtin_ia32_pause();
	return now;
}

static void compare(struct shared *s, uint32_t i)
{
	int64_t closest = INT64_MAX, early = 0, late = 0;

	s->clock = i;
	for (int round = 0; round < ROUNDS; round++) {
		int64_t before = ns_of(clocks[i].id), after;

		atomic_store(&s->turn, 1);
		wait_while(s, 1);
		after = ns_of(clocks[i].id);
		if (after - before < closest)
			closest = after - before;
		if (before - s->ns > early)
			early = before - s->ns;
		if (s->ns - after > late)
			late = s->ns - after;
	}
	printf("# %ld ns between two looks, %ld too early, %ld too late\n",
	       closest, early, late);
	check(early <= SLACK_NS && late <= SLACK_NS, "both kernels agree on ",
	      clocks[i].name);
}

static void lead(struct shared *s)
{
	atomic_store(&s->turn, 0);
	for (uint32_t i = 0; i < CLOCKS; i++)
		compare(s, i);
	atomic_store(&s->turn, 2);
}

static void follow(struct shared *s)
{
	while (wait_while(s, 0) != 2) {
		s->ns = ns_of(clocks[s->clock].id);
		atomic_store(&s->turn, 0);
	}
}

/* ---- Several CPUs ------------------------------------------------------ */

static _Atomic int64_t latest;
static _Atomic int backward;

/* No thread may see an earlier time than another has seen before. */
static void *look(void *clock)
{
	for (int i = 0; i < LOOKS; i++) {
		int64_t before = atomic_load(&latest);
		int64_t now = ns_of(*(const clockid_t *)clock);

		if (now < before)
			backward++;
		while (now > before &&
		       !atomic_compare_exchange_weak(&latest, &before, now))
			;
	}
	return NULL;
}

static void monotonic(uint32_t i)
{
	pthread_t thread[THREADS];
	clockid_t id = clocks[i].id;

	latest = 0;
	backward = 0;
	for (int t = 0; t < THREADS; t++)
		pthread_create(&thread[t], NULL, look, &id);
	for (int t = 0; t < THREADS; t++)
		pthread_join(thread[t], NULL);
	check(!backward, "no CPU goes back in ", clocks[i].name);
}

/* ---- The vDSO ---------------------------------------------------------- */

static const Elf64_Ehdr *vdso;

static const void *dynamic(int64_t tag)
{
	const Elf64_Phdr *ph =
		(const void *)((const char *)vdso + vdso->e_phoff);
	const Elf64_Dyn *d = NULL;

	for (int i = 0; i < vdso->e_phnum; i++)
		if (ph[i].p_type == PT_DYNAMIC)
			d = (const void *)((const char *)vdso + ph[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == tag)
			return (const char *)vdso + d->d_un.d_ptr;
	return NULL;
}

static void *function(const char *name)
{
	const Elf64_Sym *symbol = dynamic(DT_SYMTAB);
	const char *names = dynamic(DT_STRTAB);
	const uint32_t *hash = dynamic(DT_HASH);

	for (uint32_t i = 0; symbol && names && hash && i < hash[1]; i++)
		if (symbol[i].st_shndx &&
		    !strcmp(names + symbol[i].st_name, name))
			return (char *)vdso + symbol[i].st_value;
	return NULL;
}

static void get_cpu(void)
{
	int (*getcpu_)(unsigned *, unsigned *, void *) =
		function("__vdso_getcpu");
	cpu_set_t all, one;
	bool right = getcpu_;

	sched_getaffinity(0, sizeof(all), &all);
	for (int cpu = 0; cpu < CPU_SETSIZE && right; cpu++) {
		unsigned a[2] = {99, 99}, b[2] = {77, 77};

		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		getcpu_(&a[0], &a[1], NULL);
		syscall(SYS_getcpu, &b[0], &b[1], NULL);
		right &= a[0] == b[0] && a[1] == b[1] && a[0] == (unsigned)cpu;
	}
	sched_setaffinity(0, sizeof(all), &all);
	check(right, "getcpu knows each CPU", "");
}

static void functions(void)
{
	int (*gettime)(clockid_t, struct timespec *) =
		function("__vdso_clock_gettime");
	int (*timeofday)(struct timeval *, void *) =
		function("__vdso_gettimeofday");
	time_t (*seconds)(time_t *) = function("__vdso_time");
	struct timespec t;
	struct timeval tv;
	int64_t before, ns;
	time_t a, b = 0;

	check(gettime && timeofday && seconds, "it has its functions", "");
	if (!gettime || !timeofday || !seconds)
		return;
	before = ns_of(CLOCK_REALTIME);
	check(!timeofday(&tv, NULL), "gettimeofday", "");
	ns = tv.tv_sec * 1000000000L + tv.tv_usec * 1000;
	check(ns >= before - 1000 && ns <= ns_of(CLOCK_REALTIME),
	      "it says the same as clock_gettime", "");
	a = seconds(&b);
	check(a == b && labs(a - before / 1000000000) <= 1, "time", "");
	check(gettime(12345, &t) == -EINVAL && gettime(-1234, &t) == -EINVAL,
	      "an unknown clock is EINVAL", "");
	check(!gettime(CLOCK_PROCESS_CPUTIME_ID, &t) &&
		      !gettime(CLOCK_THREAD_CPUTIME_ID, &t),
	      "clocks of CPU time are asked for", "");
	get_cpu();
}

static void pages(void)
{
	char *at = (char *)vdso - PAGE;
	int zero = open("/dev/zero", O_RDONLY);

	check(mprotect(at, PAGE, PROT_READ | PROT_WRITE) && errno == EACCES,
	      "the page before it does not become writable", "");
	check(read(zero, at, 8) == -1 && errno == EFAULT,
	      "and no call writes to it", "");
	check(read(zero, (char *)vdso, 8) == -1 && errno == EFAULT,
	      "nor to its code", "");
	close(zero);
}

static void self(void)
{
	vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	check(vdso && !memcmp(vdso, ELFMAG, SELFMAG), "there is a vDSO", "");
	if (!vdso)
		return;
	functions();
	pages();
	for (uint32_t i = 0; i < CLOCKS; i++)
		if (clocks[i].id != CLOCK_REALTIME && clocks[i].id != CLOCK_TAI)
			monotonic(i);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "self"))
		self();
	else if (argc == 3 && !strcmp(argv[1], "lead"))
		lead(share(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "follow"))
		follow(share(argv[2]));
	else
		return 2;
	if (count)
		printf("1..%d\n", count);
	return 0;
}
