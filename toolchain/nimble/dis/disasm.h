/* SPDX-License-Identifier: MIT */
/* One eBPF instruction as text, in the manner of the RFC and LLVM. */
#ifndef TOOLCHAIN_NIMBLE_DISASM_H
#define TOOLCHAIN_NIMBLE_DISASM_H

#include <stddef.h>

#include "nimble/nimble.h"

/* at: its index, for jump targets. ext may be NULL: then without names. */
void disasm(char *to, size_t bytes, const struct nx_insn *insn, uint32_t at,
	    const struct nimble_ext *ext);

#endif
