/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/lib/string.c: copies and fills of all small lengths at all alignments,
 * and nothing beside them. The functions go by other names here: the C library
 * has its own. */
#define memcpy kernel_memcpy
#define memmove kernel_memmove
#define memset kernel_memset
#define memcmp kernel_memcmp
#define strlen kernel_strlen
#define strnlen kernel_strnlen
#define strcmp kernel_strcmp
#define strncmp kernel_strncmp
#define strlcpy kernel_strlcpy
#include "kernel/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strlcpy

#include "tests/unit/kernel/host.h"

#define LENGTHS 40
#define ALIGNMENTS 9
#define ROOM (2 * ALIGNMENTS + LENGTHS)

static unsigned char buffer[ROOM], expected[ROOM];

static void fill(void)
{
	for (int i = 0; i < ROOM; i++)
		buffer[i] = expected[i] = (unsigned char)(i * 7 + 1);
}

static void fills_change_their_bytes_alone(void **state)
{
	(void)state;
	for (size_t n = 0; n < LENGTHS; n++)
		for (size_t at = 0; at < ALIGNMENTS; at++) {
			fill();
			for (size_t i = 0; i < n; i++)
				expected[at + i] = 0xa5;
			assert_ptr_equal(kernel_memset(buffer + at, 0x7fa5, n),
					 buffer + at);
			assert_memory_equal(buffer, expected, ROOM);
		}
}

static void copies_change_their_bytes_alone(void **state)
{
	static const unsigned char from[LENGTHS + ALIGNMENTS] =
		"what is copied, at any alignment of either";

	(void)state;
	for (size_t n = 0; n < LENGTHS; n++)
		for (size_t at = 0; at < ALIGNMENTS; at++) {
			fill();
			for (size_t i = 0; i < n; i++)
				expected[8 - at + i] = from[at + i];
			assert_ptr_equal(kernel_memcpy(buffer + 8 - at,
						       from + at, n),
					 buffer + 8 - at);
			assert_memory_equal(buffer, expected, ROOM);
		}
}

static void moves_may_overlap(void **state)
{
	(void)state;
	for (size_t n = 0; n < LENGTHS; n++)
		for (size_t from = 0; from < ALIGNMENTS; from++)
			for (size_t to = 0; to < ALIGNMENTS; to++) {
				fill();
				for (size_t i = 0; i < n; i++)
					expected[to + i] = buffer[from + i];
				kernel_memmove(buffer + to, buffer + from, n);
				assert_memory_equal(buffer, expected, ROOM);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_change_their_bytes_alone),
		cmocka_unit_test(copies_change_their_bytes_alone),
		cmocka_unit_test(moves_may_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
