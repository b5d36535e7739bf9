/* SPDX-License-Identifier: MIT */
/* Limits and identity of the application.
 *
 * The limits that would restrict the proxy itself (its memory, its stack, its time) are
 * kept here for the application, which can read them; Linux keeps all others. The C
 * library changes the identity of all threads of the proxy at once.
 */
#ifndef PROXY_LIMITS_H
#define PROXY_LIMITS_H

#include <stdint.h>

/* The application's soft limit of the stack; the proxy has lowered its own. */
void limits_set_stack(uint64_t soft);

/* LWK_PROXY_LIMIT. 0 or -errno. */
int64_t limits_change(uint64_t resource, uint64_t new, uint64_t old);

/* LWK_PROXY_SET_IDS. 0 or -errno. */
int64_t limits_set_ids(uint64_t nr, const uint64_t arg[3]);

#endif
