// SPDX-License-Identifier: GPL-2.0
/* The LWK's image: an ELF64 executable linked at LWK_IMAGE_BASE; pure.
 *
 * The file comes from user space and may say anything. Sums are made only of
 * numbers that were compared before, so none can wrap.
 */
#include "host-module/boot/image.h"
#include "kernel/abi/layout.h"

#define MAX_SEGMENTS 16

struct elf_file {
	const uint8_t *start;
	size_t bytes;
	const Elf64_Ehdr *head;
	const Elf64_Phdr *segment;
	const char **why;
};

static int refuse(const struct elf_file *f, const char *why)
{
	*f->why = why;
	return -ENOEXEC;
}

static int check_ident(const struct elf_file *f)
{
	const Elf64_Ehdr *h = f->head;

	if (f->bytes < sizeof(*h))
		return refuse(f, "the image is shorter than an ELF header");
	if (memcmp(h->e_ident, ELFMAG, SELFMAG))
		return refuse(f, "the image is not an ELF file");
	if (h->e_ident[EI_CLASS] != ELFCLASS64)
		return refuse(f, "the image is not a 64-bit ELF file");
	if (h->e_ident[EI_DATA] != ELFDATA2LSB)
		return refuse(f, "the image is not little-endian");
	if (h->e_ident[EI_VERSION] != EV_CURRENT || h->e_version != EV_CURRENT)
		return refuse(f, "the image has an unknown ELF version");
	if (h->e_machine != EM_X86_64)
		return refuse(f, "the image is not for x86-64");
	if (h->e_type != ET_EXEC)
		return refuse(f, "the image is not a static executable");
	return 0;
}

static int check_table(struct elf_file *f)
{
	const Elf64_Ehdr *h = f->head;
	size_t table;

	if (h->e_phentsize != sizeof(Elf64_Phdr))
		return refuse(f,
			      "the image's program headers have a wrong size");
	if (h->e_phnum == 0)
		return refuse(f, "the image has no program headers");
	if (h->e_phnum > MAX_SEGMENTS)
		return refuse(f, "the image has too many program headers");
	table = h->e_phnum * sizeof(Elf64_Phdr);
	if (h->e_phoff > f->bytes || table > f->bytes - h->e_phoff)
		return refuse(f, "the image's program headers lie outside it");
	if (h->e_phoff % sizeof(uint64_t))
		return refuse(f, "the image's program headers are misaligned");
	f->segment = (const Elf64_Phdr *)(f->start + h->e_phoff);
	return 0;
}

/* A segment's place in the image, once its p_vaddr was checked. */
static uint64_t place(const Elf64_Phdr *p)
{
	return p->p_vaddr - LWK_IMAGE_BASE;
}

static int check_segment(const struct elf_file *f, const Elf64_Phdr *p)
{
	if (p->p_filesz > p->p_memsz)
		return refuse(f, "a segment is larger in the file than loaded");
	if (p->p_offset > f->bytes || p->p_filesz > f->bytes - p->p_offset)
		return refuse(f,
			      "a segment lies outside the file (truncated?)");
	if (p->p_vaddr < LWK_IMAGE_BASE || place(p) >= LWK_IMAGE_MAX)
		return refuse(
			f,
			"a segment's address is outside the range for images");
	if (p->p_memsz > LWK_IMAGE_MAX - place(p))
		return refuse(f, "a segment ends outside the range for images");
	return 0;
}

static bool is_loaded(const Elf64_Phdr *p)
{
	return p->p_type == PT_LOAD && p->p_memsz != 0;
}

static bool overlap(const Elf64_Phdr *a, const Elf64_Phdr *b)
{
	return is_loaded(a) && is_loaded(b) &&
	       place(a) < place(b) + b->p_memsz &&
	       place(b) < place(a) + a->p_memsz;
}

static bool overlaps_earlier(const struct elf_file *f, unsigned int i)
{
	for (unsigned int j = 0; j < i; j++)
		if (overlap(&f->segment[i], &f->segment[j]))
			return true;
	return false;
}

static int check_segments(const struct elf_file *f, struct lwk_image *image)
{
	bool entry_found = false;

	image->entry = f->head->e_entry;
	image->bytes = 0;
	for (unsigned int i = 0; i < f->head->e_phnum; i++) {
		const Elf64_Phdr *p = &f->segment[i];
		int err;

		if (p->p_type == PT_INTERP || p->p_type == PT_DYNAMIC)
			return refuse(f, "the image needs a dynamic linker");
		if (!is_loaded(p))
			continue;
		err = check_segment(f, p);
		if (err)
			return err;
		if (overlaps_earlier(f, i))
			return refuse(f, "two segments of the image overlap");
		if (place(p) + p->p_memsz > image->bytes)
			image->bytes = place(p) + p->p_memsz;
		if ((p->p_flags & PF_X) && image->entry >= p->p_vaddr &&
		    image->entry - p->p_vaddr < p->p_memsz)
			entry_found = true;
	}
	if (image->bytes == 0)
		return refuse(f, "the image has nothing to load");
	if (!entry_found)
		return refuse(f,
			      "the image's entry is in no executable segment");
	return 0;
}

int lwk_image_check(const void *file, size_t bytes, uint64_t room,
		    struct lwk_image *image, const char **why)
{
	struct elf_file f = {
		.start = file,
		.bytes = bytes,
		.head = file,
		.why = why,
	};
	int err;

	err = check_ident(&f);
	if (!err)
		err = check_table(&f);
	if (!err)
		err = check_segments(&f, image);
	if (!err && image->bytes > room)
		err = refuse(
			&f, "the image is larger than the first memory region");
	return err;
}

void lwk_image_load(const void *file, void *to)
{
	const Elf64_Ehdr *head = file;
	const Elf64_Phdr *p =
		(const void *)((const uint8_t *)file + head->e_phoff);

	for (unsigned int i = 0; i < head->e_phnum; i++)
		if (is_loaded(&p[i]))
			memcpy((uint8_t *)to + place(&p[i]),
			       (const uint8_t *)file + p[i].p_offset,
			       p[i].p_filesz);
}
