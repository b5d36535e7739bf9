/* SPDX-License-Identifier: GPL-2.0 */
/* Loading a program's file: the proxy reads, the LWK checks and maps. */
#include <asm/errno.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/ikc/delegate.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/process.h"
#include "kernel/exec/file_map.h"
#include "kernel/exec/load.h"

#define HEADER_BYTES 64
#define PHDRS_BYTES (ELF_PHDRS_MAX * 56)

/* The headers as the file has them. */
struct headers {
	char elf[HEADER_BYTES];
	char phdrs[PHDRS_BYTES];
};

_Static_assert(PHDRS_BYTES <= LOAD_SCRATCH, "headers fit");

int64_t load_read(int fd, vaddr_t scratch, void *to, uint64_t bytes,
		  uint64_t offset)
{
	int64_t n = file_read_all(fd, scratch, bytes, offset);

	if (n < 0)
		return n;
	return copy_from_user(to, scratch, (uint64_t)n) ? -EFAULT : n;
}

/* Reads all of it; a shorter file is no executable. */
static int read_whole(int fd, vaddr_t scratch, void *to, uint64_t bytes,
		      uint64_t offset)
{
	int64_t n = load_read(fd, scratch, to, bytes, offset);

	if (n < 0)
		return (int)n;
	return (uint64_t)n < bytes ? -ENOEXEC : 0;
}

static int read_headers(int fd, vaddr_t scratch, struct elf_image *image)
{
	struct headers *h = kmalloc(sizeof(*h));
	struct elf_header_info info;
	int error;

	if (!h)
		return -ENOMEM;
	error = read_whole(fd, scratch, h->elf, HEADER_BYTES, 0);
	if (!error)
		error = elf_check_header(h->elf, HEADER_BYTES, &info);
	if (!error)
		error = read_whole(fd, scratch, h->phdrs, info.phdr_bytes,
				   info.phdr_offset);
	if (!error)
		error = elf_check_segments(h->elf, h->phdrs, image);
	kfree(h);
	return error;
}

static int read_interp(int fd, vaddr_t scratch, struct prepared *out)
{
	uint64_t bytes = out->image.interp_bytes;

	out->interp[0] = 0;
	if (!bytes)
		return 0;
	if (bytes >= sizeof(out->interp))
		return -ENOEXEC;
	out->interp[bytes] = 0;
	return read_whole(fd, scratch, out->interp, bytes,
			  out->image.interp_offset);
}

int load_prepare(int fd, vaddr_t scratch, struct prepared *out)
{
	int error = read_headers(fd, scratch, &out->image);

	out->fd = fd;
	return error ? error : read_interp(fd, scratch, out);
}

/* What has been read of the file `number` is of it by whole pages. */
static int name_pages(const struct elf_segment *s, vaddr_t page, vaddr_t end,
		      int64_t number)
{
	if (number <= 0)
		return 0;
	return aspace_set_file(current_process()->aspace, page,
			       ALIGN_UP(end, PAGE_SIZE) - page,
			       (uint32_t)number,
			       ALIGN_DOWN(s->offset, PAGE_SIZE));
}

/* Map one segment writable, read it, then give it its rights. */
static int load_segment(int fd, const struct elf_segment *s, vaddr_t base,
			int64_t number)
{
	struct aspace *as = current_process()->aspace;
	vaddr_t start = base + s->start, at;
	vaddr_t page = ALIGN_DOWN(start, PAGE_SIZE);
	struct map_request r = {
		.hint = page,
		.bytes = start + s->memory_bytes - page,
		.prot = PAGE_READ | PAGE_WRITE,
		.fixed = true,
		.exclusive = true,
	};
	int error = aspace_map(as, &r, &at);
	int64_t n;

	if (error)
		return error == -EEXIST ? -ENOMEM : error;
	if (s->file_bytes) {
		error = aspace_populate(as, page, start + s->file_bytes - page,
					PAGE_WRITE);
		if (error)
			return error;
	}
	n = file_read_all(fd, start, s->file_bytes, s->offset);
	if (n < 0)
		return (int)n;
	if ((uint64_t)n < s->file_bytes)
		return -ENOEXEC;
	if (n)
		error = name_pages(s, page, start + (uint64_t)n, number);
	if (!error && s->prot != r.prot)
		error = aspace_protect(as, page, r.bytes, s->prot);
	return error;
}

/* A free place for a PIE. */
static int place_pie(const struct elf_image *image, vaddr_t wanted,
		     vaddr_t *base)
{
	struct aspace *as = current_process()->aspace;
	struct map_request r = {
		.hint = wanted,
		.bytes = image->high - image->low,
		.flags = AREA_LAZY,
	};
	vaddr_t at;
	int error = aspace_map(as, &r, &at);

	if (error)
		return error;
	aspace_unmap(as, at, r.bytes);
	*base = at - image->low;
	return 0;
}

int load_map(const struct prepared *file, vaddr_t pie_base, struct loaded *out)
{
	const struct elf_image *image = &file->image;
	int64_t number = delegate_call(LWK_PROXY_FILE, (uint64_t)file->fd, 0);
	unsigned int i;
	int error = 0;

	out->base = 0;
	if (image->is_pie)
		error = place_pie(image, pie_base, &out->base);
	for (i = 0; !error && i < image->segment_count; i++)
		error = load_segment(file->fd, &image->segment[i], out->base,
				     number);
	out->entry = out->base + image->entry;
	out->end = out->base + image->high;
	out->phdr = image->phdr_address ? out->base + image->phdr_address : 0;
	out->phdr_count = image->phdr_count;
	return error;
}
