/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Integer types of the ABI headers, in Linux's module, the LWK and user space.
 *
 * Every structure that crosses from one of these to another is declared once,
 * in kernel/abi/. Rules of these headers:
 *
 * - They are leaves: abi/ includes only abi/. - Fields are fixed-width
 * integers. An address or a length that belongs to the other side is an
 * integer, too, and is checked on arrival. - Each field says who writes it.
 * "module" is host-module/, "LWK" is kernel/, "proxy" and "user" are processes
 * of Linux, "app" runs on the LWK. - A shared word is read and written as a
 * whole, with the order that its comment names:
 * __atomic_load_n()/__atomic_store_n() in the LWK and in user space,
 * smp_load_acquire()/smp_store_release() in the module.
 */
#ifndef LWK_ABI_TYPES_H
#define LWK_ABI_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#include <stddef.h>
#endif

#define LWK_STATIC_ASSERT_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), #type " is part of the ABI")

#endif
