/* SPDX-License-Identifier: MIT */
/* The .nx image: what nimble-cc writes and the loader takes, untrusted. */
#ifndef NIMBLE_ABI_NX_H
#define NIMBLE_ABI_NX_H

/*
 * One header, then sections in any order, each 8-byte aligned and inside the
 * file; sections may not overlap the header. All numbers are little-endian.
 * The author of every field is nimble-cc; the loader checks every one.
 *
 * Code addresses data through lddw's src field (insn.h), so that an image has
 * no absolute addresses; pointers inside data are made by the relocations.
 */
#include "nimble/abi/types.h"

#define NX_MAGIC 0x1a786e7fu /* bytes 7f 'n' 'x' 1a */
#define NX_VERSION 4

/* Limits of an image: the loader refuses what goes beyond. */
#define NX_MAX_INSNS 65536
#define NX_MAX_MAPS 64
#define NX_MAX_HOOKS 32
#define NX_MAX_IMPORTS 256
#define NX_MAX_FUNCS 4096
#define NX_MAX_DATA (16u << 20)
#define NX_MAX_FRAME 4096 /* bytes of stack that one function may use */
#define NX_MAX_DEPTH 8 /* functions active at once, the entry included */
#define NX_DEFAULT_FRAME 512

enum nx_section_id {
	NX_SEC_CODE, /* struct nx_insn[] */
	NX_SEC_RODATA, /* bytes */
	NX_SEC_DATA, /* bytes; bss_bytes of zeros follow in memory */
	NX_SEC_RELOCS, /* struct nx_reloc[] */
	NX_SEC_MAPS, /* struct nx_map[] */
	NX_SEC_HOOKS, /* struct nx_hook[] */
	NX_SEC_IMPORTS, /* struct nx_import[] */
	NX_SEC_FUNCS, /* struct nx_func[], sorted by insn */
	NX_SEC_LINES, /* struct nx_line[], sorted by insn */
	NX_SEC_STRINGS, /* NUL-terminated; offset 0 is the empty string */
	NX_SEC_POLICY, /* struct nimble_policy, one or none: nimble/abi/sched.h */
	/* For tools alone, where the image has source lines: */
	NX_SEC_OBJECTS, /* struct nx_object[] */
	NX_SEC_REFS, /* struct nx_ref[], sorted by insn */
	NX_SECTIONS
};

struct nx_section {
	nx_u32 offset; /* from the start of the image */
	nx_u32 bytes;
};

struct nx_header {
	nx_u32 magic;
	nx_u16 version;
	nx_u16 header_bytes; /* sizeof(struct nx_header) */
	nx_u32 total_bytes; /* of the image */
	nx_u32 flags; /* must be 0 */
	nx_u32 frame_bytes; /* multiple of 16, 16..NX_MAX_FRAME */
	nx_u32 bss_bytes;
	nx_u32 name; /* string: the extension's name */
	nx_u32 licence; /* string: an SPDX expression */
	struct nx_section section[NX_SECTIONS];
};

_Static_assert(sizeof(struct nx_header) == 136, "nx_header is ABI");

/* A pointer in data: *(u64 *)(where) = address of target, or the handle of a map. */
struct nx_reloc {
	nx_u16 where_section; /* NX_SEC_DATA or NX_SEC_RODATA */
	nx_u16 target_section; /* the same two, or NX_SEC_MAPS */
	nx_u32 where; /* offset, a multiple of 8 */
	nx_u32 target; /* offset; in data it may lie in bss; or a map's index */
	nx_u32 reserved; /* 0 */
};

/* Map types; what each means stands in nimble/abi/map.h. */
struct nx_map {
	nx_u32 name; /* string */
	nx_u32 type; /* enum nimble_map_type */
	nx_u32 key_bytes;
	nx_u32 value_bytes;
	nx_u32 entries;
	nx_u32 flags; /* must be 0 */
};

/* A function of the image that a hook of that name may call. */
struct nx_hook {
	nx_u32 hook; /* string: name in hooks.def */
	nx_u32 function; /* string: name of the C function, for people */
	nx_u32 insn; /* index of its first instruction */
	nx_u32 ctx_bytes; /* of the context that it was compiled for; 0: not
			   * said */
};

struct nx_import {
	nx_u32 name; /* string: name in helpers.def; empty: never called */
	nx_u32 signature; /* string: result and arguments as helpers.def has
			   * them, "pmk___"; empty: not said */
};

struct nx_func {
	nx_u32 name; /* string */
	nx_u32 insn; /* first instruction */
};

/* A variable, constant or string of the program, in data (bss behind it) or
 * read-only data. */
struct nx_object {
	nx_u32 name; /* string */
	nx_u32 section; /* NX_SEC_DATA or NX_SEC_RODATA */
	nx_u32 offset;
	nx_u32 bytes;
};

/* Which object the address of an lddw is meant for: it may lie outside. */
struct nx_ref {
	nx_u32 insn;
	nx_u32 object; /* index */
};

struct nx_line {
	nx_u32 insn; /* holds up to the next entry's insn */
	nx_u32 file; /* string */
	nx_u32 line;
};

#endif
