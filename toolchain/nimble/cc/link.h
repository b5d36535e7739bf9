/* SPDX-License-Identifier: MIT */
/* The linker of nimble-cc: relocatable eBPF objects to one .nx image. */
#ifndef TOOLCHAIN_LINK_H
#define TOOLCHAIN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>
#include <gelf.h>
#include <libelf.h>

#include "toolchain/nimble/nxbuild.h"

struct link_section {
	const char *name;
	Elf_Data *data; /* NULL for bss */
	GElf_Shdr header;
	int relocs; /* index of its relocation section, or 0 */
	const char *hook; /* the hook whose function it holds, or NULL */
	bool live; /* reached from a hook */
	int kind; /* enum link_kind */
	uint32_t base; /* where it lies in its image section */
};

enum link_kind {
	LINK_NONE,
	LINK_CODE,
	LINK_RODATA,
	LINK_DATA,
	LINK_BSS,
	LINK_MAP, /* base: the map's index */
	LINK_SHOWN, /* a variable shown as a map; base: that one's index */
	LINK_MAPS, /* maps as libbpf describes them: link_scx_maps.c */
};

struct scx_map;

/* A variable that the command line gives a value. */
struct link_set {
	const struct link_section *section;
	uint32_t at, bytes;
	uint64_t number;
};

/* A function whose address is taken. */
struct link_callback {
	const struct link_section *section;
	uint32_t offset;
};

struct link_object {
	const char *name; /* for messages */
	int fd;
	Elf *elf;
	Dwarf *dwarf; /* of link_lines() and link_line(), or NULL */
	struct link_section *section;
	size_t sections, names;
	Elf_Data *symbols;
	size_t symbol_count, symbol_names;
	bool adds_symbol; /* gas: the field holds the symbol's value, too */
	bool library; /* its hooks and maps do not count as roots */
};

struct link {
	struct link_object *object;
	size_t objects;
	struct nx_build build;
	uint32_t code_bytes, rodata_bytes, data_bytes, bss_bytes, maps;
	bool lines; /* wanted */
	unsigned int errors;
	struct link_set *set;
	size_t set_count;
	/* For sched_ext's schedulers; see link_scx.h. */
	bool scx;
	struct scx_map *scx_maps;
	size_t scx_map_count;
	uint32_t storage_bytes; /* of a task's, given away */
	struct link_callback *callbacks;
	uint32_t callback_count;
	uint32_t made_at; /* code that the linker makes starts there, in bytes */
	uint32_t entry_at; /* instruction: the next of it that is free */
};

/* Open the object at `path`, which messages call `name`; library: take only
 * what is referred to. */
void link_open(struct link *link, const char *path, const char *name,
	       bool library);
/* Put everything into link->build. Returns the number of errors, which were
 * printed. */
unsigned int link_all(struct link *link);
/* Source lines of the live code of an object, from its DWARF. */
void link_lines(struct link *link, struct link_object *object);
/* The source line of the code that was placed at an address. False: the
 * object does not say. `file` is malloc'ed. */
bool link_line(struct link_object *object, uint32_t address, char **file,
	       unsigned int *line);

/* The structure to which a function's first argument points. False: it points to none,
 * or the object does not say. `name` belongs to the object. */
bool link_argument(struct link_object *object, const char *function,
		   const char **name, uint32_t *bytes);

/* "NAME: MESSAGE" on stderr, counted. */
__attribute__((format(printf, 3, 4))) void
link_error(struct link *link, const struct link_object *object,
	   const char *format, ...);

#endif
