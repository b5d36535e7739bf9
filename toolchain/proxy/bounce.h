/* SPDX-License-Identifier: MIT */
/* O_DIRECT: Linux cannot pin the LWK's pages, so such a read or write of a file
 * fails with EFAULT. It is made again through a buffer of the proxy's. */
#ifndef PROXY_BOUNCE_H
#define PROXY_BOUNCE_H

#include "toolchain/proxy/window.h"

/* read, write, pread64 or pwrite64, for any file; as proxy_window(). At most
 * BOUNCE_BYTES are moved where O_DIRECT makes it necessary: a short count, as
 * these calls may give. */
#define BOUNCE_BYTES (1U << 20)
int64_t bounce_io(struct proxy_call *call, const int32_t *kicked);

#endif
