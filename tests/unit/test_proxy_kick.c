// SPDX-License-Identifier: MIT
/* toolchain/proxy/kick.c and window.S: a kick at every instruction of a call,
 * by the processor's single-step trap; and copies from bad addresses. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "kernel/abi/slot.h"
#include "tests/unit/fake_device.h"
#include "toolchain/proxy/kick.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/window.h"

#define TRAP_FLAG 0x100
#define KICK_BIT (1UL << (PROXY_KICK_SIGNAL - 1))

static struct proxy_kick kick;
static unsigned int step, kick_at;
static uintptr_t kicked_rip; /* where the thread was, 0 = nowhere yet */

static int in_call(uintptr_t rip)
{
	return rip >= (uintptr_t)proxy_window &&
	       rip < (uintptr_t)proxy_window_interrupted;
}

/* At the kick_at'th instruction of proxy_window() a kick is sent; it is blocked
 * here, and arrives when this returns. After the call: no more steps. */
static void on_step(int signal, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	if (!in_call(reg[REG_RIP]))
		return;
	if (step++ != kick_at)
		return;
	kicked_rip = reg[REG_RIP];
	tgkill(getpid(), gettid(), PROXY_KICK_SIGNAL);
	reg[REG_EFL] &= ~TRAP_FLAG;
}

static void set_trap_flag(int on)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags));
	flags = on ? flags | TRAP_FLAG : flags & ~(unsigned long)TRAP_FLAG;
	__asm__ volatile("push %0; popf" : : "r"(flags) : "cc", "memory");
}

static int64_t stepped_call(const struct proxy_call *call, unsigned int at)
{
	int64_t ret;

	step = 0;
	kick_at = at;
	kicked_rip = 0;
	kick.kicked = 0;
	set_trap_flag(1);
	ret = proxy_window(call, &kick.kicked);
	set_trap_flag(0);
	return ret;
}

static int count_bytes(int fd)
{
	char buffer[16];
	ssize_t n = read(fd, buffer, sizeof(buffer));

	return n < 0 ? 0 : (int)n;
}

/* Up to and with `syscall` the call is not made; behind it, it is. Whether the
 * processor stops at the instruction right behind it depends on the way that Linux
 * takes back to user mode. */
static void test_kick_at_every_instruction(void **state)
{
	unsigned int points, before = 0;
	int end[2];
	struct proxy_call call = {
		.nr = SYS_write,
		.arg = {0, (uintptr_t) "x", 1},
	};
	int64_t ret;

	(void)state;
	assert_int_equal(pipe2(end, O_NONBLOCK), 0);
	call.arg[0] = end[1];
	for (points = 0; ret = stepped_call(&call, points), kicked_rip;
	     points++) {
		int made = kicked_rip > (uintptr_t)proxy_window_syscall;

		assert_int_equal(ret, made ? 1 : -LWK_INTERRUPTED);
		assert_int_equal(count_bytes(end[0]), made);
		before += !made;
	}
	/* At least nine moves, the test, the jump, `syscall`. */
	assert_true(before >= 12);
	assert_int_equal(ret, 1);
	assert_int_equal(count_bytes(end[0]), 1);
	close(end[0]);
	close(end[1]);
}

static void test_no_kick(void **state)
{
	struct proxy_call call = {.nr = SYS_getpid};

	(void)state;
	kick.kicked = 0;
	assert_int_equal(proxy_window(&call, &kick.kicked), getpid());
	kick.kicked = 1;
	assert_int_equal(proxy_window(&call, &kick.kicked), -LWK_INTERRUPTED);
}

/* From kill(), the same signal means nothing. */
static void test_foreign_signal(void **state)
{
	uint32_t seen = kick.seen;

	(void)state;
	kick.kicked = 0;
	assert_int_equal(kill(getpid(), PROXY_KICK_SIGNAL), 0);
	assert_int_equal(kick.kicked, 0);
	assert_int_equal(kick.seen, seen);
}

static void test_send(void **state)
{
	(void)state;
	kick.current = 0;
	assert_int_equal(kick_send(&kick, 0), -ENOENT);
	kick.current = 1;
	kick.seen = kick.sent = 0;
	assert_int_equal(kick_send(&kick, 1), -ENOENT);
	assert_int_equal(kick_send(&kick, 0), 0);
	kick_end(&kick);
	assert_int_equal(kick.seen, 1);
	assert_int_equal(kick_send(&kick, 0), -ENOENT);
}

static void *see_late(void *arg)
{
	(void)arg;
	usleep(20000);
	__atomic_add_fetch(&kick.seen, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* A call is not left before a kick that was sent for it has come. */
static void test_end_waits(void **state)
{
	pthread_t thread;

	(void)state;
	kick.current = 1;
	kick.seen = 0;
	kick.sent = 1;
	pthread_create(&thread, NULL, see_late, NULL);
	kick_end(&kick);
	assert_int_equal(kick.seen, 1);
	assert_int_equal(kick.current, 0);
	pthread_join(thread, NULL);
}

static void test_copy(void **state)
{
	char *page = fake_memory(4096), buffer[64] = "";

	(void)state;
	signals_init(); /* cmocka has handlers of its own */
	signals_manager();
	memset(page, 'a', 4096);
	assert_int_equal(proxy_copy(buffer, page, 16), 0);
	assert_memory_equal(buffer, "aaaaaaaaaaaaaaaa", 17);
	/* Behind the page there is none. */
	assert_int_equal(proxy_copy(buffer, page + 4096 - 10, 16), 6);
	assert_int_equal(proxy_copy(page + 4096 - 10, buffer, 16), 6);
	assert_int_equal(proxy_copy(buffer, NULL, 16), 16);
	assert_int_equal(proxy_copy(buffer, (void *)(1ULL << 63), 16), 16);
	assert_int_equal(proxy_copy(NULL, buffer, 0), 0);
	mprotect(page, 4096, PROT_READ);
	assert_int_equal(proxy_copy(page, buffer, 16), 16);
}

static int start(void **state)
{
	struct sigaction action = {
		.sa_sigaction = on_step,
		.sa_flags = SA_SIGINFO,
	};

	(void)state;
	signals_init();
	signals_manager();
	kick_init();
	kick_attach(&kick);
	/* The library's sets leave this signal out. */
	*(unsigned long *)&action.sa_mask |= KICK_BIT;
	return sigaction(SIGTRAP, &action, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kick_at_every_instruction),
		cmocka_unit_test(test_no_kick),
		cmocka_unit_test(test_foreign_signal),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_end_waits),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
