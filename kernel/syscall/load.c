/* SPDX-License-Identifier: GPL-2.0 */
/* Loading a program's file: the proxy reads, the LWK checks and maps. */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/file_map.h"
#include "kernel/syscall/load.h"

#define HEADER_BYTES 64
#define PHDRS_BYTES (ELF_PHDRS_MAX * 56)

struct headers {
	char elf[HEADER_BYTES];
	char phdrs[PHDRS_BYTES];
	struct elf_image image;
};

_Static_assert(PHDRS_BYTES <= LOAD_SCRATCH, "headers fit");

/* Read from the file by way of the application's memory. */
static int read_small(int fd, vaddr_t scratch, void *to, uint64_t bytes,
		      uint64_t offset)
{
	int64_t n = file_read_all(fd, scratch, bytes, offset);

	if (n < 0)
		return (int)n;
	if ((uint64_t)n < bytes)
		return -ENOEXEC;
	return copy_from_user(to, scratch, bytes);
}

static int read_headers(int fd, vaddr_t scratch, struct headers *h)
{
	struct elf_header_info info;
	int error;

	error = read_small(fd, scratch, h->elf, HEADER_BYTES, 0);
	if (!error)
		error = elf_check_header(h->elf, HEADER_BYTES, &info);
	if (!error)
		error = read_small(fd, scratch, h->phdrs, info.phdr_bytes,
				   info.phdr_offset);
	return error ? error : elf_check_segments(h->elf, h->phdrs, &h->image);
}

/* Map one segment writable, read it, then give it its rights. */
static int load_segment(int fd, const struct elf_segment *s, vaddr_t base)
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
	if (s->prot != r.prot)
		return aspace_protect(as, page, r.bytes, s->prot);
	return 0;
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

static int read_interp(int fd, vaddr_t scratch, const struct elf_image *image,
		       struct loaded *out)
{
	out->interp[0] = 0;
	if (!image->interp_bytes)
		return 0;
	if (image->interp_bytes >= sizeof(out->interp))
		return -ENOEXEC;
	out->interp[image->interp_bytes] = 0;
	return read_small(fd, scratch, out->interp, image->interp_bytes,
			  image->interp_offset);
}

int load_elf(int fd, vaddr_t scratch, vaddr_t pie_base, struct loaded *out)
{
	struct headers *h = kmalloc(sizeof(*h));
	unsigned int i;
	int error;

	if (!h)
		return -ENOMEM;
	out->base = 0;
	error = read_headers(fd, scratch, h);
	if (!error)
		error = read_interp(fd, scratch, &h->image, out);
	if (!error && h->image.is_pie)
		error = place_pie(&h->image, pie_base, &out->base);
	for (i = 0; !error && i < h->image.segment_count; i++)
		error = load_segment(fd, &h->image.segment[i], out->base);
	if (!error) {
		out->entry = out->base + h->image.entry;
		out->end = out->base + h->image.high;
		out->phdr = h->image.phdr_address
				    ? out->base + h->image.phdr_address
				    : 0;
		out->phdr_count = h->image.phdr_count;
	}
	kfree(h);
	return error;
}
