/* SPDX-License-Identifier: MIT */
/* Chains: order, replacing, faults, and changing them while they fire. */
#include "tests/unit/nimble/image.h"

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "nimble/chain.h"

static struct nimble_ext *returns(int32_t value)
{
	struct nx_build build = {0};
	struct nimble_diag diag;

	return load_build(&build, CODE(MOV(0, value), EXIT),
			  NIMBLE_ENGINE_CHECKED, &diag);
}

static struct nimble_ctx_call ctx;
static struct nimble_event event = {
	.level = NIMBLE_LEVEL_TASK,
	.ctx = &ctx,
	.ctx_bytes = sizeof(ctx),
	.budget = 100,
};

static void test_order(void **state)
{
	struct nimble_slots *slots = nimble_slots_new();
	struct nimble_chain chain = {0};
	struct nimble_ext *a = returns(0), *b = returns(2), *c = returns(3);

	(void)state;
	assert_int_equal(nimble_fire(&chain, slots, &event), 0);
	assert_int_equal(nimble_attach(&chain, slots, c, NIMBLE_HOOK_call, 5),
			 0);
	assert_int_equal(nimble_attach(&chain, slots, b, NIMBLE_HOOK_call, 5),
			 0);
	assert_int_equal(nimble_attach(&chain, slots, a, NIMBLE_HOOK_call, 1),
			 0);
	assert_int_equal(nimble_attach(&chain, slots, a, NIMBLE_HOOK_call, 1),
			 -EEXIST);
	assert_int_equal(nimble_attach(&chain, slots, a, NIMBLE_HOOK_irq, 1),
			 -ENOENT);
	assert_ptr_equal(nimble_chain_at(&chain, 0), a);
	assert_ptr_equal(nimble_chain_at(&chain, 1), c);
	assert_ptr_equal(nimble_chain_at(&chain, 2), b);
	assert_null(nimble_chain_at(&chain, 3));
	/* a passes, c answers. */
	assert_int_equal(nimble_fire(&chain, slots, &event), 3);
	assert_int_equal(nimble_detach(&chain, slots, c), 0);
	assert_int_equal(nimble_fire(&chain, slots, &event), 2);
	assert_int_equal(nimble_replace(&chain, slots, b, c, NIMBLE_HOOK_call),
			 0);
	assert_int_equal(nimble_fire(&chain, slots, &event), 3);
	assert_int_equal(nimble_attached(b), 0);
	assert_int_equal(nimble_attached(c), 1);
	assert_int_equal(nimble_detach(&chain, slots, b), -ENOENT);
	nimble_detach(&chain, slots, a);
	nimble_detach(&chain, slots, c);
	assert_null(chain.list);
	nimble_unload(a);
	nimble_unload(b);
	nimble_unload(c);
	nimble_slots_free(slots);
}

static unsigned int meant_nothing;

static void count_nothing(struct nimble_ext *ext, uint32_t entry)
{
	(void)ext;
	(void)entry;
	meant_nothing++;
}

static uint64_t runs_of(const struct nimble_ext *ext)
{
	struct nimble_counters c;

	nimble_counters(ext, NIMBLE_ALL_CPUS, &c);
	return c.runs;
}

/* Where all are to run, the first result that means something is heard nevertheless. */
static void test_all_run(void **state)
{
	struct nimble_slots *slots = nimble_slots_new();
	struct nimble_chain chain = {0};
	struct nimble_ext *ext[] = {returns(0), returns(9), returns(2),
				    returns(1)};
	struct nimble_event all = event;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		nimble_attach(&chain, slots, ext[i], NIMBLE_HOOK_call, 0);
	all.all = true;
	all.most = 2;
	all.ignored = count_nothing;
	assert_int_equal(nimble_fire(&chain, slots, &all), 2);
	assert_int_equal(meant_nothing, 1);
	all.most = 0; /* no result means anything, nor is counted */
	assert_int_equal(nimble_fire(&chain, slots, &all), 0);
	assert_int_equal(meant_nothing, 1);
	for (i = 0; i < 4; i++) {
		assert_int_equal(runs_of(ext[i]), 2);
		nimble_detach(&chain, slots, ext[i]);
		nimble_unload(ext[i]);
	}
	nimble_slots_free(slots);
}

static struct nimble_ext *noted;

static void note(struct nimble_ext *ext, void *host)
{
	(void)host;
	noted = ext;
}

static void test_fault_passes(void **state)
{
	struct nimble_slots *slots = nimble_slots_new();
	struct nimble_chain chain = {0};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *bad =
		load_build(&build, CODE(MOV(1, 0), ST(BPF_DW, 1, 0, 1), EXIT),
			   NIMBLE_ENGINE_CHECKED, &diag);
	struct nimble_ext *good = returns(4);
	struct nimble_event failing = event;

	(void)state;
	failing.failed = note;
	failing.level = NIMBLE_LEVEL_ATOMIC;
	nimble_attach(&chain, slots, bad, NIMBLE_HOOK_call, 0);
	nimble_attach(&chain, slots, good, NIMBLE_HOOK_call, 0);
	assert_int_equal(nimble_fire(&chain, slots, &failing), 4);
	assert_ptr_equal(noted, bad);
	assert_true(nimble_failed(bad));
	noted = NULL;
	assert_int_equal(nimble_fire(&chain, slots, &failing), 4);
	assert_null(noted);
	nimble_detach(&chain, slots, bad);
	assert_int_equal(nimble_attach(&chain, slots, bad, NIMBLE_HOOK_call, 0),
			 -EIO);
	nimble_detach(&chain, slots, good);
	nimble_unload(bad);
	nimble_unload(good);
	nimble_slots_free(slots);
}

/* Two CPUs fire without a pause while extensions come and go; a result may
 * only be one of those attached at the time, and unloading is safe. */
static struct nimble_chain raced;
static struct nimble_slots *raced_slots;
static volatile bool over;

static void *fire(void *cpu)
{
	struct nimble_event mine = event;
	struct nimble_ctx_call own = {0};
	uint64_t wrong = 0, fired = 0;

	nimble_user_set_cpu((unsigned int)(uintptr_t)cpu);
	mine.ctx = &own;
	while (!over) {
		uint64_t result = nimble_fire(&raced, raced_slots, &mine);

		wrong += result != 7 && result != 8;
		fired++;
	}
	return (void *)(fired ? wrong : 1);
}

static void test_race(void **state)
{
	struct nimble_ext *old = returns(7);
	pthread_t threads[2];
	uintptr_t i;
	void *wrong;

	(void)state;
	raced_slots = nimble_slots_new();
	nimble_attach(&raced, raced_slots, old, NIMBLE_HOOK_call, 0);
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, fire, (void *)(i + 1));
	for (i = 0; i < 2000; i++) {
		struct nimble_ext *new = returns(7 + (int32_t)(i & 1));

		assert_int_equal(nimble_replace(&raced, raced_slots, old, new,
						NIMBLE_HOOK_call),
				 0);
		nimble_synchronise(raced_slots);
		nimble_reap(raced_slots);
		nimble_unload(old);
		old = new;
	}
	over = true;
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	nimble_detach(&raced, raced_slots, old);
	nimble_unload(old);
	nimble_slots_free(raced_slots);
}

/* A reader that stays inside the chain until it may go. */
static struct {
	struct nimble_chain chain;
	struct nimble_slots *slots;
	sem_t is_inside, may_go;
} slow;

static bool stay(const struct nimble_ext *ext, void *host)
{
	(void)ext;
	(void)host;
	sem_post(&slow.is_inside);
	sem_wait(&slow.may_go);
	return true;
}

static void *read_slowly(void *unused)
{
	struct nimble_event mine = event;

	nimble_user_set_cpu(1);
	mine.concerns = stay;
	nimble_fire(&slow.chain, slow.slots, &mine);
	return unused;
}

static void is_gone(void *arg)
{
	*(bool *)arg = true;
}

/* Changes wait for no reader, so they may be made under a lock. What is to be done
 * after the readers is done when the last has gone, and not before. */
static void test_changes_wait_for_nobody(void **state)
{
	struct nimble_ext *a = returns(7), *b = returns(8);
	struct nimble_grace *grace;
	bool gone = false;
	pthread_t reader;

	(void)state;
	alarm(20); /* who waits for the reader here waits for ever */
	slow.slots = nimble_slots_new();
	sem_init(&slow.is_inside, 0, 0);
	sem_init(&slow.may_go, 0, 0);
	nimble_attach(&slow.chain, slow.slots, a, NIMBLE_HOOK_call, 0);
	pthread_create(&reader, NULL, read_slowly, NULL);
	sem_wait(&slow.is_inside);
	nimble_attach(&slow.chain, slow.slots, b, NIMBLE_HOOK_call, 0);
	assert_int_equal(nimble_detach(&slow.chain, slow.slots, a), 0);
	assert_int_equal(nimble_detach(&slow.chain, slow.slots, b), 0);
	grace = malloc(nimble_grace_bytes(slow.slots));
	nimble_after_readers(slow.slots, grace, is_gone, &gone);
	assert_true(nimble_reap(slow.slots));
	assert_false(gone);
	sem_post(&slow.may_go);
	nimble_synchronise(slow.slots);
	assert_false(nimble_reap(slow.slots));
	assert_true(gone);
	pthread_join(reader, NULL);
	alarm(0);
	free(grace);
	nimble_unload(a);
	nimble_unload(b);
	nimble_slots_free(slow.slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_all_run),
		cmocka_unit_test(test_fault_passes),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_changes_wait_for_nobody),
	};

	return cmocka_run_group_tests_name("nimble chain", tests, NULL, NULL);
}
