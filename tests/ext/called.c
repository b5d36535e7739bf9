/* SPDX-License-Identifier: MIT */
/* Hook call alone, with a map of each type: its first argument says what to do. */
#include "ext/lib/nimble_ext.h"
#include "tests/ext/called.h"

LICENCE("MIT");

MAP_ARRAY(numbers, u64, 8);
MAP_PERCPU(counts, u64, 2);
MAP_HASH(names, u32, u64, 16);
MAP_RING(events, 4096);
MAP_ARENA(shared, 4096);

static u64 service(const u64 *args)
{
	s64 adder = ext_find("adder", 5);

	return adder < 0 ? (u64)adder
			 : ext_call((u64)adder, args[1], args[2], args[3]);
}

static u64 in_hash(u32 key, u64 value)
{
	return (u64)map_update(MAP(names), &key, &value);
}

static void count(u32 which)
{
	u64 *counter = map_lookup(MAP(counts), &which);

	if (counter)
		++*counter;
}

HOOK(call)
u64 call(struct nimble_ctx_call *ctx)
{
	u64 *args = ctx->args;

	count(0);
	switch (args[0]) {
	case CALLED_STORE:
		numbers[args[1] % 8] = args[2];
		args[2] = in_hash((u32)args[1], args[2]);
		break;
	case CALLED_RECORD:
		args[2] = (u64)ring_output(MAP(events), &args[1], 8);
		break;
	case CALLED_SHARE:
		*(u64 *)(shared + args[1] % 4088) = args[2];
		break;
	case CALLED_SERVICE:
		args[2] = service(args);
		break;
	case CALLED_WHO:
		args[1] = task_current();
		args[2] = (u64)task_pid(args[1]);
		break;
	case CALLED_READ:
		args[2] = *(const volatile u64 *)args[1];
		break;
	case CALLED_FOR_EVER:
		while (numbers[0] != ~0ull)
			numbers[1]++;
		break;
	default:
		return 77; /* means nothing */
	}
	return NIMBLE_CALL_DONE;
}
