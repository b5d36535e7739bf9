/* SPDX-License-Identifier: MIT */
/* Tries an entry into the kernel that the LWK does not have, in 64-bit or 32-bit
 * mode. INIT does not clear the registers that say where SYSENTER goes. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define LOW_PAGE 0x10000000UL

static const struct {
	const char *name;
	unsigned char code[2];
} entries[] = {
	{"syscall", {0x0f, 0x05}},
	{"sysenter", {0x0f, 0x34}},
	{"int80", {0xcd, 0x80}},
};

/* A far jump into 32-bit code, with a stack that it can reach. */
static void enter_32(const void *code)
{
	memcpy((void *)LOW_PAGE, code, 4);
	asm volatile(
		"mov %0, %%rsp; ljmpl *to_32(%%rip)\n"
		".pushsection .data\n"
		"to_32: .long 0x10000000; .word 0x23\n" /* LOW_PAGE, 32-bit CS */
		".popsection"
		:
		: "r"(LOW_PAGE + 0xf00)
		: "memory");
}

int main(int argc, char **argv)
{
	unsigned char *page =
		mmap((void *)LOW_PAGE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	size_t i;

	if (page == MAP_FAILED)
		return 1;
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		unsigned char code[] = {entries[i].code[0], entries[i].code[1],
					0x0f, 0x0b};

		if (argc < 2)
			puts(entries[i].name);
		else if (!strcmp(argv[1], entries[i].name))
			enter_32(code);
	}
	if (argc == 2 && !strcmp(argv[1], "sysenter64"))
		asm volatile("sysenter" : : : "memory");
	if (argc < 2)
		puts("sysenter64");
	return 0;
}
