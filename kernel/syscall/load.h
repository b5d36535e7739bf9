/* SPDX-License-Identifier: GPL-2.0 */
/* Loading a program's file into the current address space. */
#ifndef LWK_SYSCALL_LOAD_H
#define LWK_SYSCALL_LOAD_H

#include "kernel/syscall/elf.h"

/* What a program needs to know of its image. */
struct loaded {
	vaddr_t entry;
	vaddr_t base; /* load address of a PIE, 0 otherwise */
	vaddr_t end; /* behind the last segment */
	vaddr_t phdr;
	uint16_t phdr_count;
	char interp[256]; /* path of the program interpreter, "" = none */
};

/* Load the ELF behind descriptor fd of the proxy. `scratch`: at least SCRATCH
 * bytes of writable application memory that the proxy reads into. A PIE goes to
 * pie_base, or anywhere where that is 0. Thread context; 0 or -errno, with parts
 * perhaps mapped. */
#define LOAD_SCRATCH (2 * PAGE_SIZE)
int load_elf(int fd, vaddr_t scratch, vaddr_t pie_base, struct loaded *out);

#endif
