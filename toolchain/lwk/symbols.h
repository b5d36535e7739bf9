/* SPDX-License-Identifier: MIT */
/* Names for addresses of an LWK's image. */
#ifndef LWK_SYMBOLS_H
#define LWK_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Reads path.debug if it exists, otherwise path. NULL: it is no ELF file
 * with symbols. */
struct symbols *symbols_open(const char *path);

/* Writes "name+0x12 file.c:34", or without the line where there is no
 * debugging information. Returns how many characters; 0 where the address is
 * in no symbol. */
int symbols_describe(struct symbols *symbols, uint64_t address, char *text,
		     size_t room);

/* Copies a line of the log, with a description after each address that it
 * names as <0xffffffff8....>. symbols may be NULL. */
void symbols_resolve(struct symbols *symbols, const char *line, char *text,
		     size_t room);

#endif
