/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/mm/shootdown.c: an address space knows the CPUs that run it, and no CPU uses an
 * old translation once a shootdown has returned. CPUs are threads of the host. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/aspace.h"
#include "kernel/mm/shootdown.h"
#include "tests/unit/kernel/host.h"

#define CPUS 4
/* At least so many changes, and so many interrupts: others may not run at first. */
#define CHANGES 3000
#define CALLS 100

static struct cpu all_cpus[LWK_MAX_CPUS];
static struct lwk_boot block = {.cpu_count = CPUS};

static struct aspace space[2];
static uint32_t called[CPUS]; /* atomic: an interrupt is pending */
static uint32_t calls[CPUS], flushes[CPUS];
static uint32_t ready, stop; /* atomic */

/* A translation that a CPU has cached; 0: none. Each change of the entry has a new
 * value; those up to `freed` may not be used any more. */
static _Thread_local uint64_t cached;
static uint64_t entry, freed; /* atomic */

void arch_mmu_flush(vaddr_t start, vaddr_t end)
{
	(void)start;
	(void)end;
	cached = 0;
	flushes[this_cpu()->index]++;
}

void arch_mmu_use(paddr_t root)
{
	(void)root;
	cached = 0;
}

void arch_mmu_use_kernel(void)
{
	cached = 0;
}

void arch_send_shootdown(struct cpu *cpu)
{
	__atomic_fetch_add(&calls[cpu->index], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&called[cpu->index], 1, __ATOMIC_RELEASE);
}

static void take_interrupt(void)
{
	if (__atomic_exchange_n(&called[this_cpu()->index], 0,
				__ATOMIC_ACQ_REL))
		shootdown_interrupt();
}

static int begin(void **state)
{
	uint32_t i;

	(void)state;
	cpus = all_cpus;
	boot = &block;
	ready = stop = 0;
	entry = 1;
	freed = 0;
	space[0].cpus = space[1].cpus = 0;
	for (i = 0; i < CPUS; i++) {
		cpus[i] = (struct cpu){.index = i};
		called[i] = calls[i] = flushes[i] = 0;
	}
	return 0;
}

/* CPU 0 asks; 1 runs space[0], 2 runs space[1], 3 runs none. */
static void serve(unsigned int index)
{
	if (index == 1 || index == 2)
		aspace_use(&space[index - 1]);
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		take_interrupt();
}

static void ask_those_that_run_it(void)
{
	aspace_use(&space[0]);
	assert_int_equal(space[0].cpus, 3);
	assert_int_equal(space[1].cpus, 4);
	shootdown(&space[0], 0x1000, 0x2000);
	assert_int_equal(flushes[0], 1);
	assert_int_equal(flushes[1], 1);
	assert_int_equal(calls[2] + calls[3], 0);
	shootdown(&space[1], 0x1000, 0x2000);
	assert_int_equal(flushes[0], 1); /* it does not run that one */
	assert_int_equal(flushes[2], 1);
	shootdown_kernel(0x1000, 0x2000);
	assert_int_equal(flushes[0], 2);
	assert_int_equal(flushes[1], 2);
	assert_int_equal(flushes[2], 2);
	assert_int_equal(flushes[3], 1);
}

static void leave_one(void)
{
	aspace_use(&space[1]);
	assert_int_equal(space[0].cpus, 2);
	shootdown_all(&space[0]);
	assert_int_equal(space[0].cpus, 0);
	assert_null(cpus[1].aspace);
	shootdown_all(&space[1]);
	assert_int_equal(space[1].cpus, 0);
	assert_null(cpus[0].aspace);
}

static void (*asks)(void);

static void one_asks_others_serve(unsigned int index)
{
	host_cpu = &cpus[index];
	if (index) {
		serve(index);
		return;
	}
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) != CPUS - 1)
		arch_pause();
	asks();
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
}

static void only_cpus_that_run_it_are_asked(void **state)
{
	(void)state;
	asks = ask_those_that_run_it;
	host_parallel(CPUS, one_asks_others_serve);
}

static void all_leave_one_that_goes(void **state)
{
	(void)state;
	asks = leave_one;
	host_parallel(CPUS, one_asks_others_serve);
}

static void change_entries(void)
{
	uint64_t i;

	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) != 2)
		arch_pause();
	for (i = 2; i < CHANGES || calls[1] + calls[2] < CALLS; i++) {
		__atomic_store_n(&entry, i, __ATOMIC_RELAXED);
		shootdown(&space[0], 0x1000, 0x2000);
		__atomic_store_n(&freed, i - 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
}

/* Uses what it has cached, goes to another address space now and then, and comes back. */
static void use_entries(void)
{
	unsigned int i;

	aspace_use(&space[0]);
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_ACQUIRE); i++) {
		take_interrupt();
		aspace_use(&space[i / 16 % 2]);
		if (this_cpu()->aspace != &space[0])
			continue;
		if (!cached)
			cached = __atomic_load_n(&entry, __ATOMIC_RELAXED);
		if (cached <= __atomic_load_n(&freed, __ATOMIC_ACQUIRE))
			fail_msg("CPU %u uses translation %d, which is freed",
				 this_cpu()->index, (int)cached);
	}
}

static void change_or_use(unsigned int index)
{
	host_cpu = &cpus[index];
	if (index)
		use_entries();
	else
		change_entries();
}

static void no_cpu_uses_an_old_translation(void **state)
{
	(void)state;
	host_parallel(3, change_or_use);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_cpus_that_run_it_are_asked, begin),
		cmocka_unit_test_setup(all_leave_one_that_goes, begin),
		cmocka_unit_test_setup(no_cpu_uses_an_old_translation, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
