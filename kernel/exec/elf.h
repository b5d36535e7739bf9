/* SPDX-License-Identifier: GPL-2.0 */
/* Checking ELF64 executables. Pure: works on copies, tested and fuzzed on the
 * host. Source: System V ABI, chapters 4 and 5; AMD64 supplement. */
#ifndef LWK_EXEC_ELF_H
#define LWK_EXEC_ELF_H

#include "kernel/lib/types.h"

#define ELF_SEGMENTS_MAX 16
#define ELF_PHDRS_MAX 64

struct elf_segment {
	vaddr_t start; /* p_vaddr */
	uint64_t file_bytes;
	uint64_t memory_bytes;
	uint64_t offset; /* in the file; same as start, modulo the page size */
	uint32_t prot; /* enum page_prot */
};

struct elf_image {
	bool is_pie; /* ET_DYN: may be put anywhere */
	vaddr_t entry;
	vaddr_t low; /* page-aligned range of all segments */
	vaddr_t high;
	vaddr_t phdr_address; /* of the program headers in memory, 0 = none */
	uint16_t phdr_count;
	uint64_t interp_offset; /* PT_INTERP: path in the file */
	uint64_t interp_bytes; /* 0 = none */
	unsigned int segment_count;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/* Reads from the file's header where the program headers are. -ENOEXEC: it is no
 * executable for this machine. */
struct elf_header_info {
	uint64_t phdr_offset;
	uint64_t phdr_bytes;
	uint16_t phdr_count;
};
int elf_check_header(const void *header, size_t bytes,
		     struct elf_header_info *info);

/* Reads the image from header and program headers. -ENOEXEC: they contradict
 * themselves or leave the application's range. */
int elf_check_segments(const void *header, const void *phdrs,
		       struct elf_image *image);

#endif
