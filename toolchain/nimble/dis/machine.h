/* SPDX-License-Identifier: MIT */
/* The machine code of an instruction, as text, a machine instruction a line. */
#ifndef TOOLCHAIN_NIMBLE_DIS_MACHINE_H
#define TOOLCHAIN_NIMBLE_DIS_MACHINE_H

#include "nimble/nimble.h"

struct machine;

#define MACHINE_TEXT 200 /* bytes of a line */

/* For an extension of machine code, which must exist as long; NULL: no
 * memory. */
struct machine *machine_open(const struct nimble_ext *ext);
void machine_close(struct machine *m);

/* Disassemble the code of an instruction. Returns the number of texts, which are valid
 * up to the next call. A jump or call to other code names the instruction's number or
 * what is there. */
size_t machine_lines(struct machine *m, uint32_t insn,
		     char (**lines)[MACHINE_TEXT]);

#endif
