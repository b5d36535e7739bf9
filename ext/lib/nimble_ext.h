/* SPDX-License-Identifier: MIT */
/* What an extension includes: hooks, helpers, maps, short type names. */
#ifndef EXT_LIB_NIMBLE_EXT_H
#define EXT_LIB_NIMBLE_EXT_H

/*
 *	#include "ext/lib/nimble_ext.h"
 *
 *	LICENCE("MIT");
 *	MAP_ARRAY(counts, u64, 512);
 *
 *	HOOK(syscall_entry)
 *	u64 count(struct nimble_ctx_syscall_entry *ctx)
 *	{
 *		if (ctx->nr < 512)
 *			counts[ctx->nr]++;
 *		return NIMBLE_CONTINUE;
 *	}
 *
 * Compile with nimble-cc. Each hook's context is struct nimble_ctx_HOOK;
 * hooks and helpers are described in docs/nimble.md.
 */
#include "nimble/abi/mapdef.h"
#include "nimble/abi/device.h"
#include "nimble/abi/errno.h"
#include "nimble/abi/hook_ctx.h"
#include "nimble/abi/sched.h"
#include "ext/lib/helpers.h"

typedef nx_u8 u8;
typedef nx_u16 u16;
typedef nx_u32 u32;
typedef nx_u64 u64;
typedef nx_s32 s32;
typedef nx_s64 s64;

#define HOOK(name) __attribute__((section("hook/" #name), used))
#define LICENCE(spdx)                      \
	static const char nimble_licence[] \
		__attribute__((section("licence"), used)) = spdx

/* Of a scheduling policy: POLICY(.timeout_ms = 500, ...); see nimble/abi/sched.h. */
#define POLICY(...)                                     \
	static const struct nimble_policy nimble_policy \
		__attribute__((section("policy"), used)) = {__VA_ARGS__}
/* An operation's arguments name tasks by address. */
#define TASK(address) ((struct nimble_sched_task *)(address))

/* An array map is a C array: name[i]. For helpers it is MAP(name). */
#define MAP_ARRAY(name, type, count)                                         \
	MAP_DEF(name, name##_map, NIMBLE_MAP_ARRAY, 4, sizeof(type), count); \
	extern type name[count] __asm__(".values." #name)
/* Memory shared with the application, a C array of bytes. */
#define MAP_ARENA(name, bytes)                                    \
	MAP_DEF(name, name##_map, NIMBLE_MAP_ARENA, 0, 0, bytes); \
	extern u8 name[bytes] __asm__(".values." #name)           \
		__attribute__((aligned(8)))
/* The others are only reached by helpers. */
#define MAP_HASH(name, key, value, count)                                      \
	MAP_DEF(name, name##_map, NIMBLE_MAP_HASH, sizeof(key), sizeof(value), \
		count)
#define MAP_PERCPU(name, type, count)                                       \
	MAP_DEF(name, name##_map, NIMBLE_MAP_PERCPU_ARRAY, 4, sizeof(type), \
		count)
#define MAP_RING(name, bytes) \
	MAP_DEF(name, name##_map, NIMBLE_MAP_RING, 0, 0, bytes)
#define MAP_QUEUE(name, type, count) \
	MAP_DEF(name, name##_map, NIMBLE_MAP_QUEUE, 0, sizeof(type), count)
#define MAP(name) (&name##_map)

#define MAP_DEF(name, variable, type, key_bytes, value_bytes, entries) \
	static const struct nimble_map_def variable                    \
		__attribute__((section("maps/" #name), used)) = {      \
			type, key_bytes, value_bytes, entries}

#define LOG(text) log_text(text, sizeof(text) - 1)

#endif
