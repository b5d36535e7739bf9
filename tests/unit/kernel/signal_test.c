/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/proc/signal.c. */
#include <asm-generic/errno-base.h>
#include <asm-generic/siginfo.h>

#include "kernel/mm/kmalloc.h"
#include "kernel/proc/signal.h"
#include "tests/unit/kernel/host.h"

static struct signals s;
static struct thread_signals t;

static int begin(void **state)
{
	(void)state;
	__builtin_memset(&s, 0, sizeof(s));
	__builtin_memset(&t, 0, sizeof(t));
	signals_init(&s);
	thread_signals_init(&t);
	return 0;
}

/* Every entry is given back. */
static int end(void **state)
{
	(void)state;
	signal_flush(&s, &s.pending, ~0UL);
	signal_flush(&s, &t.pending, ~0UL);
	return s.queued || kmalloc_live_objects() ? -1 : 0;
}

static int post(struct signal_pending *to, int signal, int value)
{
	struct signal_info info = {
		.signal = signal, .code = SI_QUEUE, .value = (uint64_t)value};

	return signal_post(&s, to, &info);
}

static int take(uint64_t set)
{
	struct signal_info info;

	return signal_take(&s, &t, set, &info) ? info.signal : 0;
}

static int set_action(int signal, uint64_t handler, uint64_t *flush)
{
	struct signal_action a = {.handler = handler};
	uint64_t ignored;

	return signal_set_action(&s, signal, &a, NULL,
				 flush ? flush : &ignored);
}

static void a_standard_signal_is_pending_once(void **state)
{
	(void)state;
	assert_int_equal(post(&s.pending, SIGUSR1, 1), 0);
	assert_int_equal(post(&s.pending, SIGUSR1, 2), 0);
	assert_int_equal(s.queued, 1);
	assert_int_equal(take(~0UL), SIGUSR1);
	assert_int_equal(take(~0UL), 0);
}

static void real_time_signals_queue_in_order(void **state)
{
	struct signal_info info;
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_int_equal(post(&s.pending, 40, i), 0);
	post(&s.pending, 39, 100);
	assert_true(signal_take(&s, &t, ~0UL, &info));
	assert_int_equal(info.signal, 39); /* the lower number first */
	for (i = 0; i < 5; i++) {
		assert_int_equal(signals_pending(&s, &t, ~0UL), SIGNAL_BIT(40));
		assert_true(signal_take(&s, &t, ~0UL, &info));
		assert_int_equal(info.value, i);
	}
	assert_int_equal(signals_pending(&s, &t, ~0UL), 0);
}

static void the_queue_has_an_end(void **state)
{
	struct signal_info info = {.signal = 40, .code = SI_USER};
	int i;

	(void)state;
	for (i = 0; i < SIGNAL_QUEUE_MAX; i++)
		assert_int_equal(post(&s.pending, 41, i), 0);
	assert_int_equal(post(&s.pending, 41, i), -EAGAIN);
	/* kill() succeeds, without details; a standard signal as well */
	assert_int_equal(signal_post(&s, &t.pending, &info), 0);
	assert_int_equal(post(&t.pending, SIGUSR2, 0), 0);
	assert_int_equal(take(SIGNAL_BIT(40)), 40);
	assert_int_equal(take(SIGNAL_BIT(SIGUSR2)), SIGUSR2);
	assert_int_equal(take(SIGNAL_BIT(SIGUSR2)), 0);
}

static void order_is_faults_then_number_own_before_shared(void **state)
{
	(void)state;
	post(&s.pending, SIGHUP, 0);
	post(&t.pending, SIGTERM, 0);
	post(&t.pending, SIGUSR1, 0);
	post(&t.pending, SIGSEGV, 0);
	assert_int_equal(take(~SIGNAL_BIT(SIGUSR1)), SIGSEGV);
	assert_int_equal(take(~SIGNAL_BIT(SIGUSR1)), SIGTERM);
	assert_int_equal(take(~SIGNAL_BIT(SIGUSR1)), SIGHUP);
	assert_int_equal(take(~SIGNAL_BIT(SIGUSR1)), 0);
	assert_int_equal(take(~0UL), SIGUSR1);
}

/* The process's queue and actions are the threads' together; the rest is each one's. */
static void threads_share_actions_and_a_queue_and_nothing_else(void **state)
{
	static struct thread_signals other;
	struct signal_info info;

	(void)state;
	thread_signals_init(&other);
	t.blocked = SIGNAL_BIT(SIGUSR1);
	post(&s.pending, SIGUSR1, 1);
	post(&other.pending, SIGUSR2, 2);
	assert_int_equal(signals_pending(&s, &t, ~t.blocked), 0);
	assert_int_equal(take(SIGNAL_BIT(SIGUSR2)), 0);
	assert_true(signal_take(&s, &other, ~other.blocked, &info));
	assert_true(signal_take(&s, &other, ~other.blocked, &info));
	assert_int_equal(signals_pending(&s, &other, ~0UL), 0);
	assert_int_equal(take(~0UL), 0); /* the other has taken it */
	t.altstack = 0x1000;
	t.altstack_bytes = 0x1000;
	assert_false(signal_on_altstack(&other, 0x1800));
	set_action(SIGTERM, 0x1000, NULL);
	assert_false(signal_is_fatal(&s, SIGTERM)); /* for both */
}

static void faults_break_through(void **state)
{
	struct signal_info fault = {.signal = SIGSEGV, .address = 0x42}, info;

	(void)state;
	set_action(SIGSEGV, 0x1000, NULL);
	signal_force(&s, &t, &fault);
	assert_false(signal_is_fatal(&s, SIGSEGV)); /* the handler runs */
	post(&t.pending, SIGSEGV, 7);
	signal_force(&s, &t, &fault); /* goes before one that was sent */
	assert_true(signal_take(&s, &t, ~0UL, &info));
	assert_int_equal(info.address, 0x42);
	t.blocked = SIGNAL_BIT(SIGSEGV);
	signal_force(&s, &t, &fault);
	assert_true(signal_is_fatal(&s, SIGSEGV));
	assert_int_equal(t.blocked, 0);
	set_action(SIGSEGV, (uint64_t)SIG_IGN, NULL);
	signal_force(&s, &t, &fault);
	assert_true(signal_is_fatal(&s, SIGSEGV));
}

/* For each number. */
static void what_ends_a_program_and_what_is_dropped(void **state)
{
	for (int sig = 1; sig <= SIGNAL_COUNT; sig++) {
		bool ends = signal_default_action(sig) != SIGNAL_DROP;
		bool settable = !(SIGNALS_UNBLOCKABLE & SIGNAL_BIT(sig));
		uint64_t flush;

		begin(state);
		assert_int_equal(signal_is_fatal(&s, sig), ends);
		assert_int_equal(signal_is_dropped(&s, sig), !ends);
		assert_int_equal(set_action(sig, 0x1000, &flush),
				 settable ? 0 : -EINVAL);
		assert_int_equal(signal_is_fatal(&s, sig), ends && !settable);
		assert_int_equal(flush, 0);
		if (!settable)
			continue;
		set_action(sig, (uint64_t)SIG_IGN, &flush);
		assert_true(signal_is_dropped(&s, sig));
		assert_false(signal_is_fatal(&s, sig));
		assert_int_equal(flush, SIGNAL_BIT(sig));
	}
}

static void actions_are_checked(void **state)
{
	struct signal_action a = {.handler = 0x1000, .mask = ~0UL}, old;
	uint64_t flush;

	(void)state;
	assert_int_equal(set_action(0, 0x1000, NULL), -EINVAL);
	assert_int_equal(set_action(65, 0x1000, NULL), -EINVAL);
	assert_int_equal(signal_set_action(&s, SIGKILL, NULL, &old, &flush), 0);
	assert_int_equal(signal_set_action(&s, 64, &a, NULL, &flush), 0);
	assert_int_equal(signal_set_action(&s, 64, NULL, &old, &flush), 0);
	assert_int_equal(old.handler, 0x1000);
	assert_int_equal(old.mask, ~SIGNALS_UNBLOCKABLE);
}

static void exec_keeps_what_is_ignored(void **state)
{
	(void)state;
	set_action(SIGUSR1, 0x1000, NULL);
	signal_inherit(&s, SIGNAL_BIT(SIGUSR2) | SIGNAL_BIT(SIGKILL));
	signal_reset_actions(&s);
	assert_true(signal_is_fatal(&s, SIGUSR1));
	assert_true(signal_is_dropped(&s, SIGUSR2));
	assert_true(signal_is_fatal(&s, SIGKILL));
}

static void the_alternate_stack_ends_at_its_lowest_byte(void **state)
{
	(void)state;
	t.altstack = 0x1000;
	t.altstack_bytes = 0x1000;
	assert_false(signal_on_altstack(&t, 0x1000));
	assert_true(signal_on_altstack(&t, 0x1001));
	assert_true(signal_on_altstack(&t, 0x2000));
	assert_false(signal_on_altstack(&t, 0x2001));
}

static void a_handler_takes_the_alternate_stack_if_it_is_not_on_it(void **state)
{
	struct signal_action on = {.flags = SA_ONSTACK}, off = {0};

	(void)state;
	t.altstack = 0x1000;
	t.altstack_bytes = 0x1000;
	assert_int_equal(signal_handler_stack(&t, &on, 0x9000), 0x2000);
	assert_int_equal(signal_handler_stack(&t, &off, 0x9000), 0x9000);
	assert_int_equal(signal_handler_stack(&t, &on, 0x1800), 0x1800);
	t.altstack_bytes = 0;
	assert_int_equal(signal_handler_stack(&t, &on, 0x9000), 0x9000);
}

static void a_frame_stays_on_the_alternate_stack(void **state)
{
	(void)state;
	t.altstack = 0x1000;
	t.altstack_bytes = 0x1000;
	assert_false(signal_overflows_altstack(&t, 0x2000, 0x1001));
	assert_true(signal_overflows_altstack(&t, 0x2000, 0x1000));
	assert_false(signal_overflows_altstack(&t, 0x9000, 0x8000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_standard_signal_is_pending_once, begin, end),
		cmocka_unit_test_setup_teardown(
			real_time_signals_queue_in_order, begin, end),
		cmocka_unit_test_setup_teardown(the_queue_has_an_end, begin,
						end),
		cmocka_unit_test_setup_teardown(
			order_is_faults_then_number_own_before_shared, begin,
			end),
		cmocka_unit_test_setup_teardown(
			threads_share_actions_and_a_queue_and_nothing_else,
			begin, end),
		cmocka_unit_test_setup_teardown(faults_break_through, begin,
						end),
		cmocka_unit_test_setup_teardown(
			what_ends_a_program_and_what_is_dropped, begin, end),
		cmocka_unit_test_setup_teardown(actions_are_checked, begin,
						end),
		cmocka_unit_test_setup_teardown(exec_keeps_what_is_ignored,
						begin, end),
		cmocka_unit_test_setup_teardown(
			the_alternate_stack_ends_at_its_lowest_byte, begin,
			end),
		cmocka_unit_test_setup_teardown(
			a_handler_takes_the_alternate_stack_if_it_is_not_on_it,
			begin, end),
		cmocka_unit_test_setup_teardown(
			a_frame_stays_on_the_alternate_stack, begin, end),
	};

	host_memory_init(16UL << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
