/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/proc/signal.c. */
#include "kernel/proc/signal.h"
#include "tests/unit/kernel/host.h"

static struct signals s;

#define DROPPED_BY_DEFAULT                                                 \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | \
	 SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | \
	 SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))

static int begin(void **state)
{
	(void)state;
	__builtin_memset(&s, 0, sizeof(s));
	return 0;
}

static bool send(int signal)
{
	struct signal_info info = {.signal = signal, .pid = 7};

	return signals_send(&s, &info);
}

static void ignored_and_dropped_signals_do_not_wake(void **state)
{
	struct signal_action ignore = {.handler = (uint64_t)SIG_IGN};

	(void)state;
	assert_false(send(SIGCHLD));
	assert_false(send(SIGSTOP));
	assert_true(send(SIGTERM));
	assert_true(signals_fatal(&s));
	signals_set_action(&s, SIGTERM, &ignore, NULL);
	assert_false(signals_deliverable(&s)); /* what was pending went too */
	assert_false(send(SIGTERM));
}

static void blocked_signals_wait(void **state)
{
	struct signal_info info;

	(void)state;
	signals_set_blocked(&s, ~0UL);
	assert_false(send(SIGUSR1));
	assert_true(send(SIGKILL)); /* cannot be blocked */
	assert_true(signals_take(&s, ~s.blocked, &info));
	assert_int_equal(info.signal, SIGKILL);
	assert_false(signals_take(&s, ~s.blocked, &info));
	signals_set_blocked(&s, 0);
	assert_true(signals_take(&s, ~s.blocked, &info));
	assert_int_equal(info.signal, SIGUSR1);
	assert_int_equal(info.pid, 7);
}

static void order_is_kill_faults_then_number(void **state)
{
	struct signal_info info;

	(void)state;
	send(SIGTERM);
	send(SIGHUP);
	send(SIGSEGV);
	signals_kill(&s);
	signals_take(&s, ~0UL, &info);
	assert_int_equal(info.signal, SIGKILL);
	signals_take(&s, ~0UL, &info);
	assert_int_equal(info.signal, SIGSEGV);
	signals_take(&s, ~0UL, &info);
	assert_int_equal(info.signal, SIGHUP);
	signals_take(&s, ~0UL, &info);
	assert_int_equal(info.signal, SIGTERM);
}

static void faults_break_through(void **state)
{
	struct signal_action ignore = {.handler = (uint64_t)SIG_IGN};
	struct signal_action handler = {.handler = 0x1000};
	struct signal_info fault = {.signal = SIGSEGV, .address = 0x42};

	(void)state;
	signals_set_action(&s, SIGSEGV, &handler, NULL);
	signals_force(&s, &fault);
	assert_false(signals_fatal(&s)); /* the handler runs */
	s.pending = 0;
	signals_set_blocked(&s, SIGNAL_BIT(SIGSEGV));
	signals_force(&s, &fault);
	assert_true(signals_fatal(&s));
	s.pending = 0;
	signals_set_action(&s, SIGSEGV, &ignore, NULL);
	signals_force(&s, &fault);
	assert_true(signals_fatal(&s));
}

/* For each number: only what is pending, not blocked, of the default action, and
 * ends the program by it, is fatal. */
static void only_what_ends_the_program_is_fatal(void **state)
{
	struct signal_action handler = {.handler = 0x1000};
	struct signal_action ignore = {.handler = (uint64_t)SIG_IGN};

	for (int sig = 1; sig <= SIGNAL_COUNT; sig++) {
		bool ends = signal_default_action(sig) == SIGNAL_TERMINATE;
		bool settable = !(SIGNALS_UNBLOCKABLE & SIGNAL_BIT(sig));

		begin(state);
		assert_false(signals_fatal(&s));
		s.pending = SIGNAL_BIT(sig);
		assert_int_equal(signals_fatal(&s), ends);
		s.pending = SIGNAL_BIT(sig) | SIGNAL_BIT(SIGCHLD);
		assert_int_equal(signals_fatal(&s), ends);
		signals_set_blocked(&s, SIGNAL_BIT(sig));
		assert_int_equal(signals_fatal(&s), ends && !settable);
		signals_set_blocked(&s, 0);
		signals_set_action(&s, sig, &handler, NULL);
		assert_int_equal(signals_fatal(&s), ends && !settable);
		s.pending = ~DROPPED_BY_DEFAULT & ~SIGNALS_UNBLOCKABLE;
		assert_true(signals_fatal(&s)); /* others beside it */
		s.pending = settable ? SIGNAL_BIT(sig) : 0;
		signals_set_action(&s, sig, &ignore, NULL);
		assert_false(signals_fatal(&s));
	}
}

static void actions_are_checked(void **state)
{
	struct signal_action a = {.handler = 0x1000, .mask = ~0UL}, old;

	(void)state;
	assert_int_not_equal(signals_set_action(&s, 0, &a, NULL), 0);
	assert_int_not_equal(signals_set_action(&s, 65, &a, NULL), 0);
	assert_int_not_equal(signals_set_action(&s, SIGKILL, &a, NULL), 0);
	assert_int_equal(signals_set_action(&s, SIGKILL, NULL, &old), 0);
	assert_int_equal(signals_set_action(&s, 64, &a, NULL), 0);
	assert_int_equal(signals_set_action(&s, 64, NULL, &old), 0);
	assert_int_equal(old.handler, 0x1000);
	assert_int_equal(old.mask, ~SIGNALS_UNBLOCKABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ignored_and_dropped_signals_do_not_wake,
				       begin),
		cmocka_unit_test_setup(blocked_signals_wait, begin),
		cmocka_unit_test_setup(order_is_kill_faults_then_number, begin),
		cmocka_unit_test_setup(faults_break_through, begin),
		cmocka_unit_test_setup(only_what_ends_the_program_is_fatal,
				       begin),
		cmocka_unit_test_setup(actions_are_checked, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
