/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/ikc/slots.c: a message names a process and a slot, and finds the thread that has
 * it. */
#include <asm-generic/errno-base.h>

#include "kernel/arch/cpu.h"
#include "kernel/ikc/slots.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "tests/unit/kernel/host.h"

#define THREADS (LWK_SLOTS + 5)

static struct page_cache free_pages;
static struct cpu cpu;
static struct process process[2];
static struct lwk_proc_page page[2];
static struct thread thread[THREADS]; /* of process[0], the last of process[1] */
static const struct thread *woken;
static int wakes;
static void (*when_others_run)(void);

void thread_wake(struct thread *t)
{
	woken = t;
	wakes++;
}

void sched_yield_cpu(void)
{
	assert_non_null(when_others_run);
	when_others_run();
}

void kernel_poll(void)
{
}

static int get(struct thread *t)
{
	cpu.current = t;
	return slot_get();
}

static void put(struct thread *t)
{
	cpu.current = t;
	slot_put();
}

static int begin(void **state)
{
	uint32_t i;

	(void)state;
	host_cpu = &cpu;
	cpu = (struct cpu){.pages = &free_pages};
	wakes = 0;
	woken = NULL;
	for (i = 0; i < 2; i++) {
		process[i] = (struct process){.page = &page[i]};
		page[i] = (struct lwk_proc_page){0};
		assert_int_equal(process_make_slots(&process[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		thread[i] = (struct thread){.proc = &process[i == THREADS - 1]};
	return 0;
}

static int end(void **state)
{
	(void)state;
	process_free_slots(&process[0]);
	process_free_slots(&process[1]);
	return kmalloc_live_objects() ? -1 : 0;
}

static void get_all(void)
{
	uint32_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(get(&thread[i]), 0);
}

static void each_thread_has_a_slot_of_its_own(void **state)
{
	uint32_t i, j;

	(void)state;
	get_all();
	for (i = 0; i < THREADS - 1; i++)
		for (j = 0; j < i; j++)
			assert_ptr_not_equal(thread_slot(&thread[i]),
					     thread_slot(&thread[j]));
	assert_int_equal(thread_slot_number(&thread[THREADS - 1]), 0);
	/* the module and the proxy learn of the second page */
	assert_int_equal(process[0].slot_pages, 2);
	assert_int_equal(process[0].slot_page[0]->shared->pages, 2);
	assert_int_equal(page[0].slot_page[1],
			 virt_to_phys(process[0].slot_page[1]->shared));
	assert_int_equal(page[0].slot_page[2], 0);
	for (i = 0; i < THREADS; i++)
		thread_free_slot(&thread[i]);
}

static void a_message_wakes_the_thread_of_that_process_and_slot(void **state)
{
	uint32_t i;

	(void)state;
	get_all();
	for (i = 0; i < THREADS - 1; i++) {
		slot_done(&process[0], thread_slot_number(&thread[i]));
		assert_ptr_equal(woken, &thread[i]);
	}
	slot_done(&process[1], 0);
	assert_ptr_equal(woken, &thread[THREADS - 1]);
	assert_int_equal(wakes, THREADS);
	for (i = 0; i < THREADS; i++)
		thread_free_slot(&thread[i]);
}

static void a_slot_without_a_thread_wakes_none(void **state)
{
	(void)state;
	get(&thread[0]);
	slot_done(&process[0], 1); /* free */
	slot_done(&process[0], LWK_SLOTS); /* of a page that is not there */
	slot_done(&process[0], LWK_SLOTS_MAX);
	slot_done(&process[0], UINT64_MAX);
	thread_free_slot(&thread[0]);
	slot_done(&process[0], 0);
	assert_int_equal(wakes, 0);
}

static void a_slot_of_the_first_page_is_kept_and_others_are_not(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < LWK_SLOTS + 1; i++)
		get(&thread[i]);
	put(&thread[0]);
	assert_non_null(thread[0].slot_page);
	put(&thread[LWK_SLOTS]);
	assert_null(thread[LWK_SLOTS].slot_page);
	get(&thread[LWK_SLOTS + 1]);
	assert_int_equal(thread_slot_number(&thread[LWK_SLOTS + 1]), LWK_SLOTS);
	for (i = 0; i < THREADS; i++)
		thread_free_slot(&thread[i]);
}

static void a_slot_whose_call_goes_on_is_not_used_again(void **state)
{
	(void)state;
	get(&thread[0]);
	slot_abandon();
	slot_done(&process[0], 0);
	assert_int_equal(wakes, 0);
	get(&thread[1]);
	assert_int_equal(thread_slot_number(&thread[1]), 1);
	thread_free_slot(&thread[1]);
}

static void free_one(void)
{
	thread_free_slot(&thread[0]);
}

static void end_process(void)
{
	thread_set_work(&thread[THREADS - 2], THREAD_WORK_ABANDON);
}

static void where_all_are_in_use_a_thread_waits(void **state)
{
	uint32_t i, pages;

	(void)state;
	for (i = 0; i < LWK_SLOTS; i++)
		get(&thread[i]);
	pages = process[0].slot_pages;
	process[0].slot_pages = LWK_SLOT_PAGES; /* as if there were no more */
	for (i = pages; i < LWK_SLOT_PAGES; i++)
		process[0].slot_page[i] = process[0].slot_page[0];
	when_others_run = free_one;
	assert_int_equal(get(&thread[LWK_SLOTS]), 0);
	assert_int_equal(thread_slot_number(&thread[LWK_SLOTS]), 0);
	when_others_run = end_process;
	assert_int_equal(get(&thread[THREADS - 2]), -EINTR);
	process[0].slot_pages = pages;
	for (i = 0; i < THREADS; i++)
		thread_free_slot(&thread[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_thread_has_a_slot_of_its_own),
		TEST(a_message_wakes_the_thread_of_that_process_and_slot),
		TEST(a_slot_without_a_thread_wakes_none),
		TEST(a_slot_of_the_first_page_is_kept_and_others_are_not),
		TEST(a_slot_whose_call_goes_on_is_not_used_again),
		TEST(where_all_are_in_use_a_thread_waits),
	};

	host_memory_init(4UL << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
