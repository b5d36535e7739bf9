/* SPDX-License-Identifier: GPL-2.0 */
/* Checking ELF64 executables. */
#include <asm/errno.h>
#include <linux/elf.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/lib/string.h"
#include "kernel/exec/elf.h"

int elf_check_header(const void *header, size_t bytes,
		     struct elf_header_info *info)
{
	const Elf64_Ehdr *h = header;

	if (bytes < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) ||
	    h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_X86_64 ||
	    (h->e_type != ET_EXEC && h->e_type != ET_DYN) ||
	    h->e_phentsize != sizeof(Elf64_Phdr) || !h->e_phnum ||
	    h->e_phnum > ELF_PHDRS_MAX || h->e_phoff >> 48)
		return -ENOEXEC;
	info->phdr_offset = h->e_phoff;
	info->phdr_count = h->e_phnum;
	info->phdr_bytes = h->e_phnum * sizeof(Elf64_Phdr);
	return 0;
}

static uint32_t prot_of(uint32_t flags)
{
	return PAGE_READ | (flags & PF_W ? PAGE_WRITE : 0) |
	       (flags & PF_X ? PAGE_EXEC : 0);
}

static int add_segment(struct elf_image *image, const Elf64_Phdr *p)
{
	struct elf_segment *s = &image->segment[image->segment_count];

	if (image->segment_count == ELF_SEGMENTS_MAX ||
	    p->p_filesz > p->p_memsz || p->p_vaddr >= LWK_APP_END ||
	    p->p_memsz > LWK_APP_END - p->p_vaddr || p->p_offset >> 48 ||
	    p->p_filesz >> 48 || (p->p_vaddr ^ p->p_offset) & (PAGE_SIZE - 1))
		return -ENOEXEC;
	/* ascending, as the ABI wants them, and so without overlap */
	if (image->segment_count && p->p_vaddr < image->high)
		return -ENOEXEC;
	*s = (struct elf_segment){
		.start = p->p_vaddr,
		.file_bytes = p->p_filesz,
		.memory_bytes = p->p_memsz,
		.offset = p->p_offset,
		.prot = prot_of(p->p_flags),
	};
	if (!image->segment_count)
		image->low = ALIGN_DOWN(s->start, PAGE_SIZE);
	image->high = ALIGN_UP(s->start + s->memory_bytes, PAGE_SIZE);
	image->segment_count++;
	return 0;
}

static bool holds(const struct elf_segment *s, uint64_t offset, uint64_t bytes)
{
	return offset >= s->offset && bytes <= s->file_bytes &&
	       offset - s->offset <= s->file_bytes - bytes;
}

/* Some segment must be executable at the entry. */
static bool entry_ok(const struct elf_image *image)
{
	unsigned int i;

	for (i = 0; i < image->segment_count; i++) {
		const struct elf_segment *s = &image->segment[i];

		if ((s->prot & PAGE_EXEC) &&
		    image->entry - s->start < s->memory_bytes)
			return true;
	}
	return false;
}

int elf_check_segments(const void *header, const void *phdrs,
		       struct elf_image *image)
{
	const Elf64_Ehdr *h = header;
	const Elf64_Phdr *p = phdrs;
	unsigned int i;

	memset(image, 0, sizeof(*image));
	image->is_pie = h->e_type == ET_DYN;
	image->entry = h->e_entry;
	image->phdr_count = h->e_phnum;
	for (i = 0; i < h->e_phnum; i++) {
		if (p[i].p_type == PT_LOAD && p[i].p_memsz &&
		    add_segment(image, &p[i]))
			return -ENOEXEC;
		if (p[i].p_type == PT_INTERP) {
			image->interp_offset = p[i].p_offset;
			image->interp_bytes = p[i].p_filesz;
		}
	}
	for (i = 0; i < image->segment_count; i++)
		if (holds(&image->segment[i], h->e_phoff,
			  h->e_phnum * sizeof(*p)))
			image->phdr_address = image->segment[i].start +
					      h->e_phoff -
					      image->segment[i].offset;
	if (!image->segment_count || !entry_ok(image) ||
	    (!image->is_pie && image->low < LWK_APP_MIN))
		return -ENOEXEC;
	return 0;
}
