// SPDX-License-Identifier: MIT
/* The proxy's pages (kernel/abi/procpage.h), one thing after the other. */
#include "tests/host/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int control;
static uint32_t instance = LWK_INSTANCE_ANY;
static char why[LWK_WHY_BYTES];
static struct peer p;

#define TAG(n) STUB_TAG((uintptr_t)page(n))

static struct lwk_status now(void)
{
	return status(control, instance);
}

static void test_reading(void)
{
	struct lwk_status before = now(), after;
	int wrong = 0;

	for (unsigned int n = 0; n < STUB_PAGES; n++)
		wrong += page(n)[0] != TAG(n);
	after = now();
	is(wrong, 0, "each page is the right one");
	is(after.populates, before.populates, "none was asked for");
	is(after.proxy_faults - before.proxy_faults, STUB_PAGES,
	   "each inserted once, most around a fault");
}

static void test_skipping(void)
{
	/* Nothing of this process was touched yet. */
	peer_do(&p, STUB_REMAP, 0);
	is(p.report->zaps, 0, "unseen pages change without a zap");
	is(p.report->skipped, 1, "the mark says so");
	is(page(0)[0], TAG(0), "the new page");
	peer_do(&p, STUB_REMAP, 1);
	is(p.report->zaps, 1, "seen ones do not");
	peer_do(&p, STUB_REMAP, 2);
	is(p.report->skipped, 2, "and the zap clears the mark");
}

static void test_changing(void)
{
	uint64_t zaps = now().zaps;

	page(3)[1] = 42;
	is(page(3)[1], 42, "a page can be written");
	peer_do(&p, STUB_REMAP, 3);
	is(page(3)[0], TAG(3), "another frame is seen at once");
	is(page(3)[1], 0, "with its own contents");
	ok(now().zaps > zaps, "by a zap");
	peer_do(&p, STUB_UNMAP, 4);
	is(try_read(page(4)), SIGSEGV, "an unmapped page is not there");
	is(try_write(page(4), 1), SIGSEGV, "nor to be written");
	is(page(5)[0], TAG(5), "its neighbour is");
	is(write(open("/dev/null", O_WRONLY), "", 0), 0, "Linux goes on");
}

static void test_protection(void)
{
	peer_do(&p, STUB_PROTECT, 6);
	is(page(6)[0], TAG(6), "a read-only page can be read");
	is(try_write(page(6), 1), SIGSEGV, "and not written");
	is(page(6)[0], TAG(6), "it did not change");
	peer_do(&p, STUB_UNPROTECT, 6);
	is(try_write(page(6) + 1, 7), 0, "writable again, without a zap");
	is(page(6)[1], 7, "it is written");
	peer_do(&p, STUB_SHARE, 7);
	is(page(7)[0], TAG(7), "a shared page can be read");
	is(try_write(page(7) + 1, 9), 0, "a write breaks the sharing");
	is(page(7)[0], TAG(7), "the copy has its contents");
	is(page(7)[1], 9, "and the write");
	/* The first touch is a write to a read-only page. */
	peer_do(&p, STUB_SHARE, 8);
	is(try_write(page(8) + 1, 9), 0, "a write at once");
	is(page(8)[0], TAG(8), "gives a copy, too");
}

static void test_large(void)
{
	volatile uint64_t *large = (uint64_t *)STUB_LARGE;
	const size_t words = (2UL << 20) / 8;
	uint64_t sum = 0;

	for (size_t i = 0; i < words; i += 512)
		large[i] = i;
	for (size_t i = 0; i < words; i += 512)
		sum += large[i] == i;
	is(sum, words / 512, "a page of 2 MiB");
}

static void test_demand(void)
{
	volatile uint64_t *word = (uint64_t *)(STUB_DEMAND + 5 * 4096);
	uint64_t populates = now().populates;

	is(*word, STUB_TAG(STUB_DEMAND + 5 * 4096), "an absent page is made");
	is(now().populates, populates + 1, "on demand");
	word[1] = 3;
	is(now().populates, populates + 2, "and made writable");
	is(word[1], 3, "it is written");
	is(try_write((uint64_t *)(STUB_DEMAND + 9 * 4096), 1), 0,
	   "absent and written to");
	is(now().populates, populates + 3, "takes one request");
	is(try_read((uint64_t *)STUB_NOTHING), SIGSEGV, "where nothing is");
}

static void test_bad_frames(void)
{
	peer_do(&p, STUB_OUTSIDE, 20);
	is(try_read(page(20)), SIGBUS, "a frame that is Linux's");
	peer_do(&p, STUB_INSIDE, 21);
	is(try_read(page(21)), SIGBUS, "a frame of the image");
	peer_do(&p, STUB_BAD_TABLE, 0);
	is(try_read((uint64_t *)STUB_NOTHING), SIGBUS, "a table of Linux's");
	is(page(22)[0], TAG(22), "the others are there");
	is(now().state, LWK_INSTANCE_RUNNING, "the instance goes on");
}

static void test_from_linux(void)
{
	int pipes[2], mem = open("/proc/self/mem", O_RDWR);
	uint64_t word = 0;

	if (pipe(pipes))
		fatal("pipe");
	peer_do(&p, STUB_REMAP, 30);
	is(write(pipes[1], (void *)page(30), 8), 8, "Linux reads a page");
	is(read(pipes[0], &word, 8), 8, "and passes it on");
	is(word, TAG(30), "rightly");
	is(write(pipes[1], (void *)STUB_NOTHING, 8) < 0 ? errno : 0, EFAULT,
	   "where nothing is");
	peer_do(&p, STUB_PROTECT, 31);
	is(pread(mem, &word, 8, (uintptr_t)page(31)), 8, "/proc/self/mem");
	is(word, TAG(31), "reads");
	is(pwrite(mem, &word, 8, (uintptr_t)page(30) + 8), 8, "and writes");
	is(page(30)[1], TAG(31), "what it should");
	ok(pwrite(mem, &word, 8, (uintptr_t)page(31)) < 0,
	   "but not what is read-only");
	ok(pread(mem, &word, 8, (uintptr_t)STUB_NOTHING) < 0,
	   "nor where nothing is");
	word = 1;
	is(pread(mem, &word, 8, (uintptr_t)page(32) - 4), 8,
	   "across two pages");
	is(word, TAG(32) << 32, "rightly");
	close(mem);
	close(pipes[0]);
	close(pipes[1]);
}

/* ---- Faults that lose their race --------------------------------------- */

#define DELAY_MS 200

struct late {
	pthread_t thread;
	unsigned int n;
	bool writes;
	int signal;
	uint64_t got;
};

static void *touch_late(void *arg)
{
	struct late *l = arg;

	if (l->writes)
		l->signal = try_write(page(l->n) + 1, 5);
	else
		l->signal = try_read(page(l->n));
	if (!l->signal)
		l->got = page(l->n)[0];
	return NULL;
}

/* The fault has looked the page up and not yet inserted it when the command is
 * carried out. */
static struct late race(unsigned int n, bool writes, enum stub_command command)
{
	struct late l = {.n = n, .writes = writes};
	uint64_t zaps = p.report->zaps;

	set_parameter("test_fault_delay_ms", DELAY_MS);
	pthread_create(&l.thread, NULL, touch_late, &l);
	sleep_ms(DELAY_MS / 4);
	peer_do(&p, command, n);
	set_parameter("test_fault_delay_ms", 0);
	is(p.report->zaps, zaps + 1, "the page is seen, so there is a zap");
	pthread_join(l.thread, NULL);
	return l;
}

static void test_lost_races(void)
{
	struct late l;

	/* Each begins with the 2 MiB unmapped, by the zap before it. */
	peer_do(&p, STUB_REMAP, 41);
	l = race(41, false, STUB_REMAP);
	is(l.got, TAG(41), "stale frame: the fault inserts the new one");
	l = race(50, true, STUB_REMAP);
	is(l.got, TAG(50), "stale frame, writing");
	peer_do(&p, STUB_REMAP, 51);
	l = race(51, false, STUB_UNMAP);
	is(l.signal, SIGSEGV, "fault against unmap: the page is gone");
	peer_do(&p, STUB_REMAP, 52);
	l = race(52, true, STUB_PROTECT);
	is(l.signal, SIGSEGV, "a write to a page made read-only meanwhile");
	is(page(52)[1], 0, "did not happen");
	/* An entry that is read-only in the proxy, writable on the LWK. */
	peer_do(&p, STUB_PROTECT, 53);
	(void)page(53)[0];
	peer_do(&p, STUB_UNPROTECT, 53);
	l = race(53, true, STUB_PROTECT);
	is(l.signal, SIGSEGV, "the same where an entry was made writable");
	is(page(53)[1], 0, "did not happen either");
}

static void test_fork(void)
{
	int code;
	pid_t child = fork();

	if (child == 0)
		_exit(try_read(page(33)));
	waitpid(child, &code, 0);
	is(WEXITSTATUS(code), SIGSEGV, "a child has no mapping");
	is(page(33)[0], TAG(33), "the parent has");
}

int main(void)
{
	control = control_open();
	is(reserve(control, &instance, 8, 64, why), 0, "reserve %s", why);
	is(boot(control, instance, STUB_NORMAL, why), 0, "boot %s", why);
	p = peer_new(instance, 0);
	test_skipping();
	peer_end(&p);
	p = peer_new(instance, 0);
	test_reading();
	test_changing();
	test_protection();
	test_large();
	test_demand();
	test_bad_frames();
	test_from_linux();
	test_lost_races();
	test_fork();
	peer_end(&p);
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
	is(release(control, instance, why), 0, "release %s", why);
	return done_testing();
}
