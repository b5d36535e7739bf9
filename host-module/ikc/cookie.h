/* SPDX-License-Identifier: GPL-2.0 */
/* Cookies of requests to the LWK; pure.
 *
 * A cookie names the reply slot that is reserved for its answer, and has a
 * serial number by which an answer that comes twice, or late, is recognised.
 */
#ifndef LWK_COOKIE_H
#define LWK_COOKIE_H

#include "host-module/shim.h"
#include "kernel/abi/ring.h"

/* Requests to one CPU that may be outstanding; see ring.h. */
#define LWK_REPLY_SLOTS (LWK_RING_SLOTS / 2)

static inline uint64_t lwk_cookie(uint64_t serial, unsigned int slot)
{
	return serial * LWK_REPLY_SLOTS + slot;
}

static inline unsigned int lwk_cookie_slot(uint64_t cookie)
{
	return cookie % LWK_REPLY_SLOTS;
}

#endif
