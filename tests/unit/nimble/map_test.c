/* SPDX-License-Identifier: MIT */
/* Maps: each type from the host's side and from an extension's. */
#include "tests/unit/nimble/image.h"
#include "nimble/core/priv.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

static struct nimble_ext *with_map(struct nx_map map)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;

	map.name = nx_string(&build, "m");
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	nx_import(&build, "ring_output");
	ext = load_build(&build,
			 CODE(MOVR(2, 1), MOV(3, 24), LDDW(1, NX_IMM_MAP, 0, 0),
			      JA(0), CALL(0), EXIT),
			 NIMBLE_ENGINE_CHECKED, &diag);
	if (!ext)
		fail_msg("%s", diag.message);
	return ext;
}

static void test_array(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_ARRAY, 4, 12, 3, 0});
	struct nimble_map *map = nimble_map(ext, 0);
	uint32_t key = 2, next, value[3] = {7, 8, 9}, got[3];

	(void)state;
	assert_int_equal(nimble_map_index(ext, "m"), 0);
	assert_int_equal(nimble_map_index(ext, "n"), -ENOENT);
	assert_int_equal(nimble_map_write(map, 0, &key, value), 0);
	assert_int_equal(nimble_map_read(map, 0, &key, got), 0);
	assert_memory_equal(got, value, sizeof(value));
	key = 3;
	assert_int_equal(nimble_map_read(map, 0, &key, got), -ENOENT);
	assert_int_equal(nimble_map_write(map, 0, &key, got), -E2BIG);
	assert_int_equal(nimble_map_remove(map, &key), -EOPNOTSUPP);
	assert_int_equal(nimble_map_next(map, NULL, &next), 0);
	assert_int_equal(next, 0);
	next = 2;
	assert_int_equal(nimble_map_next(map, &next, &next), -ENOENT);
	nimble_unload(ext);
}

static void test_percpu(void **state)
{
	struct nimble_ext *ext = with_map(
		(struct nx_map){0, NIMBLE_MAP_PERCPU_ARRAY, 4, 8, 2, 0});
	struct nimble_map *map = nimble_map(ext, 0);
	uint32_t key = 1, cpu;
	uint64_t value;

	(void)state;
	for (cpu = 0; cpu < NIMBLE_USER_CPUS; cpu++) {
		value = 100 + cpu;
		assert_int_equal(nimble_map_write(map, cpu, &key, &value), 0);
	}
	for (cpu = 0; cpu < NIMBLE_USER_CPUS; cpu++) {
		assert_int_equal(nimble_map_read(map, cpu, &key, &value), 0);
		assert_int_equal(value, 100 + cpu);
	}
	assert_int_equal(nimble_map_read(map, NIMBLE_USER_CPUS, &key, &value),
			 -ENOENT);
	nimble_unload(ext);
}

static void test_hash(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_HASH, 6, 8, 64, 0});
	struct nimble_map *map = nimble_map(ext, 0);
	uint8_t key[6] = {0}, next[6];
	uint64_t value, i, found = 0;

	(void)state;
	for (i = 0; i < 64; i++) {
		key[5] = (uint8_t)i;
		assert_int_equal(nimble_map_write(map, 0, key, &i), 0);
	}
	key[5] = 64;
	assert_int_equal(nimble_map_write(map, 0, key, &i), -ENOSPC);
	for (i = 0; i < 64; i += 2) {
		key[5] = (uint8_t)i;
		assert_int_equal(nimble_map_remove(map, key), 0);
		assert_int_equal(nimble_map_remove(map, key), -ENOENT);
	}
	for (i = 0; i < 64; i++) {
		key[5] = (uint8_t)i;
		assert_int_equal(nimble_map_read(map, 0, key, &value),
				 i % 2 ? 0 : -ENOENT);
	}
	if (!nimble_map_next(map, NULL, next))
		do
			found++;
		while (!nimble_map_next(map, next, next));
	assert_int_equal(found, 32);
	nimble_unload(ext);
}

static volatile bool over;

/* The bucket of a key of four bytes, as an attacker finds it in map_hash.c. */
static uint32_t bucket_of(uint32_t key, uint32_t buckets)
{
	uint32_t i, hash = 2166136261u;

	for (i = 0; i < 4; i++)
		hash = (hash ^ (key >> 8 * i & 0xff)) * 16777619u;
	return (hash ^ hash >> 15) & (buckets - 1);
}

/* Keys that were chosen to collide: a chain gets so long and no longer, since a
 * lookup charges the same however long it is. */
static void test_hash_collisions(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_HASH, 4, 8, 1024, 0});
	struct nimble_map *map = nimble_map(ext, 0);
	uint32_t key, some = 0, in = 0, other = 0;
	uint64_t value = 1;
	int error = 0;

	(void)state;
	for (key = 0; !error; key++) {
		if (bucket_of(key, 1024) != 5) {
			other = key;
			continue;
		}
		error = nimble_map_write(map, 0, &key, &value);
		some = error ? some : key;
		in += !error;
	}
	key--;
	assert_int_equal(error, -ENOSPC);
	assert_int_equal(in, 64);
	assert_int_equal(nimble_map_write(map, 0, &some, &value), 0);
	assert_int_equal(nimble_map_write(map, 0, &other, &value), 0);
	assert_int_equal(nimble_map_remove(map, &some), 0);
	assert_int_equal(nimble_map_write(map, 0, &key, &value), 0);
	nimble_unload(ext);
}

/* A key that another CPU changes while it is stored is one key or the other, in
 * the bucket of that: it can be found, and taken out again. */
static uint32_t changing;

static void *changer(void *unused)
{
	(void)unused;
	while (!over)
		__atomic_fetch_xor(&changing, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void test_hash_key_changes(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_HASH, 4, 8, 1024, 0});
	struct nimble_map *map = nimble_map(ext, 0);
	uint32_t next, i, lost = 0;
	uint64_t value = 1;
	pthread_t thread;

	(void)state;
	over = false;
	pthread_create(&thread, NULL, changer, NULL);
	for (i = 0; i < 300000; i++) {
		assert_int_equal(nimble_map_write(map, 0, &changing, &value),
				 0);
		assert_int_equal(nimble_map_next(map, NULL, &next), 0);
		lost += nimble_map_remove(map, &next) != 0;
		if (lost)
			break;
	}
	over = true;
	pthread_join(thread, NULL);
	assert_int_equal(lost, 0);
	nimble_unload(ext);
}

/* One writer moves a key in and out; readers always find the key that stays,
 * with its value. */
static struct nimble_map *raced;

static void *reader(void *unused)
{
	uint32_t key = 0;
	uint64_t value, misses = 0;

	(void)unused;
	while (!over) {
		if (nimble_map_read(raced, 0, &key, &value) || value != 12345)
			misses++;
	}
	return (void *)misses;
}

static void test_hash_race(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_HASH, 4, 8, 3, 0});
	pthread_t threads[2];
	uint64_t value = 12345;
	uint32_t key = 0, i;
	void *misses;

	(void)state;
	raced = nimble_map(ext, 0);
	over = false;
	nimble_map_write(raced, 0, &key, &value);
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, reader, NULL);
	for (i = 1; i < 300000; i++) {
		value = 1;
		key = i % 7 + 1;
		if (nimble_map_write(raced, 0, &key, &value))
			assert_int_equal(nimble_map_read(raced, 0, &key,
							 &value),
					 -ENOENT);
		key = (i + 3) % 7 + 1;
		nimble_map_remove(raced, &key);
	}
	over = true;
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &misses);
		assert_int_equal((uint64_t)misses, 0);
	}
	nimble_unload(ext);
}

/* A reader whose key is removed under it stands in a free slot: it must not walk
 * the list of them, which is as long as the map. */
#define FREE_SLOTS (1u << 20)
#define LOOKUP_NS 1000000u

static void *remover(void *unused)
{
	uint32_t key = 7;
	uint64_t value = 1;

	(void)unused;
	while (!over) {
		nimble_map_write(raced, 0, &key, &value);
		nimble_map_remove(raced, &key);
	}
	return NULL;
}

/* CPU time of this thread, so that others on the CPU do not count. */
static uint64_t spent_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void test_hash_lookup_is_bounded(void **state)
{
	struct nimble_ext *ext = with_map(
		(struct nx_map){0, NIMBLE_MAP_HASH, 4, 8, FREE_SLOTS, 0});
	uint64_t value, start, longest = 0, now;
	unsigned int i, j, slow = 0;
	uint32_t key = 8; /* another one of the same bucket */
	pthread_t thread;

	(void)state;
	while (bucket_of(key, FREE_SLOTS) != bucket_of(7, FREE_SLOTS))
		key++;
	raced = nimble_map(ext, 0);
	over = false;
	pthread_create(&thread, NULL, remover, NULL);
	for (i = 0; i < 20000; i++) {
		start = spent_ns();
		for (j = 0; j < 100; j++)
			nimble_map_read(raced, 0, &key, &value);
		now = spent_ns() - start;
		longest = now > longest ? now : longest;
		slow += now > LOOKUP_NS;
	}
	over = true;
	pthread_join(thread, NULL);
	if (slow > 5)
		fail_msg("%u times a hundred lookups took over 1 ms, up to %lu "
			 "ns",
			 slow, longest);
	nimble_unload(ext);
}

static struct nimble_ring *ring_of(struct nimble_ext *ext, uint8_t **data)
{
	struct nimble_ring *ring;
	void *start;
	size_t bytes;

	assert_int_equal(nimble_map_region(nimble_map(ext, 0), &start, &bytes),
			 0);
	assert_int_equal((uintptr_t)start % 4096, 0);
	assert_int_equal(bytes, 8192);
	ring = start;
	*data = (uint8_t *)start + ring->data_offset;
	return ring;
}

static void test_ring(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_RING, 0, 0, 4096, 0});
	struct nimble_ring_record record;
	struct nimble_ring *ring;
	uint64_t result, ctx[3];
	uint8_t *data;
	unsigned int i;

	(void)state;
	ring = ring_of(ext, &data);
	for (i = 0; i < 4096 / 32; i++) {
		assert_int_equal(run_ext(ext, 100, &result), 0);
		assert_int_equal(result, 0);
	}
	assert_int_equal(ring->produced, 4096);
	assert_int_equal(run_ext(ext, 100, &result), 0);
	assert_int_equal((int64_t)result, -ENOSPC);
	assert_int_equal(ring->dropped, 1);
	memcpy(&record, data + 32, sizeof(record));
	assert_int_equal(record.state, NIMBLE_RING_READY | 24);
	assert_int_equal(record.owner, 1);
	memcpy(ctx, data + 40, sizeof(ctx));
	assert_int_equal(ctx[2], 3);
	ring->consumed = 32;
	assert_int_equal(run_ext(ext, 100, &result), 0);
	assert_int_equal(result, 0);
	assert_int_equal(ring->produced, 4096 + 32);
	/* A consumer that lies only loses records. */
	ring->consumed = 1ull << 60;
	assert_int_equal(run_ext(ext, 100, &result), 0);
	assert_int_equal((int64_t)result, -ENOSPC);
	ring->data_bytes = 1 << 30;
	ring->data_offset = 1 << 30;
	ring->consumed = ring->produced;
	ring->produced = 77;
	assert_int_equal(run_ext(ext, 100, &result), 0);
	assert_int_equal(ring->produced, 4096 + 64);
	nimble_unload(ext);
}

/* Records of odd sizes come out whole, around the end of the data as well, and
 * with two producers at once none is lost or mixed with another. */
#define RECORDS 20000u
static struct nimble_map *filled;

static void *producer(void *id)
{
	uint8_t record[100];
	unsigned int i;

	for (i = 0; i < RECORDS; i++) {
		memset(record, (int)(uintptr_t)id + 2 * (int)(i % 100),
		       sizeof(record));
		while (nimble_ring_output(filled, record, 1 + i % 100))
			;
	}
	return NULL;
}

static void take(struct nimble_ring *ring, const uint8_t *data,
		 unsigned int *next)
{
	uint64_t at = ring->consumed;
	struct nimble_ring_record record;
	uint32_t bytes, i, first;

	memcpy(&record, data + at % 4096, sizeof(record));
	bytes = record.state & NIMBLE_RING_BYTES;
	assert_int_equal(record.state & ~NIMBLE_RING_BYTES, NIMBLE_RING_READY);
	at += sizeof(record);
	first = data[at % 4096];
	assert_int_equal(bytes, 1 + next[first % 2] % 100);
	assert_int_equal(first / 2, next[first % 2] % 100);
	next[first % 2]++;
	for (i = 0; i < bytes; i++)
		assert_int_equal(data[(at + i) % 4096], first);
	__atomic_store_n(&ring->consumed, (at + bytes + 7) / 8 * 8,
			 __ATOMIC_RELEASE);
}

static void test_ring_wraps(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_RING, 0, 0, 4096, 0});
	unsigned int next[2] = {0};
	struct nimble_ring *ring;
	pthread_t threads[2];
	uint8_t *data;
	uintptr_t i;

	(void)state;
	ring = ring_of(ext, &data);
	filled = nimble_map(ext, 0);
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, producer, (void *)i);
	while (next[0] + next[1] < 2 * RECORDS)
		if (__atomic_load_n(&ring->produced, __ATOMIC_ACQUIRE) !=
		    ring->consumed)
			take(ring, data, next);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(next[0], RECORDS);
	nimble_unload(ext);
}

/* Around the end of the slots, twice; a full queue, an empty one, the oldest lost. */
static void test_queue(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_QUEUE, 0, 12, 3, 0});
	struct nimble_map *map = nimble_map(ext, 0);
	uint32_t value[3] = {0}, i, next = 0;

	(void)state;
	assert_int_equal(nimble_queue_pop(map, value, false), -ENOENT);
	assert_int_equal(nimble_map_read(map, 0, &i, value), -EOPNOTSUPP);
	for (i = 0; i < 8; i++) {
		value[2] = i;
		assert_int_equal(nimble_queue_push(map, value, false), 0);
		if (i < 2)
			continue;
		assert_int_equal(nimble_queue_pop(map, value, true), 0);
		assert_int_equal(value[2], next);
		assert_int_equal(nimble_queue_pop(map, value, false), 0);
		assert_int_equal(value[2], next++);
	}
	value[2] = 8;
	assert_int_equal(nimble_queue_push(map, value, false), 0);
	value[2] = 9;
	assert_int_equal(nimble_queue_push(map, value, false), -E2BIG);
	assert_int_equal(nimble_queue_push(map, value, true), 0);
	for (i = 7; i < 10; i++) {
		assert_int_equal(nimble_queue_pop(map, value, false), 0);
		assert_int_equal(value[2], i);
	}
	assert_int_equal(nimble_queue_pop(map, value, false), -ENOENT);
	nimble_unload(ext);
}

/* The same from an extension, which finds the queue by a handle that lies in its data. */
static void test_queue_helpers(void **state)
{
	struct nx_reloc handle = {NX_SEC_DATA, NX_SEC_MAPS, 0, 0, 0};
	struct nx_map map = {0, NIMBLE_MAP_QUEUE, 0, 8, 4, 0};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	uint64_t result, seven = 7, got;

	(void)state;
	map.name = nx_string(&build, "q");
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	nx_append(&build, NX_SEC_DATA, NULL, 8);
	nx_append(&build, NX_SEC_RELOCS, &handle, sizeof(handle));
	nx_import(&build, "map_push");
	nx_import(&build, "map_pop");
	nx_import(&build, "map_peek");
	ext = load_build(&build,
			 CODE(LDDW(1, NX_IMM_DATA, 0, 0), LDX(BPF_DW, 6, 1, 0),
			      ST(BPF_DW, 10, -8, 41), MOVR(1, 6), MOVR(2, 10),
			      ADD(2, -8), MOV(3, 0), CALL(0), MOVR(1, 6),
			      MOVR(2, 10), ADD(2, -16), CALL(2),
			      LDX(BPF_DW, 7, 10, -16), MOVR(1, 6), MOVR(2, 10),
			      ADD(2, -16), CALL(1), LDX(BPF_DW, 0, 10, -16),
			      I(BPF_ALU64 | BPF_ADD | BPF_X, 0, 7, 0, 0), EXIT),
			 NIMBLE_ENGINE_CHECKED, &diag);
	if (!ext)
		fail_msg("%s", diag.message);
	assert_int_equal(nimble_queue_push(nimble_map(ext, 0), &seven, false),
			 0);
	assert_int_equal(run_ext(ext, 100, &result), 0);
	assert_int_equal(result, 14);
	assert_int_equal(nimble_queue_pop(nimble_map(ext, 0), &got, false), 0);
	assert_int_equal(got, 41);
	nimble_unload(ext);
}

/* Two threads push numbers, a third takes them out: each one's in order, none lost. */
#define NUMBERS 50000u

static void *pusher(void *id)
{
	uint64_t i, number[4];

	for (i = 0; i < NUMBERS; i++) {
		number[0] = number[1] = number[2] = number[3] =
			(uintptr_t)id + 2 * i;
		while (nimble_queue_push(filled, number, false))
			sched_yield();
	}
	return NULL;
}

static void test_queue_race(void **state)
{
	struct nimble_ext *ext =
		with_map((struct nx_map){0, NIMBLE_MAP_QUEUE, 0, 32, 5, 0});
	uint64_t next[2] = {0, 1}, got[4];
	pthread_t threads[2];
	uintptr_t i;

	(void)state;
	filled = nimble_map(ext, 0);
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, pusher, (void *)i);
	while (next[0] + next[1] < 2 * 2 * NUMBERS + 1) {
		if (nimble_queue_pop(filled, got, false)) {
			sched_yield();
			continue;
		}
		assert_int_equal(got[0], next[got[0] % 2]);
		assert_int_equal(got[3], got[0]);
		next[got[0] % 2] += 2;
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	nimble_unload(ext);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_helpers),
		cmocka_unit_test(test_queue_race),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_percpu),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_collisions),
		cmocka_unit_test(test_hash_key_changes),
		cmocka_unit_test(test_hash_race),
		cmocka_unit_test(test_hash_lookup_is_bounded),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_ring_wraps),
	};

	return cmocka_run_group_tests_name("nimble map", tests, NULL, NULL);
}
