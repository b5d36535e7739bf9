/* SPDX-License-Identifier: MIT */
/* Profiled programs: data structures, and what a kernel's policies do. */
#include "tests/unit/nimble/programs/program.h"

LICENCE("MIT");

struct node {
	u64 key;
	u32 next, left, right, count;
};
static struct node node[256];
static u32 queue[256], parent[256], bucket[64];
static u64 mask[8];

PROGRAM list(void)
{
	u32 head = 0, i;
	u64 sum = 0;

	for (i = 1; i < 200; i++) {
		node[i].key = words[i];
		node[i].next = head;
		head = i;
	}
	while (head) {
		sum += node[head].key;
		head = node[head].next;
	}
	return sum;
}

PROGRAM sorted_list(void)
{
	u32 i, head = 0;

	for (i = 1; i < 40; i++) {
		u32 *at = &head;

		node[i].key = words[i] & 0xffff;
		while (*at && node[*at].key < node[i].key)
			at = &node[*at].next;
		node[i].next = *at;
		*at = i;
	}
	return head;
}

PROGRAM tree_insert(void)
{
	u32 i, depth = 0;

	node[1].left = node[1].right = 0;
	node[1].key = words[1];
	for (i = 2; i < 120; i++) {
		u32 at = 1;

		node[i].key = words[i * 7 & 511];
		node[i].left = node[i].right = 0;
		for (;;) {
			u32 *to = node[i].key < node[at].key ? &node[at].left
							     : &node[at].right;

			depth++;
			if (!*to) {
				*to = i;
				break;
			}
			at = *to;
		}
	}
	return depth;
}

PROGRAM union_find(void)
{
	u32 i, sets = 256;

	for (i = 0; i < 256; i++)
		parent[i] = i;
	for (i = 0; i < 150; i++) {
		u32 a = bytes[i], b = bytes[i + 300];

		while (parent[a] != a)
			a = parent[a] = parent[parent[a]];
		while (parent[b] != b)
			b = parent[b] = parent[parent[b]];
		if (a != b) {
			parent[a] = b;
			sets--;
		}
	}
	return sets;
}

PROGRAM breadth_first(void)
{
	u32 head = 0, tail = 0, i;

	for (i = 0; i < 256; i++)
		node[i].count = ~0u;
	node[0].count = 0;
	queue[tail++] = 0;
	while (head < tail) {
		u32 at = queue[head++], turn;

		for (turn = 0; turn < 3; turn++) {
			u32 to = bytes[at * 3 + turn];

			if (node[to].count != ~0u)
				continue;
			node[to].count = node[at].count + 1;
			queue[tail++] = to;
		}
	}
	return tail;
}

PROGRAM chained_hash(void)
{
	u32 i, n = 1, hits = 0;

	for (i = 0; i < 64; i++)
		bucket[i] = 0;
	for (i = 0; i < 200; i++) {
		u64 key = words[i] & 0xff;
		u32 h = (u32)(key * 0x9e3779b1u) >> 26, at;

		for (at = bucket[h]; at; at = node[at].next)
			if (node[at].key == key)
				break;
		if (at) {
			node[at].count++;
			hits++;
			continue;
		}
		node[n].key = key;
		node[n].count = 1;
		node[n].next = bucket[h];
		bucket[h] = n++;
	}
	return hits;
}

PROGRAM open_hash(void)
{
	u64 *slot = &words[256];
	u32 i, probes = 0;

	for (i = 0; i < 128; i++)
		slot[i] = 0;
	for (i = 0; i < 90; i++) {
		u64 key = words[i] | 1;
		u32 h = (key ^ key >> 29) & 127;

		while (slot[h] && slot[h] != key) {
			h = (h + 1) & 127;
			probes++;
		}
		slot[h] = key;
	}
	return probes;
}

PROGRAM least_loaded(void)
{
	u32 round, cpu, sum = 0;

	for (round = 0; round < 40; round++) {
		u32 best = 0, least = ~0u;

		for (cpu = 0; cpu < 32; cpu++) {
			if (!(mask[0] >> cpu & 1) && bytes[round] & 1)
				continue;
			if (node[cpu].count < least) {
				least = node[cpu].count;
				best = cpu;
			}
		}
		node[best].count += bytes[round];
		sum += best;
	}
	return sum;
}

PROGRAM round_robin(void)
{
	u32 i, last = 0;
	u64 sum = 0;

	for (i = 0; i < 300; i++) {
		u32 tries = 0;

		do {
			last = last + 1 == 48 ? 0 : last + 1;
		} while (!(bytes[last] & 1) && ++tries < 48);
		sum += last;
	}
	return sum;
}

PROGRAM token_bucket(void)
{
	u64 tokens = 0, last = 0, now = 0, passed = 0;
	u32 i;

	for (i = 0; i < 300; i++) {
		now += bytes[i];
		tokens += (now - last) * 5;
		if (tokens > 4000)
			tokens = 4000;
		last = now;
		if (tokens >= bytes[i + 500] * 4u) {
			tokens -= bytes[i + 500] * 4u;
			passed++;
		}
	}
	return passed;
}

PROGRAM filter_calls(void)
{
	u64 verdict = 0;
	u32 i;

	for (i = 0; i < 300; i++) {
		u32 nr = bytes[i];

		if (nr == 59 || nr == 101)
			verdict += 2;
		else if (nr >= 41 && nr <= 55)
			verdict += words[nr] & 0x80000 ? 0 : 1;
		else if (mask[nr >> 6 & 7] >> (nr & 63) & 1)
			verdict += 3;
		words[nr]++;
	}
	return verdict;
}

PROGRAM ring(void)
{
	u32 head = 0, tail = 0, dropped = 0, i;
	u64 sum = 0;

	for (i = 0; i < 400; i++) {
		if (bytes[i] & 4) {
			if (head - tail == 64) {
				dropped++;
				continue;
			}
			queue[head++ & 63] = i;
		} else if (head != tail) {
			sum += queue[tail++ & 63];
		}
	}
	return sum + dropped;
}

PROGRAM quick_sort(void)
{
	u32 stack[32], top = 0;
	u64 *v = &words[100];

	stack[top++] = 0;
	stack[top++] = 63;
	while (top) {
		s64 high = stack[--top], low = stack[--top];
		s64 i = low, j = high;
		u64 pivot = v[(low + high) / 2];

		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				u64 t = v[i];

				v[i++] = v[j];
				v[j--] = t;
			}
		}
		if (low < j) {
			stack[top++] = (u32)low;
			stack[top++] = (u32)j;
		}
		if (i < high) {
			stack[top++] = (u32)i;
			stack[top++] = (u32)high;
		}
	}
	return v[5];
}

PROGRAM shell_sort(void)
{
	u32 gap, i, j;

	for (gap = 32; gap; gap /= 2)
		for (i = gap; i < 96; i++) {
			u32 x = bytes[i];

			for (j = i; j >= gap && bytes[j - gap] > x; j -= gap)
				bytes[j] = bytes[j - gap];
			bytes[j] = (u8)x;
		}
	return bytes[9];
}

PROGRAM merge(void)
{
	const u64 *a = words, *b = words + 128;
	u64 *to = words + 256;
	u32 i = 0, j = 0;

	while (i < 128 && j < 128)
		*to++ = a[i] <= b[j] ? a[i++] : b[j++];
	while (i < 128)
		*to++ = a[i++];
	while (j < 128)
		*to++ = b[j++];
	return words[300];
}

PROGRAM options(void)
{
	u64 sum = 0;
	u32 i = 0;

	while (i < 1000) {
		u32 kind = bytes[i] & 15, length = bytes[i + 1] & 7;

		switch (kind) {
		case 0:
			i++;
			continue;
		case 2:
			sum += (u32)bytes[i + 2] << 8 | bytes[i + 3];
			break;
		case 3:
			sum ^= bytes[i + 2];
			break;
		case 8:
			sum += *(u32 *)(void *)&bytes[(i + 2) & ~3u];
			break;
		default:
			sum++;
		}
		i += length + 2;
	}
	return sum;
}

PROGRAM interpreter(void)
{
	u64 acc = 0, stack[8] = {0};
	u32 pc, sp = 0;

	for (pc = 0; pc < 600; pc++) {
		u32 op = bytes[pc];

		switch (op & 7) {
		case 0:
			acc += op;
			break;
		case 1:
			stack[sp++ & 7] = acc;
			break;
		case 2:
			acc ^= stack[--sp & 7];
			break;
		case 3:
			acc <<= 1;
			break;
		case 4:
			if (acc & 1)
				pc++;
			break;
		default:
			acc = acc * 5 + 1;
		}
	}
	return acc;
}

PROGRAM message_match(void)
{
	u64 matched = 0;
	u32 i, j;

	for (i = 0; i < 40; i++) {
		u32 source = bytes[i], tag = bytes[i + 100] & 7;

		for (j = 0; j < 24; j++) {
			const struct node *want = &node[j];

			if ((want->left == ~0u || want->left == source) &&
			    (want->right == 0 || (want->right & 7) == tag))
				break;
		}
		matched += j;
	}
	return matched;
}

PROGRAMS(RUN(0, list) RUN(1, sorted_list) RUN(2, tree_insert) RUN(
	3, union_find) RUN(4, breadth_first) RUN(5, chained_hash) RUN(6,
								      open_hash)
		 RUN(7, least_loaded) RUN(8, round_robin) RUN(9, token_bucket)
			 RUN(10, filter_calls) RUN(11, ring) RUN(12, quick_sort)
				 RUN(13, shell_sort) RUN(14, merge)
					 RUN(15, options) RUN(16, interpreter)
						 RUN(17, message_match))
