/* SPDX-License-Identifier: MIT */
/* Files whose reads and writes pin the caller's memory: those opened with O_DIRECT,
 * and those on file systems such as 9p and FUSE. Linux cannot pin the LWK's pages, so
 * such a call fails with EFAULT. It is made again through a buffer of the proxy's. */
#ifndef PROXY_BOUNCE_H
#define PROXY_BOUNCE_H

#include "toolchain/proxy/window.h"

/* A call that reads or writes memory, for any file; as proxy_window(). Where a buffer
 * is necessary, at most BOUNCE_BYTES are moved: a short count, as these calls may give.
 *
 * bounce_io() serves read, write, pread64 and pwrite64; bounce_vector() readv, writev,
 * preadv, pwritev, preadv2 and pwritev2. */
#define BOUNCE_BYTES (1U << 20)
int64_t bounce_io(struct proxy_call *call, const int32_t *kicked);
int64_t bounce_vector(struct proxy_call *call, const int32_t *kicked);

#endif
