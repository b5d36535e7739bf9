// SPDX-License-Identifier: MIT
/* toolchain/lwk/symbols.c, on an image made for it: symbols_sample.c. */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "toolchain/lwk/symbols.h"

static const char *image, *stripped;
static struct symbols *symbols;

/* sample_first() begins where the text does. */
#define FIRST 0xffffffff80000000

static void test_describe(void **state)
{
	char text[128];

	(void)state;
	assert_true(symbols_describe(symbols, FIRST, text, sizeof(text)) > 0);
	assert_string_equal(text,
			    "sample_first+0x0 tests/unit/symbols_sample.c:7");
	assert_true(symbols_describe(symbols, FIRST + 2, text, sizeof(text)) >
		    0);
	assert_memory_equal(text, "sample_first+0x2 ", 17);
	assert_int_equal(
		symbols_describe(symbols, FIRST - 1, text, sizeof(text)), 0);
	assert_int_equal(symbols_describe(symbols, FIRST + 0x100000, text,
					  sizeof(text)),
			 0);
}

static void test_resolve(void **state)
{
	static const struct {
		const char *line, *text;
	} lines[] = {
		{"nothing here\n", "nothing here\n"},
		{"at <0xffffffff80000000>!\n",
		 "at <0xffffffff80000000 sample_first+0x0 "
		 "tests/unit/symbols_sample.c:7>!\n"},
		{"<0xffffffff80ffffff> <0xffffffff80000000",
		 "<0xffffffff80ffffff> <0xffffffff80000000"},
		{"<0x401000> <0x> < <0xffffffff81000000>",
		 "<0x401000> <0x> < <0xffffffff81000000>"},
		{"", ""},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		symbols_resolve(symbols, lines[i].line, text, sizeof(text));
		assert_string_equal(text, lines[i].text);
		symbols_resolve(NULL, lines[i].line, text, sizeof(text));
		assert_string_equal(text, lines[i].line);
	}
}

/* Whatever room there is, it is kept to. */
static void test_room(void **state)
{
	const char *line = "a <0xffffffff80000000> b\n";

	(void)state;
	for (size_t room = 1; room < 120; room++) {
		char *text = malloc(room);

		symbols_resolve(symbols, line, text, room);
		assert_true(strlen(text) < room);
		free(text);
	}
}

static void test_without_lines(void **state)
{
	struct symbols *bare = symbols_open(stripped);
	char text[128];

	(void)state;
	assert_non_null(bare);
	assert_true(symbols_describe(bare, FIRST, text, sizeof(text)) > 0);
	assert_string_equal(text, "sample_first+0x0");
}

/* An installed image has neither, and a link names it. */
static void test_beside(void **state)
{
	char dir[] = "/tmp/symbols-XXXXXX", path[64], link[64], debug[64];
	char real[4096], text[128];
	struct symbols *found;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(realpath(image, real));
	snprintf(path, sizeof(path), "%s/lwk.elf", dir);
	snprintf(debug, sizeof(debug), "%s/lwk.elf.debug", dir);
	snprintf(link, sizeof(link), "%s/image", dir);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(symlink(path, link), 0);
	assert_null(symbols_open(link));
	assert_int_equal(symlink(real, debug), 0);
	found = symbols_open(link);
	assert_non_null(found);
	assert_true(symbols_describe(found, FIRST, text, sizeof(text)) > 0);
	unlink(link);
	unlink(debug);
	unlink(path);
	rmdir(dir);
}

/* Images that end anywhere, or are none. */
static void test_bad_images(void **state)
{
	static char bytes[1 << 20];
	char name[] = "/tmp/symbols-XXXXXX";
	int fd = open(image, O_RDONLY), copy;
	ssize_t size = read(fd, bytes, sizeof(bytes));

	(void)state;
	close(fd);
	assert_true(size > 0);
	assert_null(symbols_open("/nonexistent"));
	assert_null(symbols_open("/dev/null"));
	for (ssize_t cut = 0; cut < size; cut += 61) {
		struct symbols *cut_short;
		char text[128];

		copy = mkostemp(name, 0);
		assert_int_equal(write(copy, bytes, cut), cut);
		cut_short = symbols_open(name);
		if (cut_short)
			symbols_describe(cut_short, FIRST + 3, text,
					 sizeof(text));
		close(copy);
		unlink(name);
		strcpy(name, "/tmp/symbols-XXXXXX");
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_without_lines),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_bad_images),
	};
	static char with[512], without[512];

	(void)argc;
	snprintf(with, sizeof(with), "%s.sample", argv[0]);
	snprintf(without, sizeof(without), "%s.stripped", argv[0]);
	image = with;
	stripped = without;
	symbols = symbols_open(image);
	if (!symbols)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
