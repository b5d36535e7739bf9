/* SPDX-License-Identifier: MIT */
/* Functions that compilers call by themselves: division, memory, bits,
 * atomics. */
/*
 * Linked by nimble-cc, function by function, where an extension needs it. It
 * is compiled by bpf-gcc -O1 with -fno-builtin, so that memcpy does not become
 * a call of memcpy. Division is unsigned division and signs: the instruction
 * set of -mcpu=v3 has no signed one. A quotient by 0 is 0, as in eBPF.
 */
#include "nimble/abi/types.h"

typedef nx_u32 u32;
typedef nx_u64 u64;
typedef nx_s32 s32;
typedef nx_s64 s64;

s64 __divdi3(s64 a, s64 b);
s64 __moddi3(s64 a, s64 b);
s32 __divsi3(s32 a, s32 b);
s32 __modsi3(s32 a, s32 b);
u64 __udivdi3(u64 a, u64 b);
u64 __umoddi3(u64 a, u64 b);
u32 __bswapsi2(u32 x);
u64 __bswapdi2(u64 x);
int __ctzdi2(u64 x);
int __clzdi2(u64 x);
int __ctzsi2(u32 x);
int __clzsi2(u32 x);
int __ffsdi2(u64 x);
int __ffssi2(u32 x);
int __popcountdi2(u64 x);
int __popcountsi2(u32 x);
int __paritydi2(u64 x);
s64 __muldi3(s64 a, s64 b);
void *memcpy(void *to, const void *from, u64 bytes);
void *memmove(void *to, const void *from, u64 bytes);
void *memset(void *to, int byte, u64 bytes);
int memcmp(const void *a, const void *b, u64 bytes);

void *mem_move(void *to, const void *from, u64 bytes);
void *mem_set(void *to, u64 byte, u64 bytes);
u64 mem_compare(const void *a, const void *b, u64 bytes);

static u64 magnitude(s64 x)
{
	return x < 0 ? -(u64)x : (u64)x;
}

s64 __divdi3(s64 a, s64 b)
{
	u64 quotient = magnitude(a) / magnitude(b);

	return (s64)((a ^ b) < 0 ? -quotient : quotient);
}

s64 __moddi3(s64 a, s64 b)
{
	u64 remainder = magnitude(a) % magnitude(b);

	return (s64)(a < 0 ? -remainder : remainder);
}

s32 __divsi3(s32 a, s32 b)
{
	return (s32)__divdi3(a, b);
}

s32 __modsi3(s32 a, s32 b)
{
	return (s32)__moddi3(a, b);
}

u64 __udivdi3(u64 a, u64 b)
{
	return a / b;
}

u64 __umoddi3(u64 a, u64 b)
{
	return a % b;
}

s64 __muldi3(s64 a, s64 b)
{
	return (s64)((u64)a * (u64)b);
}

u32 __bswapsi2(u32 x)
{
	return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
}

u64 __bswapdi2(u64 x)
{
	return (u64)__bswapsi2((u32)x) << 32 | __bswapsi2((u32)(x >> 32));
}

int __popcountdi2(u64 x)
{
	x -= x >> 1 & 0x5555555555555555ull;
	x = (x & 0x3333333333333333ull) + (x >> 2 & 0x3333333333333333ull);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (int)(x * 0x0101010101010101ull >> 56);
}

int __popcountsi2(u32 x)
{
	return __popcountdi2(x);
}

int __paritydi2(u64 x)
{
	return __popcountdi2(x) & 1;
}

int __ctzdi2(u64 x)
{
	return __popcountdi2((x & -x) - 1);
}

int __ctzsi2(u32 x)
{
	return x ? __ctzdi2(x) : 32;
}

int __clzdi2(u64 x)
{
	x |= x >> 1;
	x |= x >> 2;
	x |= x >> 4;
	x |= x >> 8;
	x |= x >> 16;
	x |= x >> 32;
	return __popcountdi2(~x);
}

int __clzsi2(u32 x)
{
	return __clzdi2(x) - 32;
}

int __ffsdi2(u64 x)
{
	return x ? __ctzdi2(x) + 1 : 0;
}

int __ffssi2(u32 x)
{
	return __ffsdi2(x);
}

/* The helpers check and charge for a block at once. */
void *memcpy(void *to, const void *from, u64 bytes)
{
	return mem_move(to, from, bytes);
}

void *memmove(void *to, const void *from, u64 bytes)
{
	return mem_move(to, from, bytes);
}

void *memset(void *to, int byte, u64 bytes)
{
	return mem_set(to, (u64)byte, bytes);
}

int memcmp(const void *a, const void *b, u64 bytes)
{
	return (int)mem_compare(a, b, bytes);
}
