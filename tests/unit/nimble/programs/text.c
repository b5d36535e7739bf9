/* SPDX-License-Identifier: MIT */
/* Profiled programs: texts and bytes. */
#include "tests/unit/nimble/programs/program.h"

LICENCE("MIT");

static u8 out[4096];

static u32 is_space(u32 c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

PROGRAM length(void)
{
	u64 n = 0, sum = 0, i;

	for (i = 0; i < 40; i++)
		for (n = i * 20; bytes[n]; n++)
			sum++;
	return sum;
}

PROGRAM copy_bytes(void)
{
	u8 *to = out;
	const u8 *from = bytes;

	while (from < bytes + 1024)
		*to++ = *from++;
	return out[77];
}

PROGRAM copy_words(void)
{
	u64 *to = (u64 *)(void *)out;
	u32 i;

	for (i = 0; i < 256; i++)
		to[i] = words[i];
	return to[9];
}

PROGRAM find_byte(void)
{
	u64 sum = 0;
	u32 c;

	for (c = 0; c < 48; c++) {
		const u8 *p = bytes;

		while (p < bytes + sizeof(bytes) && *p != c)
			p++;
		sum += (u64)(p - bytes);
	}
	return sum;
}

PROGRAM find_text(void)
{
	u64 found = 0;
	u32 i, j;

	for (i = 0; i + 3 < 1500; i++) {
		for (j = 0; j < 3; j++)
			if (bytes[i + j] != bytes[700 + j])
				break;
		found += j == 3;
	}
	return found;
}

PROGRAM upper(void)
{
	u32 i;

	for (i = 0; i < 1024; i++) {
		u8 c = bytes[i] & 127;

		if (c >= 'a' && c <= 'z')
			c -= 32;
		out[i] = c;
	}
	return out[5];
}

PROGRAM count_words(void)
{
	u32 i, inside = 0, n = 0;

	for (i = 0; i < 1024; i++) {
		u32 space = is_space(bytes[i] & 63);

		if (!space && !inside)
			n++;
		inside = !space;
	}
	return n;
}

PROGRAM parse_numbers(void)
{
	u64 sum = 0;
	u32 i = 0;

	while (i < 1000) {
		u64 value = 0;
		u32 digits = 0;

		while (digits < 6 && bytes[i] >= 100) {
			value = value * 10 + (bytes[i] - 100) % 10;
			digits++;
			i++;
		}
		sum += value;
		i++;
	}
	return sum;
}

PROGRAM print_hex(void)
{
	u32 i, o = 0;

	for (i = 0; i < 32; i++) {
		u64 value = words[i];
		s32 shift;

		for (shift = 60; shift >= 0; shift -= 4) {
			u32 digit = value >> shift & 15;

			out[o++] = (u8)(digit < 10 ? '0' + digit
						   : 'a' + digit - 10);
		}
	}
	return out[100];
}

PROGRAM print_decimal(void)
{
	u32 i, o = 0;

	for (i = 0; i < 60; i++) {
		u32 value = (u32)words[i], n = 0;
		u8 digits[12];

		do {
			digits[n++] = (u8)('0' + value % 10);
			value /= 10;
		} while (value);
		while (n)
			out[o++] = digits[--n];
	}
	return o;
}

PROGRAM reverse(void)
{
	u32 i = 0, j = 1023;

	while (i < j) {
		u8 t = bytes[i];

		bytes[i++] = bytes[j];
		bytes[j--] = t;
	}
	return bytes[3];
}

PROGRAM histogram(void)
{
	static u32 count[256];
	u32 i, most = 0;

	for (i = 0; i < 256; i++)
		count[i] = 0;
	for (i = 0; i < 1024; i++)
		count[bytes[i]]++;
	for (i = 1; i < 256; i++)
		if (count[i] > count[most])
			most = i;
	return most;
}

PROGRAM run_lengths(void)
{
	u32 i = 0, o = 0;

	while (i < 1000) {
		u32 n = 1;

		while (n < 255 && bytes[i + n] >> 3 == bytes[i] >> 3)
			n++;
		out[o++] = (u8)n;
		out[o++] = bytes[i];
		i += n;
	}
	return o;
}

PROGRAM compare(void)
{
	s64 sum = 0;
	u32 i, j;

	for (i = 0; i < 30; i++) {
		const u8 *a = bytes + i, *b = bytes + 256 + i;

		for (j = 0; j < 40 && a[j] / 2 == b[j] / 2; j++)
			;
		sum += a[j] - b[j];
	}
	return (u64)sum;
}

PROGRAM match_pattern(void)
{
	u64 matched = 0;
	u32 i;

	for (i = 0; i < 200; i++) {
		const u8 *p = bytes + i, *pattern = bytes + 1000;
		u32 n = 0;

		while (n < 8) {
			u8 want = pattern[n] & 7;

			if (want != 3 && want != (p[n] & 7))
				break;
			n++;
		}
		matched += n;
	}
	return matched;
}

PROGRAM fields(void)
{
	u64 sum = 0;
	u32 i, field = 0, start = 0;

	for (i = 0; i < 1024; i++) {
		if (bytes[i] % 16)
			continue;
		if (field % 3 == 1)
			sum += i - start;
		field++;
		start = i + 1;
	}
	return sum;
}

PROGRAMS(RUN(0, length) RUN(1, copy_bytes) RUN(2, copy_words) RUN(
	3, find_byte) RUN(4, find_text) RUN(5, upper) RUN(6, count_words)
		 RUN(7, parse_numbers) RUN(8, print_hex) RUN(9, print_decimal)
			 RUN(10, reverse) RUN(11, histogram)
				 RUN(12, run_lengths) RUN(13, compare)
					 RUN(14, match_pattern) RUN(15, fields))
