/* SPDX-License-Identifier: GPL-2.0 */
/* Symbols of trampoline.S: places in the start-up code, to be filled in. */
#ifndef LWK_TRAMPOLINE_H
#define LWK_TRAMPOLINE_H

extern const char lwk_tramp_start[], lwk_tramp_end[];
extern const char lwk_tramp_gdt[]; /* the table */
extern const char lwk_tramp_gdt_base[]; /* u32: its physical address */
extern const char lwk_tramp_long[]; /* the 64-bit code */
extern const char lwk_tramp_long_target[]; /* u32: its physical address */
extern const char lwk_tramp_low_cr3[]; /* u32: a PML4 below 4 GiB */
extern const char lwk_tramp_cr3[]; /* u64: the bootstrap PML4 */
extern const char lwk_tramp_entry[]; /* u64: the LWK's entry */
extern const char lwk_tramp_boot[]; /* u64: RDI */
extern const char lwk_tramp_index[]; /* u64: RSI */

#endif
