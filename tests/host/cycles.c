// SPDX-License-Identifier: MIT
/* Reserve, boot, shut down, release: again and again, and everything is back. */
#include "tests/host/peer.h"

#include <stdio.h>
#include <stdlib.h>

#define CYCLES 5 /* or as the argument says */
#define CPUS 0xe
#define MIB 256
/* Linux's own life goes on meanwhile. */
#define SLACK_KIB (8 << 10)

static bool near(long a, long b)
{
	return a - b < SLACK_KIB && b - a < SLACK_KIB;
}

static void cycle(int control, int n)
{
	uint32_t instance = LWK_INSTANCE_ANY;
	char why[LWK_WHY_BYTES] = "";
	struct lwk_status s;
	uint64_t t0 = now_ns(), t1, t2;

	is(reserve(control, &instance, CPUS, MIB, why), 0, "%d: reserve %s", n,
	   why);
	t1 = now_ns();
	is(online_cpus(), 1, "%d: the CPUs are Linux's no more", n);
	is(boot(control, instance, STUB_NORMAL, why), 0, "%d: boot %s", n, why);
	t2 = now_ns();
	s = status(control, instance);
	is(s.state, LWK_INSTANCE_RUNNING, "%d: it runs", n);
	is(s.lwk_state, LWK_STATE_RUNNING, "%d: it says so", n);
	is(s.generation, 1, "%d: first boot", n);
	ok(s.boot_ns > 0 && s.boot_ns < t2 - t1, "%d: boot time", n);
	printf("# reserve %llu ms, boot_ns %llu us, %u regions\n",
	       (unsigned long long)(t1 - t0) / 1000000,
	       (unsigned long long)s.boot_ns / 1000, s.region_count);
	is(shut_down(control, instance, 0, why), 0, "%d: shut down %s", n, why);
	is(release(control, instance, why), 0, "%d: release %s", n, why);
}

int main(int argc, char **argv)
{
	int cycles = argc > 1 ? atoi(argv[1]) : CYCLES;
	int control = control_open();
	uint64_t cpus = online_cpus();
	long before, cma_kib, total_kib, after;

	cycle(control, 0); /* fills Linux's caches */
	before = free_kib();
	cma_kib = meminfo_kib("CmaFree");
	total_kib = meminfo_kib("MemTotal");
	for (int n = 1; n <= cycles; n++)
		cycle(control, n);
	after = free_kib();
	is(online_cpus(), cpus, "all CPUs are back");
	if (!ok(near(after, before), "all memory is back"))
		printf("# free: %ld KiB before, %ld after\n", before, after);
	is(meminfo_kib("CmaFree"), cma_kib, "CMA is as it was");
	is(meminfo_kib("MemTotal"), total_kib, "MemTotal is as it was");
	return done_testing();
}
