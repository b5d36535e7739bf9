/* SPDX-License-Identifier: GPL-2.0 */
/* Loading a program's file into the current address space. */
#ifndef LWK_EXEC_LOAD_H
#define LWK_EXEC_LOAD_H

#include "kernel/exec/elf.h"

#define INTERP_MAX 256

/* A file that was checked and can be loaded. */
struct prepared {
	int fd; /* of the proxy */
	struct elf_image image;
	char interp[INTERP_MAX]; /* path of the program interpreter, "" = none */
};

/* What a program needs to know of its image. */
struct loaded {
	vaddr_t entry;
	vaddr_t base; /* load address of a PIE, 0 otherwise */
	vaddr_t end; /* behind the last segment */
	vaddr_t phdr;
	uint16_t phdr_count;
	vaddr_t vdso; /* of the program: exec.c */
};

/* Application memory that the proxy reads into: this much, writable. */
#define LOAD_SCRATCH (2 * PAGE_SIZE)

/* Read bytes at `offset` of fd into kernel memory by way of `scratch` (at
 * most LOAD_SCRATCH). Returns how many there were, or -errno. Thread
 * context. */
int64_t load_read(int fd, vaddr_t scratch, void *to, uint64_t bytes,
		  uint64_t offset);

/* Check the ELF file behind fd. 0, -ENOEXEC, or the error of reading. Thread
 * context. */
int load_prepare(int fd, vaddr_t scratch, struct prepared *out);

/* Map it. A PIE goes to pie_base, or anywhere where that is 0. Thread context; 0 or
 * -errno, with parts perhaps mapped. */
int load_map(const struct prepared *file, vaddr_t pie_base, struct loaded *out);

#endif
