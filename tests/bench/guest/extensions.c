// SPDX-License-Identifier: MIT
/* What extensions cost: hooks, direct calls, policies. Rows of the LWK alone. */
#define _GNU_SOURCE
#include "tests/bench/guest/ops.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "ext/trusted/edu.h"
#include "tests/bench/guest/attached.h"

#define THREADS 7 /* that run beside the measuring one */

static uint32_t second;

/* ---- Hooks ------------------------------------------------------------------ */

int row_hook_getpid_prepare(void)
{
	return attach(EXT_DIR "syscount.nx");
}

void row_hook_getpid_sample(int i)
{
	(void)i;
	BEGIN(hook_getpid);
	call3(SYS_getpid, 0, 0, 0);
	END(hook_getpid);
}

void row_hook_getpid_finish(void)
{
	detach();
}

/* The driver of a device, which the script has brought. */
static int find_driver(void)
{
	int error = open_lwk();

	return error ? error : libnimble_find(lib, "edu", &id);
}

static void ask_driver(uint64_t request)
{
	uint64_t args[8] = {request};

	call3(LWK_SYS_NIMBLE_CALL, id, (long)args, 0);
}

/* The first call finds the device. */
int row_device_call_prepare(void)
{
	int error = find_driver();

	if (!error)
		ask_driver(EDU_INTERRUPTS);
	return error;
}

void row_device_call_sample(int i)
{
	(void)i;
	BEGIN(device_call);
	ask_driver(EDU_INTERRUPTS);
	END(device_call);
}

void row_device_call_finish(void)
{
	libnimble_close(lib);
}

int row_device_interrupt_prepare(void)
{
	return row_device_call_prepare();
}

void row_device_interrupt_sample(int i)
{
	(void)i;
	BEGIN(device_interrupt);
	ask_driver(EDU_RAISE);
	END(device_interrupt);
}

void row_device_interrupt_finish(void)
{
	libnimble_close(lib);
}

/* An array's first value is 0, which is CALL_NONSENSE: it returns at once. */
int row_direct_call_prepare(void)
{
	return attach("/bench/hooks.nx");
}

void row_direct_call_sample(int i)
{
	static uint64_t args[8];

	(void)i;
	BEGIN(direct_call);
	call3(LWK_SYS_NIMBLE_CALL, id, (long)args, 0);
	END(direct_call);
}

void row_direct_call_finish(void)
{
	detach();
}

/* ---- Threads that yield to each other ------------------------------------------ */

static pthread_t threads[THREADS];
static int running;
static bool ended; /* atomic */

static void *yielder(void *unused)
{
	pin(own_cpu);
	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
		call3(SYS_sched_yield, 0, 0, 0);
	return unused;
}

static int start_yielders(int count)
{
	int error = 0;

	ended = false;
	for (running = 0; running < count && !error; running++)
		error = pthread_create(&threads[running], NULL, yielder, NULL);
	return -error;
}

static void stop_yielders(void)
{
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	while (running)
		pthread_join(threads[--running], NULL);
}

int row_yield_threads_prepare(void)
{
	int error = start_yielders(1);

	for (int i = 0; i < 40000; i++) /* see row_yield_pingpong_prepare() */
		call3(SYS_sched_yield, 0, 0, 0);
	return error;
}

void row_yield_threads_sample(int i)
{
	(void)i;
	BEGIN(yield_threads);
	call3(SYS_sched_yield, 0, 0, 0);
	END(yield_threads);
}

void row_yield_threads_finish(void)
{
	stop_yielders();
}

int row_yield_rr_prepare(void)
{
	int error = attach(EXT_DIR "rr.nx");

	if (!error)
		error = start_yielders(1);
	for (int i = 0; i < 100 && !error; i++)
		call3(SYS_sched_yield, 0, 0, 0);
	return error;
}

void row_yield_rr_sample(int i)
{
	(void)i;
	BEGIN(yield_rr);
	call3(SYS_sched_yield, 0, 0, 0);
	END(yield_rr);
}

void row_yield_rr_finish(void)
{
	stop_yielders();
	detach();
}

/* ---- Replacing a policy ----------------------------------------------------------- */

int row_policy_replace_prepare(void)
{
	int error = attach(EXT_DIR "rr.nx");

	if (!error)
		error = libnimble_load_file(lib, EXT_DIR "prio.nx", 0, NULL,
					    &second);
	return error ? error : start_yielders(THREADS);
}

void row_policy_replace_sample(int i)
{
	struct nimble_ctl ctl = {
		.version = NIMBLE_CTL_VERSION,
		.op = NIMBLE_OP_ATTACH,
		.flags = NIMBLE_REPLACE,
		.ext_id = i % 2 ? id : second,
		.index = NIMBLE_ALL,
	};

	BEGIN(policy_replace);
	call3(LWK_SYS_NIMBLE_CTL, (long)&ctl, 0, 0);
	END(policy_replace);
}

void row_policy_replace_finish(void)
{
	stop_yielders();
	libnimble_remove(lib, second);
	detach();
}
