/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/proc/wait.c: the loop in which threads sleep. The scheduler is played here: while
 * the thread sleeps, another CPU does what the test says. */
#include <asm-generic/errno-base.h>
#include <asm-generic/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"
#include "tests/unit/kernel/host.h"

static struct cpu cpu;
static struct process process;
static struct lwk_proc_page page;
static struct aspace aspace;
static struct thread thread;

static bool is_true; /* what is waited for */
static int looks; /* at it */
static int true_at_look; /* from then on it is; 0: not by itself */
static bool prepared, timer_is_on;
static int sleeps, polls;
static void (*meanwhile)(void); /* while it sleeps */

void thread_prepare_to_block(void)
{
	assert_false(prepared);
	prepared = true;
}

void thread_stay(void)
{
	assert_true(prepared);
	prepared = false;
}

/* Comes back when another CPU has woken the thread. */
void schedule(void)
{
	assert_true(prepared);
	prepared = false;
	sleeps++;
	assert_true(sleeps < 10);
	meanwhile();
}

void kernel_poll(void)
{
	polls++;
	cpu_take_work(&cpu, CPU_WORK_POLLED);
}

bool signals_deliverable(void)
{
	return true;
}

uint64_t deadline_tsc(struct deadline *d)
{
	return d->tsc;
}

void timer_start(struct timer *t, uint64_t deadline)
{
	(void)t;
	(void)deadline;
	timer_is_on = true;
}

void timer_cancel(struct timer *t)
{
	(void)t;
	timer_is_on = false;
}

static bool done(void *arg)
{
	assert_ptr_equal(arg, &is_true);
	looks++;
	return is_true || looks == true_at_look;
}

static int wait(struct deadline *deadline, uint32_t flags)
{
	int result = wait_until(done, &is_true, deadline, flags);

	assert_false(prepared);
	assert_false(timer_is_on);
	return result;
}

static int begin(void **state)
{
	(void)state;
	host_cpu = &cpu;
	cpu = (struct cpu){.current = &thread};
	thread = (struct thread){.proc = &process};
	process = (struct process){.page = &page, .aspace = &aspace};
	page = (struct lwk_proc_page){.state = LWK_PROC_RUNNABLE};
	is_true = prepared = timer_is_on = false;
	looks = true_at_look = sleeps = polls = 0;
	meanwhile = NULL;
	process.thread_count = 1;
	return 0;
}

static void make_true(void)
{
	assert_int_equal(page.state, LWK_PROC_SLEEPING);
	is_true = true;
}

static void wake_for_nothing_then_make_true(void)
{
	if (sleeps == 3)
		is_true = true;
}

static void send_message(void)
{
	if (polls)
		is_true = true;
	else
		cpu_raise(&cpu, CPU_WORK_POLL);
}

static void send_signal(void)
{
	thread_set_work(&thread, THREAD_WORK_SIGNAL);
}

static void kill_thread(void)
{
	thread_set_work(&thread, THREAD_WORK_DIE);
}

static void kill_or_make_true(void)
{
	kill_thread();
	is_true = sleeps == 2;
}

static struct deadline soon;

static void let_the_time_come(void)
{
	assert_true(timer_is_on);
	while (arch_cycles() < soon.tsc)
		arch_pause();
}

static void what_is_true_is_not_waited_for(void **state)
{
	(void)state;
	is_true = true;
	send_signal();
	assert_int_equal(wait(WAIT_FOREVER, WAIT_SIGNALS), 0);
	assert_int_equal(sleeps, 0);
}

static void another_cpu_ends_the_wait(void **state)
{
	(void)state;
	meanwhile = make_true;
	assert_int_equal(wait(WAIT_FOREVER, 0), 0);
	assert_int_equal(sleeps, 1);
	assert_int_equal(page.state, LWK_PROC_RUNNABLE);
}

static void a_wake_without_a_reason_goes_on_waiting(void **state)
{
	(void)state;
	meanwhile = wake_for_nothing_then_make_true;
	assert_int_equal(wait(WAIT_FOREVER, 0), 0);
	assert_int_equal(sleeps, 3);
}

/* Between the first look and the preparation another CPU makes it true, and finds nobody
 * to wake. */
static void a_wake_before_the_sleep_is_not_lost(void **state)
{
	(void)state;
	true_at_look = 2;
	assert_int_equal(wait(WAIT_FOREVER, 0), 0);
	assert_int_equal(looks, 2);
	assert_int_equal(sleeps, 0);
}

static void messages_are_handled_meanwhile(void **state)
{
	(void)state;
	meanwhile = send_message;
	assert_int_equal(wait(WAIT_FOREVER, 0), 0);
	assert_int_equal(polls, 1);
	assert_int_equal(sleeps, 2);
}

static void signals_and_the_end_interrupt_as_the_flags_say(void **state)
{
	meanwhile = send_signal;
	assert_int_equal(wait(WAIT_FOREVER, WAIT_SIGNALS), -EINTR);
	begin(state);
	meanwhile = kill_thread;
	assert_int_equal(wait(WAIT_FOREVER, WAIT_KILLED), -EINTR);
	begin(state);
	meanwhile = kill_or_make_true; /* the end of the thread is no reason */
	assert_int_equal(wait(WAIT_FOREVER, WAIT_ENDING), 0);
	assert_int_equal(sleeps, 2);
	begin(state);
	thread_set_work(&thread, THREAD_WORK_ABANDON);
	assert_int_equal(wait(WAIT_FOREVER, WAIT_ENDING), -EINTR);
}

static void a_deadline_ends_it(void **state)
{
	struct deadline past = {.tsc = 1};

	(void)state;
	assert_int_equal(wait(&past, 0), -ETIMEDOUT);
	assert_int_equal(sleeps, 0);
	send_signal();
	assert_int_equal(wait(&past, WAIT_SIGNALS), -EINTR);
	soon.tsc = arch_cycles() + (1UL << 28);
	meanwhile = let_the_time_come;
	assert_int_equal(wait(&soon, 0), -ETIMEDOUT);
	assert_int_equal(sleeps, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_true_is_not_waited_for),
		TEST(another_cpu_ends_the_wait),
		TEST(a_wake_without_a_reason_goes_on_waiting),
		TEST(a_wake_before_the_sleep_is_not_lost),
		TEST(messages_are_handled_meanwhile),
		TEST(signals_and_the_end_interrupt_as_the_flags_say),
		TEST(a_deadline_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
