/* SPDX-License-Identifier: MIT */
/* The linker: schedulers of Linux's sched_ext, nimble-cc --scx. */
#ifndef TOOLCHAIN_LINK_SCX_H
#define TOOLCHAIN_LINK_SCX_H

/*
 * Three things in such an object have the meaning that libbpf gives them: - a table of
 * operations in ".struct_ops" becomes hooks, and a struct nimble_policy (link_scx.c); -
 * variables in ".maps" become maps, and the addresses of these what the headers under
 * ext/lib/scx say (link_scx_maps.c); so do global variables that start as 0, as tools
 * then show them; - functions whose addresses are taken get numbers, by which
 * scx_callback() calls them (link_scx_code.c). Only with link->scx; each function is
 * called once, in the order of this file.
 */
#include "toolchain/nimble/cc/link_priv.h"

/* Read the tables: sections get their hooks, the image its policy. */
void scx_read_ops(struct link *link);
/* Functions of the library that are hooks where what they serve is live. */
void scx_mark_hooks(struct link *link);
/* Give numbers to maps, and to variables shown as such. */
void scx_place_maps(struct link *link);
/* Give places to the tables that lie in data, and to code that the linker makes. */
void scx_place_rest(struct link *link);
void scx_place_tables(struct link *link); /* its first half */
/* Contents of those. */
void scx_make_tables(struct link *link);
void scx_make_code(struct link *link);

/* What an lddw of something in ".maps", of a variable shown as a map, or of a function
 * becomes: false where there is no such map. */
bool scx_relocate(struct link *link, const struct link_target *target,
		  uint32_t offset, struct nx_insn *insn);
bool scx_relocate_map(struct link *link, const struct link_target *target,
		      uint32_t offset,
		      struct nx_insn *insn); /* without the last */
/* The first instruction of a function that the linker makes, or -1. */
int32_t scx_code_named(const struct link *link, const char *name);
/* The entry of a hook: of its function, or of code that comes before it. */
uint32_t scx_entry(struct link *link, const struct link_section *section,
		   uint32_t insn);
/* The reason why a function or an operation of sched_ext is absent, or NULL. */
const char *scx_absent(const char *name);

/* Give the variable of a "NAME=NUMBER" that value. It is an error if there is none. */
void link_set_variable(struct link *link, const char *text);
/* Write them, after all contents were copied. */
void link_write_sets(struct link *link);

#endif
