/* SPDX-License-Identifier: MIT */
/* Profiled programs: arithmetic and hashes. */
#include "tests/unit/nimble/programs/program.h"

LICENCE("MIT");

static u32 table[64 * 64];

PROGRAM fibonacci(void)
{
	u64 a = 0, b = 1;
	u32 i;

	for (i = 0; i < 400; i++) {
		u64 c = a + b;

		a = b;
		b = c;
	}
	return a;
}

PROGRAM gcd(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < 30; i++) {
		u64 a = words[i] | 1, b = words[i + 40] | 1;

		while (b) {
			u64 c = a % b;

			a = b;
			b = c;
		}
		sum += a;
	}
	return sum;
}

PROGRAM collatz(void)
{
	u64 steps = 0, i;

	for (i = 2; i < 60; i++) {
		u64 n = i;

		while (n != 1) {
			n = n & 1 ? 3 * n + 1 : n / 2;
			steps++;
		}
	}
	return steps;
}

PROGRAM power(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 1; i < 40; i++) {
		u64 base = i, result = 1, e = words[i] & 0xffff;

		while (e) {
			if (e & 1)
				result = result * base % 1000003;
			base = base * base % 1000003;
			e >>= 1;
		}
		sum += result;
	}
	return sum;
}

PROGRAM fnv(void)
{
	u64 hash = 0xcbf29ce484222325ull;
	u32 i;

	for (i = 0; i < 1024; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	return hash;
}

PROGRAM jenkins(void)
{
	u32 hash = 0, i;

	for (i = 0; i < 1024; i++) {
		hash += bytes[i];
		hash += hash << 10;
		hash ^= hash >> 6;
	}
	hash += hash << 3;
	return hash ^ hash >> 11;
}

PROGRAM murmur(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < 200; i++) {
		u64 h = words[i];

		h ^= h >> 33;
		h *= 0xff51afd7ed558ccdull;
		h ^= h >> 33;
		h *= 0xc4ceb9fe1a85ec53ull;
		h ^= h >> 33;
		sum += h;
	}
	return sum;
}

PROGRAM adler(void)
{
	u32 a = 1, b = 0, i;

	for (i = 0; i < 1024; i++) {
		a += bytes[i];
		if (a >= 65521)
			a -= 65521;
		b += a;
		if (b >= 65521)
			b -= 65521;
	}
	return b << 16 | a;
}

PROGRAM xorshift(void)
{
	u64 x = 88172645463325252ull;
	u32 y = 2463534242u, i;

	for (i = 0; i < 200; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		y ^= y << 13;
		y ^= y >> 17;
		y ^= y << 5;
	}
	return x ^ y;
}

#define TURN(x, n) ((x) << (n) | (x) >> (32 - (n)))

PROGRAM chacha(void)
{
	u32 a = (u32)words[0], b = (u32)words[1], c = (u32)words[2];
	u32 d = (u32)words[3], i;

	for (i = 0; i < 100; i++) {
		a += b, d ^= a, d = TURN(d, 16);
		c += d, b ^= c, b = TURN(b, 12);
		a += b, d ^= a, d = TURN(d, 8);
		c += d, b ^= c, b = TURN(b, 7);
	}
	return a ^ b ^ c ^ d;
}

PROGRAM md5_like(void)
{
	u32 a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476;
	u32 i;

	for (i = 0; i < 256; i++) {
		u32 f = i & 1 ? (b & c) | (~b & d) : b ^ c ^ d;
		u32 t = d;

		f += a + (u32)words[i & 63];
		d = c;
		c = b;
		b += TURN(f, 7);
		a = t;
	}
	return a + b + c + d;
}

PROGRAM bits(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < 200; i++) {
		u64 x = words[i];

		x = x - (x >> 1 & 0x5555555555555555ull);
		x = (x & 0x3333333333333333ull) +
		    (x >> 2 & 0x3333333333333333ull);
		x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
		sum += x * 0x0101010101010101ull >> 56;
	}
	return sum;
}

PROGRAM lowest_bits(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < 60; i++) {
		u64 x = words[i];

		while (x) {
			sum += x & -x;
			x &= x - 1;
		}
	}
	return sum;
}

PROGRAM square_root(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < 30; i++) {
		u32 x = (u32)words[i], r = 0, bit = 1u << 30;

		while (bit > x)
			bit >>= 2;
		while (bit) {
			if (x >= r + bit) {
				x -= r + bit;
				r = (r >> 1) + bit;
			} else {
				r >>= 1;
			}
			bit >>= 2;
		}
		sum += r;
	}
	return sum;
}

PROGRAM prefix_sums(void)
{
	u32 i;

	for (i = 1; i < WORDS; i++)
		words[i] += words[i - 1];
	return words[WORDS - 1];
}

PROGRAM average(void)
{
	s64 fast = 0, slow = 0;
	u32 i;

	for (i = 0; i < WORDS; i++) {
		s64 sample = (s64)(words[i] & 0xfffff);

		fast += (sample - fast) >> 3;
		slow += (sample - slow) >> 6;
	}
	return (u64)(fast - slow);
}

PROGRAM transpose(void)
{
	u32 i, j;

	for (i = 0; i < 64 * 64; i++)
		table[i] = i;
	for (i = 0; i < 64; i++)
		for (j = i + 1; j < 64; j++) {
			u32 t = table[i * 64 + j];

			table[i * 64 + j] = table[j * 64 + i];
			table[j * 64 + i] = t;
		}
	return table[65];
}

PROGRAM convolve(void)
{
	u32 x, y, sum = 0;

	for (y = 1; y < 20; y++)
		for (x = 1; x < 20; x++) {
			const u32 *p = &table[y * 64 + x];
			s32 v = (s32)(4 * p[0] - p[-1] - p[1] - p[-64] - p[64]);

			sum += (u32)(v < 0 ? -v : v);
		}
	return sum;
}

PROGRAM knapsack(void)
{
	u32 i, w;

	for (w = 0; w < 200; w++)
		table[w] = 0;
	for (i = 0; i < 12; i++) {
		u32 weight = bytes[i] % 30 + 1, value = bytes[i + 50];

		for (w = 199; w >= weight; w--)
			if (table[w - weight] + value > table[w])
				table[w] = table[w - weight] + value;
	}
	return table[199];
}

PROGRAMS(RUN(0, fibonacci) RUN(1, gcd) RUN(2, collatz) RUN(3, power) RUN(4, fnv)
		 RUN(5, jenkins) RUN(6, murmur) RUN(7, adler) RUN(8, xorshift)
			 RUN(9, chacha) RUN(10, md5_like) RUN(11, bits)
				 RUN(12, lowest_bits) RUN(13, square_root)
					 RUN(14, prefix_sums) RUN(15, average)
						 RUN(16, transpose)
							 RUN(17, convolve)
								 RUN(18,
								     knapsack))
