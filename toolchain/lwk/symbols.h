/* SPDX-License-Identifier: MIT */
/* Names for addresses of an LWK's image. */
#ifndef LWK_SYMBOLS_H
#define LWK_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Of path.debug, where there is one, else of path. NULL: not an ELF file with
 * symbols. */
struct symbols *symbols_open(const char *path);

/* "name+0x12 file.c:34", or without the line where there is no debugging
 * information. How many characters; 0 where the address is in no symbol. */
int symbols_describe(struct symbols *symbols, uint64_t address, char *text,
		     size_t room);

/* Copies a line of the log, with a description behind each address that it
 * names as <0xffffffff8....>. symbols may be NULL. */
void symbols_resolve(struct symbols *symbols, const char *line, char *text,
		     size_t room);

#endif
