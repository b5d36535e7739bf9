/* SPDX-License-Identifier: GPL-2.0 */
/* What the architecture tells programs about the processor. */
#ifndef LWK_ARCH_AUXV_H
#define LWK_ARCH_AUXV_H

#include "kernel/lib/types.h"

const char *arch_platform(void); /* AT_PLATFORM */
uint64_t arch_hwcap(void); /* AT_HWCAP */
uint64_t arch_hwcap2(void); /* AT_HWCAP2 */
uint64_t arch_min_signal_stack(void); /* AT_MINSIGSTKSZ */

#endif
