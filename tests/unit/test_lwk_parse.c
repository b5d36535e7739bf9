// SPDX-License-Identifier: MIT
/* toolchain/lwk/parse.c. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "toolchain/common/cli.h"
#include "toolchain/lwk/parse.h"

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{"1", 1},
		{"512M", 512ULL << 20},
		{"512m", 0},
		{"2k", 2048},
		{"1G", 1ULL << 30},
		{"1GiB", 1ULL << 30},
		{"1GB", 1ULL << 30},
		{"7B", 7},
		{"16T", 16ULL << 40},
		{"0x10", 0},
		{"", 0},
		{"M", 0},
		{"0", 0},
		{"0M", 0},
		{"-1", 0},
		{" 1", 0},
		{"+1", 0},
		{"1 M", 0},
		{"1MM", 0},
		{"1Mi", 0},
		{"1.5G", 0},
		{"18446744073709551615", UINT64_MAX},
		{"18446744073709551616", 0},
		{"16777216T", 0},
		{"16777215T", 16777215ULL << 40},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t bytes = 0;
		int err = parse_size(good[i].text, &bytes);

		if (good[i].bytes ? err || bytes != good[i].bytes : !err)
			fail_msg("\"%s\"", good[i].text);
	}
}

static void test_cpus(void **state)
{
	static const struct {
		const char *text, *again; /* NULL: refused */
	} lists[] = {
		{"0", "0"},
		{"1-3", "1-3"},
		{"1-3,5", "1-3,5"},
		{"5,1,2,3", "1-3,5"},
		{"3,3,3", "3"},
		{"62-65", "62-65"},
		{"1023", "1023"},
		{"0-1023", "0-1023"},
		{"1024", NULL},
		{"", NULL},
		{",", NULL},
		{"1,", NULL},
		{",1", NULL},
		{"3-1", NULL},
		{"1-", NULL},
		{"-3", NULL},
		{"1--3", NULL},
		{"1-3-5", NULL},
		{"a", NULL},
		{"1;2", NULL},
		{"0-99999999999999999999", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		uint64_t mask[LWK_CPUMASK_WORDS];
		char again[64] = "";
		int err = parse_cpus(lists[i].text, mask);

		if (!err)
			format_cpus(mask, again, sizeof(again));
		if (lists[i].again ? err || strcmp(again, lists[i].again)
				   : !err)
			fail_msg("\"%s\" gave \"%s\"", lists[i].text, again);
	}
}

static void test_long_list(void **state)
{
	uint64_t mask[LWK_CPUMASK_WORDS];
	char text[16];

	(void)state;
	for (unsigned int i = 0; i < LWK_CPUMASK_WORDS; i++)
		mask[i] = 0x5555555555555555;
	format_cpus(mask, text, sizeof(text));
	assert_int_equal(strlen(text), 15);
	assert_int_equal(count_cpus(mask), 512);
}

static void test_numbers(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(parse_number("7", 7, &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(parse_number("8", 7, &value), -1);
	assert_int_equal(parse_number("", 7, &value), -1);
	assert_int_equal(parse_number("-1", 7, &value), -1);
	assert_int_equal(parse_number("1x", 7, &value), -1);
	assert_int_equal(parse_number(" 1", 7, &value), -1);
}

static void test_format_size(void **state)
{
	char text[32];

	(void)state;
	format_size(512ULL << 20, text, sizeof(text));
	assert_string_equal(text, "512 MiB");
	format_size(1025, text, sizeof(text));
	assert_string_equal(text, "1025 B");
	format_size(0, text, sizeof(text));
	assert_string_equal(text, "0 B");
	format_size(3ULL << 30, text, sizeof(text));
	assert_string_equal(text, "3 GiB");
}

/* Bytes that a terminal might obey, and plain text. */
static void test_escaping(void **state)
{
	static const struct {
		const char *text, *shown;
	} texts[] = {
		{"plain text\n", "plain text\n"},
		{"\033[31m\a", "\\x1b[31m\\x07"},
		{"\302\233[31m", "\\xc2\\x9b[31m"},
		{"\302\200\302\237\302\240", "\\xc2\\x80\\xc2\\x9f\302\240"},
		{"\233[31m", "\\x9b[31m"},
		{"na\303\257ve \342\202\254 \360\237\230\200",
		 "na\303\257ve \342\202\254 \360\237\230\200"},
		{"cut \342\202", "cut \\xe2\\x82"},
		{"\340\202\233 \355\240\200",
		 "\\xe0\\x82\\x9b \\xed\\xa0\\x80"},
		{"\300\233", "\\xc0\\x9b"},
		{"", ""},
	};
	char shown[256];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fmemopen(shown, sizeof(shown), "w");

		print_escaped(texts[i].text, file);
		fputc(0, file);
		fclose(file);
		assert_string_equal(shown, texts[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_format_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
