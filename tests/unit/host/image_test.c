// SPDX-License-Identifier: MIT
/* host-module/boot/image.c */
#include "host-module/boot/image.h"
#include "kernel/abi/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define ROOM (1ULL << 20)
#define TEXT "code"
#define DATA "data of the image"

/* A good image, for each test to spoil. */
struct image {
	Elf64_Ehdr head;
	Elf64_Phdr text, data;
	char text_bytes[sizeof(TEXT)];
	char data_bytes[sizeof(DATA)];
};

static const char *why;
static struct lwk_image loaded;

static struct image good(void)
{
	struct image i = {
		.head =
			{
				.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64,
					    ELFDATA2LSB, EV_CURRENT},
				.e_type = ET_EXEC,
				.e_machine = EM_X86_64,
				.e_version = EV_CURRENT,
				.e_entry = LWK_IMAGE_BASE + 2,
				.e_phoff = offsetof(struct image, text),
				.e_phentsize = sizeof(Elf64_Phdr),
				.e_phnum = 2,
			},
		.text =
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R | PF_X,
				.p_offset = offsetof(struct image, text_bytes),
				.p_vaddr = LWK_IMAGE_BASE,
				.p_filesz = sizeof(TEXT),
				.p_memsz = sizeof(TEXT),
			},
		.data =
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R | PF_W,
				.p_offset = offsetof(struct image, data_bytes),
				.p_vaddr = LWK_IMAGE_BASE + 0x1000,
				.p_filesz = sizeof(DATA),
				.p_memsz = 0x3000,
			},
		.text_bytes = TEXT,
		.data_bytes = DATA,
	};

	return i;
}

static int check(const struct image *i, size_t bytes)
{
	why = NULL;
	return lwk_image_check(i, bytes, ROOM, &loaded, &why);
}

static void loads(void **state)
{
	struct image i = good();
	char *to;

	(void)state;
	assert_int_equal(check(&i, sizeof(i)), 0);
	assert_int_equal(loaded.bytes, 0x4000);
	assert_int_equal(loaded.entry, LWK_IMAGE_BASE + 2);
	to = calloc(1, loaded.bytes);
	lwk_image_load(&i, to);
	assert_string_equal(to, TEXT);
	assert_string_equal(to + 0x1000, DATA);
	assert_int_equal(to[0x3fff], 0);
	free(to);
}

/* At every length: refused, and nothing outside is read (sanitizer). */
static void truncated(void **state)
{
	struct image i = good();

	(void)state;
	for (size_t n = 0; n < sizeof(i) - 8; n++) {
		void *copy = malloc(n + 1);

		memcpy(copy, &i, n);
		assert_int_equal(lwk_image_check(copy, n, ROOM, &loaded, &why),
				 -ENOEXEC);
		free(copy);
	}
}

static const char *reasons[64];
static int reason_count;

/* Refused with a reason that no other fault has. */
static void refused(const struct image *i)
{
	assert_int_equal(check(i, sizeof(*i)), -ENOEXEC);
	assert_non_null(why);
	for (int r = 0; r < reason_count; r++)
		assert_string_not_equal(reasons[r], why);
	reasons[reason_count++] = why;
}

#define REFUSED(field, value)                 \
	do {                                  \
		struct image spoilt = good(); \
		spoilt.field = (value);       \
		refused(&spoilt);             \
	} while (0)

static void spoilt(void **state)
{
	(void)state;
	REFUSED(head.e_ident[0], 'x');
	REFUSED(head.e_ident[EI_CLASS], ELFCLASS32);
	REFUSED(head.e_ident[EI_DATA], ELFDATA2MSB);
	REFUSED(head.e_version, 2);
	REFUSED(head.e_machine, EM_386);
	REFUSED(head.e_type, ET_DYN);
	REFUSED(head.e_phentsize, 32);
	REFUSED(head.e_phnum, 0);
	REFUSED(head.e_phnum, 17);
	REFUSED(head.e_phoff, ~0ULL);
	REFUSED(head.e_phoff, 65);
	REFUSED(head.e_entry, LWK_IMAGE_BASE + 0x1000);
	REFUSED(data.p_type, PT_INTERP);
	REFUSED(data.p_filesz, 0x3001);
	REFUSED(data.p_offset, ~0ULL);
	REFUSED(data.p_vaddr, LWK_IMAGE_BASE - 1);
	REFUSED(data.p_memsz, ~0ULL);
	REFUSED(data.p_vaddr, LWK_IMAGE_BASE + 4);
	REFUSED(data.p_memsz, ROOM);
}

static void spoilt_alike(void **state)
{
	struct image i = good();

	(void)state;
	i.data.p_vaddr = LWK_IMAGE_BASE + LWK_IMAGE_MAX;
	assert_int_equal(check(&i, sizeof(i)), -ENOEXEC);
	i.data.p_vaddr = 0;
	assert_int_equal(check(&i, sizeof(i)), -ENOEXEC);
	i = good();
	i.text.p_memsz = 0;
	i.data.p_memsz = 0;
	i.text.p_filesz = 0;
	i.data.p_filesz = 0;
	assert_int_equal(check(&i, sizeof(i)), -ENOEXEC);
	i = good();
	i.head.e_entry = 0;
	assert_int_equal(check(&i, sizeof(i)), -ENOEXEC);
	i = good();
	i.data.p_filesz = ~0ULL;
	i.data.p_memsz = ~0ULL;
	assert_int_equal(check(&i, sizeof(i)), -ENOEXEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(truncated),
		cmocka_unit_test(spoilt),
		cmocka_unit_test(spoilt_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
