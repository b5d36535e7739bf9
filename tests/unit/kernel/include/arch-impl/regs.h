/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of the kernel's unit tests: no thread has any, but the structures that
 * hold them are there. */
#include "kernel/arch/x86_64/include/arch-impl/regs.h"
