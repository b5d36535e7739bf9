/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/lib/format.c against the C library's snprintf(). */
#include <stdio.h>
#include <string.h>

#include "kernel/lib/format.h"
#include "tests/unit/kernel/host.h"

#define SAME(...)                                                   \
	do {                                                        \
		char ours[64], theirs[64];                          \
		size_t n = format(ours, sizeof(ours), __VA_ARGS__); \
		snprintf(theirs, sizeof(theirs), __VA_ARGS__);      \
		assert_string_equal(ours, theirs);                  \
		assert_int_equal(n, strlen(theirs));                \
	} while (0)

static void agrees_with_snprintf(void **state)
{
	(void)state;
	SAME("plain");
	SAME("%d %d %d", 0, -1, 2147483647);
	SAME("%i", -2147483647 - 1);
	SAME("%ld %ld", -9223372036854775807L - 1, 9223372036854775807L);
	SAME("%u %lu %zu", 4294967295u, ~0UL, (size_t)77);
	SAME("%x %lx %X", 0xabcdu, 0xffffffff80000000UL, 0xabcdu);
	SAME("[%5d] [%-5d] [%05d] [%5d]", 42, 42, 42, -42);
	SAME("[%05d] [%016lx] [%06lu]", -42, 0x1234UL, 12UL);
	SAME("[%s] [%10s] [%-10s] [%.2s] [%.*s]", "abc", "abc", "abc", "abc", 1,
	     "abc");
	SAME("%c%c %%", 'a', 'b');
	SAME("%p", (void *)0x1234);
}

static void never_writes_beyond_its_size(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(format(buf, 4, "%s", "longer"), 3);
	assert_string_equal(buf, "lon");
	assert_int_equal(buf[4], 'x');
	assert_int_equal(format(buf, 1, "%d", 12), 0);
	assert_string_equal(buf, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_snprintf),
		cmocka_unit_test(never_writes_beyond_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
