/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/proc/runqueue.h and runqueue.c: queues that every CPU adds to and takes from. */
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/runqueue.h"
#include "kernel/sync/spinlock.h"
#include "tests/unit/kernel/host.h"

#define CPUS 3
#define ALL ((1UL << CPUS) - 1)
#define THREADS 24
#define TURNS 20000

static struct cpu all_cpus[LWK_MAX_CPUS];
static struct lwk_boot block = {.cpu_count = CPUS};
uint32_t policy_count;

static const struct thread *in_policy;
static struct process process[2];
static struct thread thread[THREADS], idle[CPUS];
static uint32_t taken[THREADS]; /* atomic: by how many CPUs */
static uint32_t took[CPUS];

struct policy *policy_of(const struct thread *t)
{
	return t == in_policy ? (struct policy *)1 : NULL;
}

static struct job *new_job(void)
{
	struct job *job = kzalloc(sizeof(*job) + CPUS * sizeof(job->queue[0]));
	int i;

	for (i = 0; i < CPUS; i++) {
		list_init(&job->queue[i].threads);
		list_init(&job->queue[i].node);
	}
	return job;
}

/* Even threads are of one job, odd ones of another. */
static int begin(void **state)
{
	uint32_t i;

	(void)state;
	cpus = all_cpus;
	boot = &block;
	in_policy = NULL;
	policy_count = 0;
	idle_cpus = 0;
	for (i = 0; i < CPUS; i++) {
		cpus[i] = (struct cpu){
			.index = i, .idle = &idle[i], .current = &idle[i]};
		list_init(&cpus[i].jobs);
	}
	process[0].job = new_job();
	process[1].job = new_job();
	for (i = 0; i < THREADS; i++) {
		thread[i] = (struct thread){.proc = &process[i % 2],
					    .affinity = ALL};
		list_init(&thread[i].queue);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	kfree(process[0].job);
	kfree(process[1].job);
	return 0;
}

static void jobs_take_turns_and_in_a_job_the_first_comes_first(void **state)
{
	struct cpu *cpu = &cpus[0];
	uint32_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		runqueue_add(cpu, &thread[i], 0); /* 0 2 4, 1 3 */
	runqueue_add(cpu, &thread[6], RUNQUEUE_IN_FRONT);
	assert_int_equal(cpu->runnable_count, 6);
	assert_true(runqueue_has_others(cpu, &thread[0]));
	assert_ptr_equal(runqueue_take(cpu), &thread[6]);
	assert_ptr_equal(runqueue_take(cpu), &thread[0]);
	runqueue_end_turn(cpu, &thread[0]);
	assert_ptr_equal(runqueue_take(cpu), &thread[1]);
	assert_ptr_equal(runqueue_take(cpu), &thread[3]);
	assert_false(runqueue_has_job_of(cpu, &thread[1]));
	runqueue_add(cpu, &thread[1], RUNQUEUE_IS_TURN);
	assert_ptr_equal(runqueue_take(cpu), &thread[1]);
	assert_ptr_equal(runqueue_take(cpu), &thread[2]);
	assert_ptr_equal(runqueue_take(cpu), &thread[4]);
	assert_null(runqueue_take(cpu));
	assert_int_equal(cpu->runnable_count, 0);
}

static void another_cpu_takes_what_may_run_there(void **state)
{
	(void)state;
	thread[0].affinity = cpu_bit(&cpus[0]);
	thread[1].affinity = cpu_bit(&cpus[0]) | cpu_bit(&cpus[1]);
	runqueue_add(&cpus[0], &thread[0], 0);
	runqueue_add(&cpus[0], &thread[1], 0);
	assert_null(runqueue_steal(&cpus[0], &cpus[2]));
	assert_ptr_equal(runqueue_steal(&cpus[0], &cpus[1]), &thread[1]);
	assert_null(runqueue_steal(&cpus[0], &cpus[1]));
	assert_ptr_equal(runqueue_take(&cpus[0]), &thread[0]);
}

static void what_a_policy_has_placed_stays(void **state)
{
	(void)state;
	policy_count = 1;
	in_policy = &thread[0];
	runqueue_add(&cpus[0], &thread[0], 0);
	assert_null(runqueue_steal(&cpus[0], &cpus[1]));
	runqueue_add(&cpus[0], &thread[1], 0); /* of a job without one */
	assert_ptr_equal(runqueue_steal(&cpus[0], &cpus[1]), &thread[1]);
	assert_ptr_equal(runqueue_take(&cpus[0]), &thread[0]);
}

static void an_idle_cpu_comes_before_the_least_loaded(void **state)
{
	(void)state;
	cpus[0].current = &thread[0];
	runqueue_add(&cpus[1], &thread[1], 0);
	runqueue_add(&cpus[1], &thread[3], 0);
	runqueue_add(&cpus[2], &thread[2], 0);
	cpus[2].current = &thread[4];
	assert_ptr_equal(choose_cpu(ALL), &cpus[0]);
	assert_ptr_equal(choose_cpu(ALL & ~cpu_bit(&cpus[0])), &cpus[1]);
	idle_cpus = cpu_bit(&cpus[2]);
	assert_ptr_equal(choose_cpu(ALL), &cpus[2]);
	assert_int_equal(idle_cpus, 0);
	while (runqueue_take(&cpus[1]) || runqueue_take(&cpus[2]))
		;
}

static uint32_t claimed[CPUS], claims; /* atomic */

static void claim(unsigned int index)
{
	unsigned int i;

	(void)index;
	for (i = 0; i < TURNS; i++) {
		struct cpu *cpu = claim_idle(ALL);

		if (!cpu)
			continue;
		if (__atomic_fetch_add(&claimed[cpu->index], 1,
				       __ATOMIC_ACQ_REL))
			fail_msg("CPU %u is claimed twice", cpu->index);
		__atomic_fetch_add(&claims, 1, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&claimed[cpu->index], 1, __ATOMIC_ACQ_REL);
		__atomic_fetch_or(&idle_cpus, cpu_bit(cpu), __ATOMIC_ACQ_REL);
	}
}

static void an_idle_cpu_is_claimed_by_one(void **state)
{
	(void)state;
	idle_cpus = ALL;
	host_parallel(4, claim);
	assert_int_equal(idle_cpus, ALL);
	assert_true(claims >= TURNS);
}

/* Each CPU takes a thread, its own or another's, and puts it into a queue, of any CPU. */
static void pass_threads_around(unsigned int index)
{
	struct cpu *me = &cpus[index];
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		struct cpu *from = &cpus[i % CPUS], *to = &cpus[i / 3 % CPUS];
		struct thread *t;

		spin_lock(&from->lock);
		t = from == me ? runqueue_take(from) : runqueue_steal(from, me);
		spin_unlock(&from->lock);
		if (!t)
			continue;
		if (__atomic_fetch_add(&taken[t - thread], 1, __ATOMIC_ACQ_REL))
			fail_msg("thread %d is taken twice", (int)(t - thread));
		took[index]++;
		__atomic_fetch_sub(&taken[t - thread], 1, __ATOMIC_ACQ_REL);
		spin_lock(&to->lock);
		runqueue_add(to, t, i % 2 ? RUNQUEUE_IN_FRONT : 0);
		spin_unlock(&to->lock);
	}
}

static void cpus_add_to_and_take_from_each_other(void **state)
{
	uint32_t i, count = 0, known = 0;

	(void)state;
	for (i = 0; i < THREADS; i++)
		runqueue_add(&cpus[0], &thread[i], 0);
	host_parallel(CPUS, pass_threads_around);
	for (i = 0; i < CPUS; i++) {
		assert_true(took[i] > 0);
		known += cpus[i].runnable_count;
		while (runqueue_take(&cpus[i]))
			count++;
	}
	assert_int_equal(known, THREADS);
	assert_int_equal(count, THREADS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_take_turns_and_in_a_job_the_first_comes_first),
		TEST(another_cpu_takes_what_may_run_there),
		TEST(what_a_policy_has_placed_stays),
		TEST(an_idle_cpu_comes_before_the_least_loaded),
		TEST(an_idle_cpu_is_claimed_by_one),
		TEST(cpus_add_to_and_take_from_each_other),
	};

	host_memory_init(4UL << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
