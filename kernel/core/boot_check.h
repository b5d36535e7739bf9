/* SPDX-License-Identifier: GPL-2.0 */
/* Checks of the boot block. */
#ifndef LWK_CORE_BOOT_CHECK_H
#define LWK_CORE_BOOT_CHECK_H

#include "kernel/abi/boot.h"

/* 0, or -EINVAL where a field is out of range, a region overlaps another, or a
 * shared area lies outside region[0]. Pure: no side effects. */
int boot_check(const struct lwk_boot *b);

#endif
