/* SPDX-License-Identifier: MIT */
/* One request of the LWK: checked, adjusted and made. */
#ifndef PROXY_DISPATCH_H
#define PROXY_DISPATCH_H

#include "toolchain/proxy/window.h"

/* The answer for the slot: Linux's result, -errno, or -LWK_INTERRUPTED. A call
 * that is not on the list (allow.h) is -ENOSYS; an address that is not the
 * application's is -EFAULT; a descriptor of the proxy's is -EBADF. kicked is
 * the worker's (kick.h). The call may be changed. */
int64_t dispatch(struct proxy_call *call, const int32_t *kicked);

#endif
