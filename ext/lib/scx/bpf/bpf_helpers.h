/* SPDX-License-Identifier: MIT */
/* Linux's helpers for programs, as far as the LWK has them, by Nimble's. */
#ifndef EXT_LIB_SCX_BPF_HELPERS_H
#define EXT_LIB_SCX_BPF_HELPERS_H

#include "vmlinux.h"
#include "asm-generic/errno.h"

#define SEC(name) __attribute__((section(name), used))
#define __ksym
#define __kconfig
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __noinline __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
/* Functions, and not macros: a scheduler's variables may have the names of helpers. */
#define SCX_FUNCTION static __always_inline __attribute__((unused))
#define barrier() __asm__ volatile("" ::: "memory")
#define barrier_var(x) __asm__ volatile("" : "+r"(x))
#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(p, type, member) \
	((type *)((u64)(p)-offsetof(type, member)))

/* Maps. The linker reads what a variable in ".maps" says by these members' types. A
 * map's address becomes its handle; an array of maps' the address of a table of handles;
 * a task storage's the offset in what a task has of it. */
#define __uint(name, value) int(*name)[value]
#define __type(name, what) typeof(what) *name
#define __array(name, what) typeof(what) *name[]

struct scx_any_map {
	int (*type)[BPF_MAP_TYPE_QUEUE]; /* by its address alone: an inner map */
};

#define SCX_MAP_TYPE(map) \
	(sizeof(*_Generic((map), void *                          \
			  : (struct scx_any_map *)0, const void *\
			  : (struct scx_any_map *)0, default     \
			  : (map))                               \
			->type) /                                \
	 sizeof(int))

SCX_FUNCTION void *scx_inner_map(const void *maps, const void *key)
{
	const u64 *table = maps;
	u32 index = *(const u32 *)key;

	return index < table[0] ? (void *)table[1 + index] : NULL;
}

SCX_FUNCTION void *scx_map_lookup(const void *map, const void *key)
{
	return map_lookup(map, key);
}

#define bpf_map_lookup_elem(map, key)                        \
	(SCX_MAP_TYPE(map) == BPF_MAP_TYPE_ARRAY_OF_MAPS     \
		 ? scx_inner_map((const void *)(map), (key)) \
		 : scx_map_lookup((const void *)(map), (key)))

SCX_FUNCTION void *bpf_map_lookup_percpu_elem(const void *map, const void *key,
					      u32 cpu)
{
	return map_lookup_on(map, key, cpu);
}

/* With BPF_NOEXIST and BPF_EXIST it looks first; another CPU may change the
 * map in between. */
SCX_FUNCTION long bpf_map_update_elem(const void *map, const void *key,
				      const void *value, u64 flags)
{
	if (flags == BPF_NOEXIST && map_lookup(map, key))
		return -EEXIST;
	if (flags == BPF_EXIST && !map_lookup(map, key))
		return -ENOENT;
	return (long)map_update(map, key, value);
}

SCX_FUNCTION long bpf_map_delete_elem(const void *map, const void *key)
{
	return (long)map_delete(map, key);
}

SCX_FUNCTION long bpf_map_push_elem(const void *map, const void *value,
				    u64 flags)
{
	return (long)map_push(map, value,
			      flags & BPF_EXIST ? NIMBLE_PUSH_EVICT : 0);
}

SCX_FUNCTION long bpf_map_pop_elem(const void *map, void *value)
{
	return (long)map_pop(map, value);
}

SCX_FUNCTION long bpf_map_peek_elem(const void *map, void *value)
{
	return (long)map_peek(map, value);
}

SCX_FUNCTION long bpf_ringbuf_output(const void *map, const void *from,
				     u64 bytes, u64 flags)
{
	(void)flags;
	return (long)ring_output(map, from, bytes);
}

/* Each task has its storage from the start, zeroed. */
#define bpf_task_storage_get(map, task, value, flags) \
	scx_task_storage((const void *)(map), (task))
#define bpf_task_storage_delete(map, task)                                 \
	({                                                                 \
		void *its = scx_task_storage((const void *)(map), (task)); \
		if (its)                                                   \
			mem_set(its, 0, sizeof(*(map)->value));            \
		its ? 0 : -ENOENT;                                         \
	})
SCX_FUNCTION void *scx_task_storage(const void *offset,
				    struct task_struct *task)
{
	return task ? (u8 *)task->nimble.storage + (u64)offset : NULL;
}

/* Loops, by plain ones: the budget bounds them. */
#define bpf_for(i, start, end)                      \
	for (s64 scx_at = (start), scx_end = (end); \
	     scx_at < scx_end && (((i) = scx_at), true); scx_at++)
#define bpf_repeat(times) for (s64 scx_turn = (times); scx_turn > 0; scx_turn--)
#define can_loop true
#define cond_break \
	do {       \
	} while (0)
#define bpf_loop(times, function, context, flags)                            \
	({                                                                   \
		u32 scx_turn = 0, scx_turns = (times);                       \
		while (scx_turn < scx_turns && !function(scx_turn, context)) \
			scx_turn++;                                          \
		(long)(scx_turn < scx_turns ? scx_turn + 1 : scx_turns);     \
	})
#define bpf_for_each(type, p, args...)                             \
	for (struct bpf_iter_##type ___it                          \
	     __attribute__((cleanup(bpf_iter_##type##_destroy))) = \
		     bpf_iter_##type##_start(args);                \
	     ((p) = bpf_iter_##type##_next(&___it));)

/* Text: a format and its values, each a u64, which the kernel puts together. */
int scx_check_format(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
#define SCX_TEXT(format, args...)                \
	static const char scx_format[] = format; \
	u64 scx_values[] = {0 SCX_VALUES(args)}; \
	(void)sizeof(scx_check_format(format, ##args))
#define SCX_TEXT_ARGUMENTS                              \
	scx_format, sizeof(scx_format), scx_values + 1, \
		sizeof(scx_values) - sizeof(scx_values[0])
#define SCX_VALUES(args...) SCX_PASTE_VALUES(SCX_COUNT_VALUES(args))(args)
#define SCX_PASTE_VALUES(n) SCX_PASTE_VALUES_(n)
#define SCX_PASTE_VALUES_(n) SCX_VALUES_##n
#define SCX_COUNT_VALUES(args...) \
	SCX_THIRTEENTH(_, ##args, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define SCX_THIRTEENTH(z, a, b, c, d, e, f, g, h, i, j, k, l, n, ...) n
#define SCX_VALUES_0()
#define SCX_VALUES_1(a) , (u64)(a)
#define SCX_VALUES_2(a, r...) SCX_VALUES_1(a) SCX_VALUES_1(r)
#define SCX_VALUES_3(a, r...) SCX_VALUES_1(a) SCX_VALUES_2(r)
#define SCX_VALUES_4(a, r...) SCX_VALUES_1(a) SCX_VALUES_3(r)
#define SCX_VALUES_5(a, r...) SCX_VALUES_1(a) SCX_VALUES_4(r)
#define SCX_VALUES_6(a, r...) SCX_VALUES_1(a) SCX_VALUES_5(r)
#define SCX_VALUES_7(a, r...) SCX_VALUES_1(a) SCX_VALUES_6(r)
#define SCX_VALUES_8(a, r...) SCX_VALUES_1(a) SCX_VALUES_7(r)
#define SCX_VALUES_9(a, r...) SCX_VALUES_1(a) SCX_VALUES_8(r)
#define SCX_VALUES_10(a, r...) SCX_VALUES_1(a) SCX_VALUES_9(r)
#define SCX_VALUES_11(a, r...) SCX_VALUES_1(a) SCX_VALUES_10(r)
#define SCX_VALUES_12(a, r...) SCX_VALUES_1(a) SCX_VALUES_11(r)

#define bpf_printk(format, args...)             \
	({                                      \
		SCX_TEXT(format, ##args);       \
		log_format(SCX_TEXT_ARGUMENTS); \
	})

/* Timers. The callback is called by the hook "timer" of ext/lib/scx.c. */
int scx_timer_start(struct bpf_timer *timer, u64 ns, u64 flags);

SCX_FUNCTION long bpf_timer_init(struct bpf_timer *timer, const void *map,
				 u64 flags)
{
	(void)flags;
	timer->map = (u64)map;
	return 0;
}

SCX_FUNCTION long bpf_timer_set_callback(struct bpf_timer *timer,
					 void *function)
{
	timer->callback = (u64)function;
	return 0;
}

SCX_FUNCTION long bpf_timer_start(struct bpf_timer *timer, u64 ns, u64 flags)
{
	return scx_timer_start(timer, ns, flags);
}

SCX_FUNCTION long bpf_timer_cancel(struct bpf_timer *timer)
{
	return (long)timer_cancel((u64)timer);
}

/* A lock that spins. A policy that is stopped while it holds one runs no more. */
SCX_FUNCTION void bpf_spin_lock(struct bpf_spin_lock *lock)
{
	while (__sync_val_compare_and_swap(&lock->taken, 0, 1))
		;
}

SCX_FUNCTION void bpf_spin_unlock(struct bpf_spin_lock *lock)
{
	(void)__sync_val_compare_and_swap(&lock->taken, 1, 0);
}

SCX_FUNCTION void bpf_rcu_read_lock(void)
{
}

SCX_FUNCTION void bpf_rcu_read_unlock(void)
{
}

u32 scx_random(void);
long scx_copy_text(char *to, u32 bytes, const char *from);
long scx_compare_text(const char *a, u32 bytes, const char *b);

SCX_FUNCTION u32 bpf_get_prandom_u32(void)
{
	return scx_random();
}

SCX_FUNCTION long bpf_probe_read_kernel(void *to, u32 bytes, const void *from)
{
	mem_move(to, from, bytes);
	return 0;
}

SCX_FUNCTION long bpf_probe_read_kernel_str(void *to, u32 bytes,
					    const void *from)
{
	return scx_copy_text(to, bytes, from);
}

SCX_FUNCTION long bpf_strncmp(const char *a, u32 bytes, const char *b)
{
	return scx_compare_text(a, bytes, b);
}

SCX_FUNCTION u64 bpf_ktime_get_ns(void)
{
	return time_ns();
}

SCX_FUNCTION u64 bpf_ktime_get_boot_ns(void)
{
	return time_ns();
}

SCX_FUNCTION u64 bpf_ktime_get_coarse_ns(void)
{
	return time_ns();
}

SCX_FUNCTION u32 bpf_get_smp_processor_id(void)
{
	return (u32)this_cpu();
}

SCX_FUNCTION long bpf_get_numa_node_id(void)
{
	return 0;
}

SCX_FUNCTION struct task_struct *bpf_get_current_task_btf(void)
{
	return sched_task_on(this_cpu());
}

SCX_FUNCTION u64 bpf_get_current_pid_tgid(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return task ? (u64)task->tgid << 32 | (u32)task->pid : 0;
}

#define bpf_ksym_exists(name) 1

#include "bpf/bpf_core_read.h"

#endif
