/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/exec/elf.c: whatever a file's headers say, accepted segments lie in
 * the application's range, in order, and their sums do not wrap. */
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/exec/elf.h"

char *host_memory; /* of arch-impl/mmu.h; not used */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_image(const struct elf_image *image)
{
	vaddr_t end = 0;
	unsigned int i;

	expect(image->segment_count > 0 &&
	       image->segment_count <= ELF_SEGMENTS_MAX);
	expect(image->low < image->high);
	for (i = 0; i < image->segment_count; i++) {
		const struct elf_segment *s = &image->segment[i];

		expect(s->start >= end && s->start < LWK_APP_END);
		expect(s->memory_bytes <= LWK_APP_END - s->start);
		expect(s->file_bytes <= s->memory_bytes);
		expect(s->start >= image->low);
		expect(s->start + s->memory_bytes <= image->high);
		expect(((s->start ^ s->offset) & (PAGE_SIZE - 1)) == 0);
		end = ALIGN_UP(s->start + s->memory_bytes, PAGE_SIZE);
	}
	expect(image->entry >= image->low && image->entry < image->high);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint64_t phdrs[ELF_PHDRS_MAX * 7] = {0};
	struct elf_header_info info;
	struct elf_image image;
	uint64_t header[8];
	size_t rest;

	if (bytes < sizeof(header))
		return 0;
	memcpy(header, data, sizeof(header));
	if (elf_check_header(header, sizeof(header), &info))
		return 0;
	expect(info.phdr_bytes <= sizeof(phdrs));
	rest = bytes - sizeof(header);
	memcpy(phdrs, data + sizeof(header),
	       rest < info.phdr_bytes ? rest : info.phdr_bytes);
	if (!elf_check_segments(header, phdrs, &image))
		check_image(&image);
	return 0;
}
