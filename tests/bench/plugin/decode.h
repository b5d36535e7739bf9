/* SPDX-License-Identifier: MIT */
/* Which x86-64 instructions are worth more than one: recognised from their
 * bytes (Intel SDM vol. 2). */
#ifndef BENCH_PLUGIN_DECODE_H
#define BENCH_PLUGIN_DECODE_H

#include <stddef.h>
#include <stdint.h>

enum insn_kind {
	INSN_PLAIN,
	/* These are counted, in the columns that count.c names. */
	INSN_CR3, /* write of CR3 */
	INSN_INVLPG, /* also INVPCID */
	INSN_WRMSR,
	INSN_LOCKED, /* LOCK prefix, or XCHG with memory */
	INSN_XSAVE, /* saves or restores the extended state, of any form */
	INSN_COUNTED,
	/* These are not. */
	INSN_PAUSE,
	INSN_MARK,
};

struct insn {
	enum insn_kind kind;
	uint32_t mark; /* INSN_MARK: the low 16 bits of its displacement */
	int may_ring; /* a store of 32 bits: it may be one to the local APIC */
};

/* Decodes the one instruction that `length` bytes are. */
void decode(const uint8_t *bytes, size_t length, struct insn *insn);

#endif
