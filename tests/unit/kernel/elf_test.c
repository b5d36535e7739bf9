/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/exec/elf.c: a good executable, and every way to spoil it. */
#include <elf.h>
#include <string.h>

#include "kernel/arch/mmu.h"
#include "kernel/exec/elf.h"
#include "tests/unit/kernel/host.h"

static struct {
	Elf64_Ehdr header;
	Elf64_Phdr phdr[3];
} good, f;

static int check(void)
{
	struct elf_header_info info;
	struct elf_image image;
	int error = elf_check_header(&f.header, sizeof(f.header), &info);

	return error ? error : elf_check_segments(&f.header, f.phdr, &image);
}

static int begin(void **state)
{
	(void)state;
	memset(&good, 0, sizeof(good));
	memcpy(good.header.e_ident, ELFMAG, SELFMAG);
	good.header.e_ident[EI_CLASS] = ELFCLASS64;
	good.header.e_ident[EI_DATA] = ELFDATA2LSB;
	good.header.e_machine = EM_X86_64;
	good.header.e_type = ET_EXEC;
	good.header.e_phentsize = sizeof(Elf64_Phdr);
	good.header.e_phoff = sizeof(Elf64_Ehdr);
	good.header.e_phnum = 3;
	good.header.e_entry = 0x401000;
	good.phdr[0] = (Elf64_Phdr){.p_type = PT_LOAD,
				    .p_flags = PF_R | PF_X,
				    .p_vaddr = 0x400000,
				    .p_filesz = 0x2000,
				    .p_memsz = 0x2000};
	good.phdr[1] = (Elf64_Phdr){.p_type = PT_LOAD,
				    .p_flags = PF_R | PF_W,
				    .p_offset = 0x2010,
				    .p_vaddr = 0x403010,
				    .p_filesz = 0x100,
				    .p_memsz = 0x5000};
	good.phdr[2] = (Elf64_Phdr){
		.p_type = PT_INTERP, .p_offset = 0x300, .p_filesz = 28};
	f = good;
	return 0;
}

static void a_good_one_is_understood(void **state)
{
	struct elf_image image;

	(void)state;
	assert_int_equal(check(), 0);
	elf_check_segments(&f.header, f.phdr, &image);
	assert_false(image.is_pie);
	assert_int_equal(image.segment_count, 2);
	assert_int_equal(image.low, 0x400000);
	assert_int_equal(image.high, 0x409000);
	assert_int_equal(image.phdr_address, 0x400040);
	assert_int_equal(image.interp_bytes, 28);
	assert_int_equal(image.segment[0].prot, PAGE_READ | PAGE_EXEC);
	assert_int_equal(image.segment[1].prot, PAGE_READ | PAGE_WRITE);
}

#define REFUSED(change)                                    \
	do {                                               \
		f = good;                                  \
		change;                                    \
		if (!check())                              \
			fail_msg("accepted: %s", #change); \
	} while (0)

static void bad_ones_are_refused(void **state)
{
	struct elf_header_info info;

	(void)state;
	REFUSED(f.header.e_ident[0] = 0);
	REFUSED(f.header.e_ident[EI_CLASS] = ELFCLASS32);
	REFUSED(f.header.e_ident[EI_DATA] = ELFDATA2MSB);
	REFUSED(f.header.e_machine = EM_AARCH64);
	REFUSED(f.header.e_type = ET_REL);
	REFUSED(f.header.e_phentsize = 32);
	REFUSED(f.header.e_phnum = 0);
	REFUSED(f.header.e_phnum = 65);
	REFUSED(f.header.e_phoff = ~0UL);
	REFUSED(f.header.e_entry = 0x403020); /* not executable */
	REFUSED(f.header.e_entry = ~0UL);
	REFUSED(f.phdr[0].p_filesz = 0x3000); /* more than in memory */
	REFUSED(f.phdr[0].p_vaddr = 0xffffffff80000000);
	REFUSED(f.phdr[0].p_vaddr = LWK_APP_END);
	REFUSED(f.phdr[0].p_vaddr = 0); /* below LWK_APP_MIN */
	REFUSED(f.phdr[1].p_memsz = ~0UL);
	REFUSED(f.phdr[1].p_vaddr = 0x401010); /* overlaps */
	REFUSED(f.phdr[1].p_offset = 0x2011); /* not congruent */
	REFUSED(f.phdr[1].p_offset = 1UL << 60);
	REFUSED(f.phdr[0].p_type = f.phdr[1].p_type = PT_NOTE);
	assert_int_not_equal(elf_check_header(&good.header, 63, &info), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_one_is_understood, begin),
		cmocka_unit_test_setup(bad_ones_are_refused, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
